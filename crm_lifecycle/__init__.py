from . import models
from . import wizards


def post_init_hook(env):
    """Give every customer that is already there facts, a stage and a history."""
    env["crm.lifecycle.customer"]._rebuild_all()
