from odoo import api, fields, models
from odoo.tools import SQL

from ..analytics import funnel
from .res_partner_snapshot_money import BALANCES

# Reports sort by the value.
STEPS = [
    ("1_opportunity", "1 Opportunity"),
    ("2_quotation", "2 Quotation"),
    ("3_order", "3 Order"),
    ("4_invoiced", "4 Invoiced"),
    ("5_cash", "5 Cash"),
]


class CrmSalesFunnel(models.Model):
    """The one report from the opportunity to the money: a row for each deal and each step it has reached.

    Whether customers pay is told to those only who may see balances: for others the funnel ends with the invoice.
    """

    _name = "crm.sales.funnel"
    _description = "Sales Funnel"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _depends = {
        "crm.lead": [
            "type", "active", "stage_id", "partner_id", "user_id", "team_id", "company_id", "date_conversion", "create_date", "expected_revenue",
        ],
        "sale.order": ["state", "partner_id", "user_id", "team_id", "company_id", "create_date", "date_order", "amount_untaxed", "currency_rate"],
        "sale.order.line": ["order_id", "invoice_lines"],
        "account.move": ["state", "move_type", "invoice_date", "amount_total_signed", "amount_residual_signed"],
        "account.move.line": ["move_id", "balance", "display_type"],
        "account.partial.reconcile": ["debit_move_id", "max_date"],
    }  # fmt: skip

    step = fields.Selection(STEPS, readonly=True)
    date = fields.Date("Reached on", readonly=True)
    amount = fields.Monetary(readonly=True, help="Without taxes, in the currency of the company.")
    days = fields.Float(
        "Median Days since the Step before",
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        help="Days since the step before that the deal has reached. Of several deals it is the median, which no single old deal distorts.",
    )
    converted = fields.Float(
        "Conversion to the Next Step", readonly=True, aggregator="avg", help="Share of the deals that have reached the next step."
    )
    lost = fields.Boolean(readonly=True, help="The opportunity was lost, or all quotations were cancelled.")
    lead_id = fields.Many2one("crm.lead", "Opportunity", readonly=True)
    lead_stage_id = fields.Many2one("crm.stage", "Opportunity Stage Now", readonly=True)
    stage_id = fields.Many2one("crm.stage", readonly=True, help="Of opportunities, the stage in the pipeline.")
    order_id = fields.Many2one("sale.order", "Quotation or Order", readonly=True)
    move_id = fields.Many2one("account.move", "Invoice", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", "Sales Team", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)

    @property
    def _table_query(self):
        linked = "opportunity_id" in self.env["sale.order"]._fields
        return funnel.steps(linked, cash=self.env.su or self.env.user.has_group(BALANCES))

    def _read_group_select(self, aggregate_spec, query):
        """The mean of days is their median."""
        if aggregate_spec == "days:avg":
            return SQL("percentile_cont(0.5) WITHIN GROUP (ORDER BY %s)", self._field_to_sql(self._table, "days", query))
        return super()._read_group_select(aggregate_spec, query)

    @api.readonly
    def action_open_document(self):
        """Open the document by which the deal has reached the step."""
        self.ensure_one()
        document = {"1_opportunity": self.lead_id, "2_quotation": self.order_id, "3_order": self.order_id}.get(self.step, self.move_id)
        return {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "views": [(False, "form")],
        }
