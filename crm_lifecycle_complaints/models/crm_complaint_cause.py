from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CrmComplaintCause(models.Model):
    """Why complaints come about, from the general to the particular."""

    _name = "crm.complaint.cause"
    _description = "Cause"
    _parent_store = True
    _rec_names_search = ["name", "complete_name"]
    _order = "complete_name, id"
    _check_company_auto = True

    name = fields.Char("Cause", required=True, translate=True)
    complete_name = fields.Char(
        "Place in the Tree",
        compute="_compute_complete_name",
        recursive=True,
        store=True,
        help="What causes are sorted by, in any language.",
    )
    parent_id = fields.Many2one("crm.complaint.cause", "Part of", index=True, ondelete="restrict", check_company=True)
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("crm.complaint.cause", "parent_id", "More Particular Causes")
    aspect = fields.Selection(
        [("occurrence", "Why it happened"), ("escape", "Why it was not noticed")],
        required=True,
        default="occurrence",
        help="An occurrence cause made the fault, an escape cause let it reach the customer.",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, help="Only for this company; empty means for all.")
    action_ids = fields.One2many("crm.complaint.action", "cause_id", "Corrective Actions")
    complaint_count = fields.Integer("Complaints", compute="_compute_complaint_count")

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for cause in self.with_context(lang=None):
            cause.complete_name = cause._get_path()

    @api.depends("name", "parent_id.complete_name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for cause in self:
            cause.display_name = cause._get_path()

    def _get_path(self):
        """The name after those of what it is part of, in the language of the context."""
        return f"{self.parent_id._get_path()} / {self.name}" if self.parent_id else self.name or ""

    def _compute_complaint_count(self):
        complaints = self.env["crm.complaint"]
        for aspect, causes in self.grouped("aspect").items():
            name = f"{aspect}_cause_id"
            counts = dict(complaints._read_group([(name, "in", causes.ids)], [name], ["__count"]))
            for cause in causes:
                cause.complaint_count = counts.get(cause, 0)

    @api.constrains("parent_id", "aspect")
    def _check_parent(self):
        if self._has_cycle():
            raise ValidationError(self.env._("A cause cannot be part of itself."))
        for cause in self | self.child_ids:
            if cause.parent_id and cause.parent_id.aspect != cause.aspect:
                raise ValidationError(
                    self.env._(
                        "'%(cause)s' and '%(parent)s' are of different kinds: why it happened, and why it was not noticed.",
                        cause=cause.name,
                        parent=cause.parent_id.name,
                    )
                )

    def action_view_complaints(self):
        """Open the complaints of the cause and of what is part of it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle_complaints.crm_complaint_action")
        domain = ["|", ("occurrence_cause_id", "child_of", self.id), ("escape_cause_id", "child_of", self.id)]
        return {**action, "domain": domain, "context": {}, "display_name": self.display_name}
