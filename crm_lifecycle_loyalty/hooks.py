from .analytics import ledger


def post_init_hook(env):
    """Open the ledger: what cards hold, and what confirmed orders gave and took, become its first entries."""
    env["loyalty.program"].with_context(active_test=False).search(env["loyalty.program"]._crm_loyalty_domain())._crm_loyalty_open()


def uninstall_hook(env):
    """Take the guard off the ledger, so that Odoo can drop its tables; points on cards and their history stay."""
    env.cr.execute(ledger.drop_guard())
