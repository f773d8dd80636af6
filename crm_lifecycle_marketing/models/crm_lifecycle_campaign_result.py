from odoo import fields, models
from odoo.addons.crm_lifecycle.models.crm_lifecycle_customer import FIGURES

from ..analytics import campaign


class CrmLifecycleCampaignResult(models.Model):
    """What each customer of a campaign bought afterwards: those who were written to, and those who were held out."""

    _name = "crm.lifecycle.campaign.result"
    _description = "Campaign Result of a Customer"
    _auto = False
    _rec_name = "partner_id"
    _order = "assigned_on desc, id desc"
    _depends = {
        "crm.lifecycle.campaign.member": ["campaign_id", "mailing_id", "company_id", "partner_id", "held_out", "assigned_on"],
        "crm.lifecycle.customer": ["partner_id", "company_id", "first_purchase_date", "value_date", "clv"],
        "utm.campaign": ["lifecycle_window_days"],
        "account.move": [
            "partner_id",
            "company_id",
            "state",
            "move_type",
            "invoice_date",
            "reversed_entry_id",
            "amount_untaxed_signed",
            "lifecycle_margin",
            "lifecycle_costed",
        ],
        "sale.order": ["partner_id", "company_id", "state", "date_order", "amount_untaxed", "currency_rate"],
        "crm.lifecycle.past.sale": ["partner_id", "company_id", "day", "amount"],
        "res.partner": ["commercial_partner_id", "tz"],
        "res.company": ["lifecycle_basis", "lifecycle_past_until", "partner_id"],
    }

    campaign_id = fields.Many2one("utm.campaign", readonly=True)
    mailing_id = fields.Many2one("mailing.mailing", "First Mailing", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    held_out = fields.Boolean(readonly=True)
    arm = fields.Selection([("treated", "Written to"), ("held_out", "Held out")], "Group", readonly=True)
    assigned_on = fields.Date("Since", readonly=True, help="The day on which the campaign first wanted to reach this customer.")
    measured_until = fields.Date(readonly=True, help="Purchases before this day count.")
    revenue = fields.Monetary(readonly=True, groups=FIGURES, help="Net of credit notes, since the day of assignment, within the window.")
    margin = fields.Monetary(readonly=True, groups=FIGURES, help="Of what was bought within the window, where the cost is known.")
    costed_revenue = fields.Monetary("Revenue of Known Cost", readonly=True, groups=FIGURES)
    bought = fields.Float("Bought (share)", readonly=True, aggregator="avg", help="1 for those who bought within the window, else 0.")
    is_new = fields.Boolean("First Purchase", readonly=True, help="They bought for the first time ever within the window.")
    clv = fields.Monetary("Customer Lifetime Value", readonly=True, groups=FIGURES, aggregator="avg")

    @property
    def _table_query(self):
        return campaign.members("margin" in self.env["sale.order"]._fields)
