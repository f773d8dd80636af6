from . import controllers
from . import models
from . import wizards

from odoo.tools import SQL

from .analytics import margin
from .analytics.documents import SALES_MOVES


def post_init_hook(env):
    """Give every customer that is already there facts, a stage and a history; past costs are known where orders have kept them."""
    if "purchase_price" in env["sale.order.line"]._fields:
        posted = SQL("move.state = 'posted' AND move.move_type IN %s", SALES_MOVES)
        env.cr.execute(margin.record(posted))
    env["crm.lifecycle.customer"]._rebuild_all()
    env["crm.lifecycle.cut.points"]._draw_missing()
    # What the nights keep up need not wait for the first of them: forecasts, and which products go together.
    for job in ("fit", "affinity"):
        env.ref(f"crm_lifecycle.ir_cron_{job}")._trigger()
