from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    loyalty_revenue_account_id = fields.Many2one("account.account", string="Revenue Deferred by Points", check_company=True)
    loyalty_liability_account_id = fields.Many2one("account.account", string="Points Owed to Customers", check_company=True)
    loyalty_journal_id = fields.Many2one("account.journal", string="Journal of Loyalty Points", check_company=True)
