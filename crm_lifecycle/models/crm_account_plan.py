from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..analytics import contacts, documents
from .crm_lifecycle_customer import FIGURES

# Whoever may see figures of all documents, or the balances of customers.
SEE_FIGURES = f"{FIGURES},crm_lifecycle.crm_lifecycle_group_balances"
CONTACTS = [("meeting", "Meeting"), ("call", "Call"), ("activity", "Activity"), ("mail", "Mail")]
DERIVED = ("last_contact_date", "last_contact_kind", "pareto_class", "contact_days", "next_contact_date")
CHUNK = 5000


class CrmAccountPlan(models.Model):
    """What is to be reached with a customer, and how often to be in touch. One for each customer and company.

    When the last contact was is read from meetings, calls, activities and mails; the day of the next one is stored.
    """

    _name = "crm.account.plan"
    _description = "Account Plan"
    _inherit = ["crm.lifecycle.of.customer", "mail.thread", "mail.activity.mixin"]
    _order = "next_contact_date, id"
    _rec_name = "partner_id"
    _rec_names_search = ["partner_id"]

    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, ondelete="cascade", tracking=True, domain="[('parent_id', '=', False)]"
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        "Salesperson",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        index=True,
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Follows the customer when they are given to another salesperson.",
    )
    state = fields.Selection(
        [("active", "Active"), ("paused", "Paused"), ("closed", "Closed")],
        required=True,
        default="active",
        index=True,
        tracking=True,
        help="Only for active plans a next contact is due.",
    )
    objective = fields.Text(tracking=True, help="What is to be reached with this customer, in words.")
    date_from = fields.Date("From", required=True, default=lambda self: fields.Date.context_today(self))
    date_to = fields.Date("Until", required=True, default=lambda self: fields.Date.context_today(self) + relativedelta(years=1, days=-1))
    target_revenue = fields.Monetary(tracking=True, help="Net revenue, without taxes, to be reached between the two days.")
    achieved_revenue = fields.Monetary(
        "Revenue so far",
        compute="_compute_achieved",
        groups=SEE_FIGURES,
        help="Net revenue between the two days, credit notes deducted, by the documents on which the company counts purchases.",
    )
    progress = fields.Float(
        compute="_compute_achieved", groups=SEE_FIGURES, aggregator=None, help="Revenue so far as a percentage of the target."
    )

    own_contact_days = fields.Integer(
        "Own Rhythm (days)",
        help="Days between two contacts with this customer. Empty: those set for the customer's class.",
        aggregator=None,
    )
    pareto_class = fields.Selection([("a", "A"), ("b", "B"), ("c", "C")], "Class", readonly=True, help="The customer's Pareto class.")
    contact_days = fields.Integer("Rhythm (days)", readonly=True, aggregator="avg", help="Days between two contacts that hold.")
    last_contact_date = fields.Date(
        "Last Contact", readonly=True, help="The last meeting, answered call, activity done, or mail with anybody of this customer."
    )
    last_contact_kind = fields.Selection(CONTACTS, "Last Contact by", readonly=True)
    next_contact_date = fields.Date("Next Contact", readonly=True, index=True)

    _customer_key = models.UniqueIndex("(partner_id, company_id)", "This customer has an account plan already.")
    _period = models.Constraint("CHECK (date_to >= date_from)", "An account plan cannot end before it begins.")
    _rhythm = models.Constraint("CHECK (own_contact_days BETWEEN 0 AND 3650)", "The rhythm is 1 to 3,650 days, or empty.")
    _target = models.Constraint("CHECK (target_revenue >= 0)", "The target revenue cannot be negative.")

    @api.depends("partner_id.user_id")
    def _compute_user_id(self):
        for plan in self:
            plan.user_id = plan.partner_id.user_id or plan._origin.user_id or self.env.user

    @api.depends("target_revenue", "date_from", "date_to", "partner_id", "company_id")
    def _compute_achieved(self):
        scope = documents.partners(self.partner_id.ids)
        self.flush_model(["partner_id", "company_id", "date_from", "date_to"])
        found = dict(self.env.execute_query(contacts.achieved(self._origin.ids, documents.sales(scope)))) if self._origin else {}
        for plan in self:
            plan.achieved_revenue = found.get(plan._origin.id, 0)
            plan.progress = 100 * plan.achieved_revenue / plan.target_revenue if plan.target_revenue else 0

    @api.constrains("partner_id")
    def _check_partner(self):
        for plan in self:
            if plan.partner_id.commercial_partner_id != plan.partner_id:
                raise ValidationError(
                    self.env._(
                        "%(contact)s belongs to %(firm)s. Make the plan for the firm.",
                        contact=plan.partner_id.display_name,
                        firm=plan.partner_id.commercial_partner_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        plans = super().create(vals_list)
        plans._refresh()
        return plans

    def write(self, vals):
        result = super().write(vals)
        if {"partner_id", "company_id", "state", "own_contact_days", "date_from"} & vals.keys():
            self._refresh()
        return result

    @api.model
    def make(self, customers, values=None) -> tuple:
        """Make plans for customers (``crm.lifecycle.customer``) that have none. Returns (plans made, number that had one).

        :param dict values: what all plans begin with
        :raise AccessError: for those who may not make plans
        """
        self.check_access("create")
        # sudo(): a colleague's plan, which the user may not see, is a plan.
        existing = self.sudo().search_fetch([("partner_id", "in", customers.partner_id.ids)], ["partner_id", "company_id"])
        keys = {(plan.partner_id, plan.company_id) for plan in existing}
        missing = [customer for customer in customers if (customer.partner_id, customer.company_id) not in keys]
        made = self.create(
            [
                {
                    **(values or {}),
                    "partner_id": customer.partner_id.id,
                    "company_id": customer.company_id.id,
                    "user_id": customer.partner_id.user_id.id or self.env.uid,
                }
                for customer in missing
            ]
        )
        return made, len(customers) - len(missing)

    def action_pause(self):
        """No contact is due while the plan rests."""
        self.state = "paused"

    def action_resume(self):
        """Contacts become due again."""
        self.state = "active"

    def action_close(self):
        """The plan is done with."""
        self.state = "closed"

    # Upkeep

    def _refresh(self):
        """Bring what is derived in line for these plans."""
        if self:
            self._refresh_where(SQL("plan.id = ANY(%s)", self.ids))

    @api.model
    def _refresh_customers(self, partner_ids):
        """Something happened with these contacts: bring the plans of their firms in line."""
        if partner_ids:
            self._refresh_where(
                SQL("plan.partner_id IN (SELECT commercial_partner_id FROM res_partner WHERE id = ANY(%s))", sorted(partner_ids))
            )

    @api.model
    def _refresh_where(self, scope: SQL) -> int:
        """Bring what is derived in line for the plans of a scope, a condition on ``plan``. Returns the number of rows that changed."""
        self.env.flush_all()
        self.env.cr.execute(contacts.refresh_plans(scope, self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment")))
        if changed := self.env.cr.rowcount:
            self.invalidate_model(DERIVED)
        return changed

    @api.model
    def _cron_refresh(self):
        """Nightly: meetings that have taken place since, classes that have changed, and what other programs wrote."""
        first = 0
        while chunk := self.sudo().search([("id", ">", first)], order="id", limit=CHUNK).ids:
            self._refresh_where(SQL("plan.id BETWEEN %s AND %s", chunk[0], chunk[-1]))
            first = chunk[-1]
            if not self.env["ir.cron"]._commit_progress(len(chunk)):
                break

    @api.model
    def _join_merged(self, sources, target):
        """Contacts are about to be merged, which leaves one plan for each company: it keeps the objectives and the conversations of all."""
        plans = self.sudo().with_context(active_test=False).search([("partner_id", "in", (sources | target).ids)], order="id")
        for own in plans.grouped("company_id").values():
            kept = own.filtered(lambda plan: plan.partner_id == target)[:1] or own[:1]
            gone = own - kept
            if not gone:
                continue
            kept.write(
                {
                    "objective": "\n\n".join(filter(None, (kept | gone).mapped("objective"))),
                    "target_revenue": sum((kept | gone).mapped("target_revenue")),
                }
            )
            for plan in gone:
                plan.message_change_thread(kept)
                plan.activity_ids.write({"res_id": kept.id})
            gone.unlink()
