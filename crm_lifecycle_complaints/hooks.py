"""What is done once, when the addon is installed."""


def post_init_hook(env):
    """Give every company that exists already a numbering of its own; later ones get theirs when they are made."""
    env["res.company"].search([])._create_complaint_sequence()
