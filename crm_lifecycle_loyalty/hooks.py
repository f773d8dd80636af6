from .analytics import ledger


def uninstall_hook(env):
    """Take the guard off the ledger, so that Odoo can drop the table; points on cards and their history stay."""
    env.cr.execute(ledger.drop_guard())
