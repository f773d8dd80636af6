from odoo import api, fields, models
from odoo.tools import SQL, format_date

from .recorded import Recorded

HEALTH = [("active", "Active"), ("at_risk", "At risk"), ("churned", "Lost"), ("won_back", "Won back")]


class CrmLifecycleTransition(models.Model):
    """A change of stage or of health. Rows are only ever added; one that turned out wrong is closed by ``superseded_at`` and stays."""

    _name = "crm.lifecycle.transition"
    _description = "Customer Transition"
    _order = "effective_at desc, id desc"
    _rec_name = "partner_id"
    _log_access = False

    partner_id = Recorded("res.partner", "Customer", required=True, readonly=True, ondelete="cascade")
    company_id = Recorded("res.company", required=True, readonly=True, ondelete="cascade")
    kind = fields.Selection([("stage", "Stage"), ("health", "Health")], required=True, readonly=True, default="stage")
    from_stage_id = Recorded("crm.lifecycle.stage", readonly=True, ondelete="restrict")
    to_stage_id = Recorded("crm.lifecycle.stage", readonly=True, ondelete="restrict")
    from_health = fields.Selection(HEALTH, readonly=True)
    to_health = fields.Selection(HEALTH, readonly=True)
    from_label = fields.Char("From", compute="_compute_labels")
    to_label = fields.Char("To", compute="_compute_labels")
    effective_at = fields.Date("Date", required=True, readonly=True, help="The day on which the line was crossed.")
    recorded_at = fields.Datetime(required=True, readonly=True, help="When this became known.")
    superseded_at = fields.Datetime("Corrected at", readonly=True, help="When a late or corrected document showed that this was wrong.")
    trigger = fields.Selection(
        [
            ("contact", "Contact"),
            ("interest", "Opportunity or quotation"),
            ("purchase", "Purchase"),
            ("refund", "Credit note"),
            ("override", "Set by hand"),
            ("override_end", "End of a stage set by hand"),
        ],
        readonly=True,
    )
    purchases = fields.Integer(readonly=True, help="Number of purchases up to and including that day.")
    tenure_days = fields.Integer(readonly=True, help="Days as a customer on that day.")
    last_purchase_date = fields.Date("Last Purchase", readonly=True)
    rhythm_days = fields.Integer("Rhythm", readonly=True, help="Days expected between two purchases of this customer.")
    reason = fields.Char(compute="_compute_reason")

    _believed_key = models.UniqueIndex("(partner_id, company_id, effective_at, kind) WHERE superseded_at IS NULL")
    _effective_at_index = models.Index("(effective_at)")

    _one_kind = models.Constraint(
        "CHECK ((kind = 'stage') = (to_stage_id IS NOT NULL) AND (kind = 'health') = (to_health IS NOT NULL))",
        "A transition is of stage or of health.",
    )

    @api.depends("kind", "from_stage_id", "to_stage_id", "from_health", "to_health")
    @api.depends_context("lang")
    def _compute_labels(self):
        health = dict(self._fields["to_health"]._description_selection(self.env))
        for transition in self:
            if transition.kind == "health":
                transition.from_label, transition.to_label = health.get(transition.from_health), health.get(transition.to_health)
            else:
                transition.from_label, transition.to_label = transition.from_stage_id.name, transition.to_stage_id.name

    @api.depends("kind", "to_health", "trigger", "purchases", "tenure_days", "effective_at", "last_purchase_date", "rhythm_days")
    @api.depends_context("lang")
    def _compute_reason(self):
        for transition in self:
            transition.reason = transition._get_health_reason() if transition.kind == "health" else transition._get_stage_reason()

    def _get_stage_reason(self) -> str:
        """Why the stage changed, in plain words and the user's language."""
        self.ensure_one()
        match self.trigger:
            case "contact":
                return self.env._("First contact")
            case "interest":
                return self.env._("First opportunity or quotation")
            case "refund":
                return self.env._("A purchase was credited in full: %(count)s left", count=self.purchases)
            case "override":
                return self._get_override().reason or self.env._("Set by hand")
            case "override_end":
                return self.env._("The stage set by hand has ended")
        if self.purchases == 1:
            return self.env._("First purchase")
        return self.env._("Purchase no. %(count)s, %(days)s days after the first one", count=self.purchases, days=self.tenure_days)

    def _get_override(self):
        return self.env["crm.lifecycle.override"].search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("stage_id", "=", self.to_stage_id.id),
                ("date_from", "=", self.effective_at),
            ],
            limit=1,
        )

    def _get_health_reason(self) -> str:
        """Why the health changed, in plain words and the user's language."""
        self.ensure_one()
        values = {
            "last": format_date(self.env, self.last_purchase_date),
            "rhythm": self.rhythm_days,
            "day": format_date(self.env, self.effective_at),
            "silence": (self.effective_at - self.last_purchase_date).days,
        }
        if self.to_health == "at_risk":
            return self.env._("Last purchase %(last)s, own rhythm %(rhythm)s days, at risk from %(day)s", **values)
        if self.to_health == "churned":
            return self.env._("Last purchase %(last)s, own rhythm %(rhythm)s days, lost after %(silence)s days", **values)
        if self.to_health == "won_back":
            return self.env._("Bought again on %(last)s after having been lost", **values)
        if self.effective_at == self.last_purchase_date:
            return self.env._("Bought on %(last)s", **values)
        return self.env._("Kept since coming back on %(last)s", **values)

    @api.model
    def _move(self, sources, target):
        """Let the history of contacts that are merged into another one go to it."""
        self.env.cr.execute(SQL("UPDATE crm_lifecycle_transition SET partner_id = %s WHERE partner_id = ANY(%s)", target.id, sources.ids))
        self.invalidate_model()

    def _after_recorded(self):
        """Called with transitions that have just become known, in batches and with all rights. Other addons act here.

        The day a transition took effect may be long past: a rebuild records years at once.
        """
