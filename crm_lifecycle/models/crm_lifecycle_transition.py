from odoo import api, fields, models


class CrmLifecycleTransition(models.Model):
    """A change of stage. Rows are only ever added; one that turned out wrong is closed by ``superseded_at`` and stays."""

    _name = "crm.lifecycle.transition"
    _description = "Customer Transition"
    _order = "effective_at desc, id desc"
    _rec_name = "to_stage_id"

    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    from_stage_id = fields.Many2one("crm.lifecycle.stage", "From", readonly=True, ondelete="restrict")
    to_stage_id = fields.Many2one("crm.lifecycle.stage", "To", required=True, readonly=True, ondelete="restrict", index=True)
    effective_at = fields.Date("On", required=True, readonly=True, index=True, help="The day on which the line was crossed.")
    recorded_at = fields.Datetime(required=True, readonly=True, help="When this became known.")
    superseded_at = fields.Datetime("Corrected at", readonly=True, help="When a late or corrected document showed that this was wrong.")
    trigger = fields.Selection(
        [("contact", "Contact"), ("interest", "Opportunity or quotation"), ("purchase", "Purchase"), ("refund", "Credit note")],
        readonly=True,
    )
    purchases = fields.Integer(readonly=True, help="Number of purchases up to and including that day.")
    tenure_days = fields.Integer(readonly=True, help="Days as a customer on that day.")
    reason = fields.Char(compute="_compute_reason")

    _believed_key = models.UniqueIndex("(partner_id, company_id, effective_at) WHERE superseded_at IS NULL")

    @api.depends("trigger", "purchases", "tenure_days", "effective_at")
    @api.depends_context("lang")
    def _compute_reason(self):
        for transition in self:
            transition.reason = transition._get_reason()

    def _get_reason(self) -> str:
        """Why, in plain words and the user's language."""
        self.ensure_one()
        if self.trigger == "contact":
            return self.env._("First contact")
        if self.trigger == "interest":
            return self.env._("First opportunity or quotation")
        if self.trigger == "refund":
            return self.env._("A purchase was credited in full: %(count)s left", count=self.purchases)
        if self.purchases == 1:
            return self.env._("First purchase")
        return self.env._("Purchase no. %(count)s, %(days)s days after the first one", count=self.purchases, days=self.tenure_days)

    def _after_recorded(self):
        """Called with transitions that have just become known, in batches and with all rights. Other addons act here.

        The day a transition took effect may be long past: a rebuild records years at once.
        """
