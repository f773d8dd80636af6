from collections import defaultdict
from functools import cache

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import email_normalize, html2plaintext
from odoo.tools.mail import email_split_tuples

# In the context: complaints are created together, and who follows them is subscribed and told once, afterwards.
TOGETHER = object()
# RFC 5321: 64 characters before the @, 255 after it.
ADDRESS_LIMIT = 320
KINDS = [
    ("complaint", "Complaint"),
    ("support", "Technical Support"),
    ("service", "Service Request"),
    ("product", "Product Request"),
]


class CrmComplaint(models.Model):
    _name = "crm.complaint"
    _description = "Complaint"
    _inherit = ["mail.thread.cc", "mail.activity.mixin", "mail.tracking.duration.mixin", "portal.mixin", "rating.mixin"]
    _order = "is_closed, received_at desc, id desc"
    _rec_names_search = ["number", "name", "partner_id.name", "email_from"]
    _check_company_auto = True
    _primary_email = "email_from"
    _track_duration_field = "stage_id"

    number = fields.Char(readonly=True, copy=False, index=True)
    name = fields.Char("Subject", required=True, tracking=True)
    kind = fields.Selection(
        KINDS,
        required=True,
        default="complaint",
        index=True,
        tracking=True,
        help="Requests come through the same inbox; only a complaint needs a decision before it is closed.",
    )
    active = fields.Boolean(default=True)
    narrative = fields.Text("What Happened", help="The complaint in the customer's own words.")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        check_company=True,
        index=True,
        tracking=True,
        help="Linked by itself only when exactly one customer has the sender's e-mail address; otherwise the team chooses.",
    )
    commercial_partner_id = fields.Many2one(
        "res.partner", "Customer Family", related="partner_id.commercial_partner_id", store=True, precompute=True, index=True
    )
    email_from = fields.Char(
        "E-mail", compute="_compute_email_from", store=True, readonly=False, precompute=True, copy=False, index="trigram", tracking=True
    )
    email_normalized = fields.Char("Normalized E-mail", compute="_compute_email_normalized", store=True, index=True)
    complainant = fields.Char(compute="_compute_complainant", help="The customer, or else the sender as they call themselves.")
    customer_lang = fields.Char("Language of the Customer", compute="_compute_customer_lang", groups="base.group_user")
    team_id = fields.Many2one(
        "crm.complaint.team", check_company=True, index=True, tracking=True, default=lambda self: self._default_team_id(self.env.company)
    )
    user_id = fields.Many2one(
        "res.users",
        "Assigned to",
        check_company=True,
        index=True,
        tracking=True,
        copy=False,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        groups="base.group_user",
    )
    stage_id = fields.Many2one(
        "crm.complaint.stage",
        required=True,
        index=True,
        copy=False,
        tracking=True,
        ondelete="restrict",
        default=lambda self: self._get_open_stage(),
        group_expand="_read_group_expand_full",
    )
    is_closed = fields.Boolean("Closed", related="stage_id.is_closed", store=True)
    category_id = fields.Many2one("crm.complaint.category", check_company=True, index=True, tracking=True, groups="base.group_user")
    severity = fields.Selection(
        [("minor", "Minor"), ("serious", "Serious"), ("grave", "Grave")],
        required=True,
        default="minor",
        tracking=True,
        groups="base.group_user",
    )
    safety_risk = fields.Boolean(
        tracking=True, groups="base.group_user", help="Somebody was hurt or could be: handle it before everything else."
    )
    channel = fields.Selection(
        [
            ("mail", "E-mail"),
            ("phone", "Telephone"),
            ("visit", "In person"),
            ("letter", "Letter"),
            ("portal", "Portal"),
            ("web", "Web form"),
            ("chat", "Live chat"),
            ("social", "Social media"),
        ],
        required=True,
        default="phone",
        tracking=True,
    )
    remedy_sought = fields.Selection(
        [
            ("explanation", "Explanation"),
            ("apology", "Apology"),
            ("repair", "Repair"),
            ("replacement", "Replacement"),
            ("refund", "Refund"),
            ("compensation", "Compensation"),
            ("other", "Something else"),
        ],
        help="What the customer asks for.",
        tracking=True,
    )
    received_at = fields.Datetime("Received on", required=True, default=fields.Datetime.now, copy=False, index=True)
    acknowledged_at = fields.Datetime("Acknowledged on", readonly=True, copy=False)
    first_response_at = fields.Datetime(
        "First Response on", readonly=True, copy=False, help="When a person first answered the customer; acknowledgements do not count."
    )
    closed_at = fields.Datetime("Closed on", readonly=True, copy=False, tracking=True)
    reopen_count = fields.Integer("Times Reopened", readonly=True, copy=False)
    decision = fields.Selection(
        [("accept", "Accept"), ("redress", "Redress without admission"), ("reject", "Reject")],
        copy=False,
        tracking=True,
        groups="base.group_user",
    )
    decision_reason = fields.Html(
        "Reasons",
        copy=False,
        groups="base.group_user",
        help="Told to the customer together with the decision when the complaint is closed.",
    )

    _number_company_unique = models.UniqueIndex("(company_id, number)", "The number of a complaint must be unique in its company.")
    # What the kanban and the list read, counts and rules included, without visiting the table.
    _in_kanban = models.Index("(company_id, stage_id, priority DESC, received_at) INCLUDE (id, team_id, user_id) WHERE active IS TRUE")
    _in_list = models.Index("(company_id, is_closed, received_at DESC, id DESC) INCLUDE (team_id, user_id) WHERE active IS TRUE")
    _by_family = models.Index("(commercial_partner_id, received_at)")
    _open_by_family = models.Index("(commercial_partner_id) WHERE NOT is_closed")

    @api.depends("number", "name")
    def _compute_display_name(self):
        for complaint in self:
            complaint.display_name = f"[{complaint.number}] {complaint.name}" if complaint.number else complaint.name

    @api.depends("partner_id")
    def _compute_email_from(self):
        for complaint in self:
            if complaint.partner_id.email and not complaint.email_from:
                complaint.email_from = complaint.partner_id.email

    @api.depends("email_from")
    def _compute_email_normalized(self):
        for complaint in self:
            address = email_normalize(complaint.email_from)
            complaint.email_normalized = address and len(address) <= ADDRESS_LIMIT and address

    @api.depends("partner_id.display_name", "email_from")
    def _compute_complainant(self):
        for complaint in self:
            complaint.complainant = complaint.partner_id.display_name or complaint._get_sender_name() or complaint.email_from

    @api.depends("partner_id.lang", "company_id")
    def _compute_customer_lang(self):
        for complaint in self:
            company = complaint.company_id.sudo() or self.env.company
            complaint.customer_lang = complaint.partner_id.lang or company.partner_id.lang or self.env.lang

    @api.onchange("company_id")
    def _onchange_company_id(self):
        if self.team_id.company_id != self.company_id:
            self.team_id = self._default_team_id(self.company_id)

    @api.constrains("stage_id", "decision", "decision_reason", "kind")
    def _check_decision_before_closing(self):
        for complaint in self.filtered(lambda complaint: complaint.is_closed and complaint._requires_decision()):
            if not complaint.decision or not complaint._has_reason():
                raise ValidationError(
                    self.env._(
                        "Complaint %(number)s cannot be closed without a decision and its reasons. Use the button Decide and Close, "
                        "or fill in both on the tab Decision.",
                        number=complaint.number or complaint.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        prepared = self._prepare_receipt(vals_list)
        self._assign(prepared)
        if self.env.context.get("mail_create_nolog") or self.env.context.get("tracking_disable") or self._is_told_alone(prepared):
            return super().create(prepared)
        together = self.with_context(mail_create_nolog=True, complaint_followers=TOGETHER)
        complaints = super(CrmComplaint, together).create(prepared).with_env(self.env)
        complaints._message_log_batch(bodies=dict.fromkeys(complaints.ids, complaints[:1]._creation_message()))
        complaints._subscribe_together()
        return complaints

    @api.model
    def _prepare_receipt(self, vals_list):
        """The values of new complaints with company, team, stage and number; what they need is read once for all."""
        now = fields.Datetime.now()
        stages = self.env["crm.complaint.stage"]
        teams = self.env["crm.complaint.team"].sudo()
        prepared = [dict(vals) for vals in vals_list]
        default_team = cache(self._default_team_id)
        by_company = defaultdict(list)
        for vals in prepared:
            if not vals.get("company_id"):
                vals["company_id"] = (teams.browse(vals.get("team_id")).company_id or self.env.company).id
            company = self.env["res.company"].browse(vals["company_id"])
            if "team_id" not in vals:
                vals["team_id"] = default_team(company).id
            if stages.browse(vals.get("stage_id")).is_closed:
                vals["closed_at"] = vals.get("closed_at") or now
            by_company[company].append(vals)
        for company, those in by_company.items():
            for vals, number in zip(those, company._next_complaint_numbers(len(those)), strict=True):
                vals["number"] = number
        if "default_stage_id" not in self.env.context and any("stage_id" not in vals for vals in prepared):
            stage = self._get_open_stage().id
            prepared = [{"stage_id": stage, **vals} for vals in prepared]
        return prepared

    def write(self, vals):
        """Keep the dates of closing and tell the customer of the decision, however the stage was changed."""
        if "stage_id" not in vals:
            return super().write(vals)
        closes = self.env["crm.complaint.stage"].browse(vals["stage_id"]).is_closed
        closing = self.filtered(lambda complaint: closes and not complaint.is_closed)
        reopening = self.filtered(lambda complaint: not closes and complaint.is_closed)
        moved = self - closing - reopening
        if moved:
            super(CrmComplaint, moved).write(vals)
        if closing:
            super(CrmComplaint, closing).write({**vals, "closed_at": fields.Datetime.now()})
            closing._after_closing()
        for complaint in reopening:
            super(CrmComplaint, complaint).write({**vals, "closed_at": False, "reopen_count": complaint.reopen_count + 1})
        return True

    def action_assign_to_me(self):
        """Take over the complaints."""
        self.write({"user_id": self.env.uid})

    def action_reply(self):
        """Open the composer for a mail to the customer."""
        self.ensure_one()
        if not self._get_customer_address():
            raise UserError(
                self.env._(
                    "There is no valid e-mail address to answer to. Fill in the customer's e-mail address on the complaint, or call them."
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reply to Customer"),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "views": [(self.env.ref("crm_lifecycle_complaints.mail_compose_message_view_form_complaint").id, "form")],
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_composition_mode": "comment",
                "default_partner_ids": self._get_customer_recipient().get("partner_ids", []),
                "default_subject": self.env._("Re: %(subject)s", subject=self.display_name),
                "complaint_reply": True,
            },
        }

    def action_acknowledge(self):
        """Send the acknowledgement of receipt to the customer."""
        for complaint in self:
            if not complaint._get_customer_address():
                raise UserError(
                    self.env._("Complaint %(number)s has no valid e-mail address to send the acknowledgement to.", number=complaint.number)
                )
            complaint._send_acknowledgement()

    def action_close(self):
        """Open the dialog that asks for the decision; a request that is no complaint is closed at once."""
        self.ensure_one()
        if not self._requires_decision():
            return self.write({"stage_id": self._get_closed_stage().id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decide and Close"),
            "res_model": "crm.complaint.close",
            "view_mode": "form",
            "target": "new",
            "context": {"default_complaint_id": self.id},
        }

    def action_reopen(self):
        """Put closed complaints back to the first open stage."""
        self.filtered("is_closed").write({"stage_id": self._get_open_stage().id})

    def action_create_partner(self):
        """Make the sender a contact: the team's choice, never done by itself. An existing contact with the address is offered instead."""
        self.ensure_one()
        if self.partner_id:
            return
        if not self.email_normalized:
            raise UserError(
                self.env._("'%(address)s' is not a valid e-mail address: no contact can be made of it.", address=self.email_from or "")
            )
        if self.env["res.partner"].search_count([("email_normalized", "=", self.email_normalized)], limit=1):
            raise UserError(
                self.env._(
                    "There are contacts with the address %(address)s already. Choose one of them in the field Customer.",
                    address=self.email_normalized,
                )
            )
        self.partner_id = self.env["res.partner"].create(
            {"name": self._get_sender_name() or self.email_normalized, "email": self.email_normalized, "company_id": self.company_id.id}
        )

    @api.model
    def _default_team_id(self, company):
        """The first team of the company to which the user belongs, else the first one."""
        teams = self.env["crm.complaint.team"].sudo().search([("company_id", "=", company.id)])
        return self.env["crm.complaint.team"].browse((teams.filtered(lambda team: self.env.user in team.member_ids) or teams)[:1].id)

    @api.model
    def _get_open_stage(self):
        return self.env["crm.complaint.stage"].search([("is_closed", "=", False)], limit=1)

    @api.model
    def _get_closed_stage(self):
        stage = self.env["crm.complaint.stage"].search([("is_closed", "=", True)], limit=1)
        if not stage:
            raise UserError(
                self.env._("No stage closes complaints. Ask an administrator to tick 'Closes Complaints' on one of the stages.")
            )
        return stage

    def _requires_decision(self):
        """Whether the record may be closed only with a decision and its reasons."""
        self.ensure_one()
        return self.kind == "complaint"

    def _after_closing(self):
        """Tell the customers of complaints that have just been closed."""
        for complaint in self.filtered(lambda complaint: complaint._requires_decision()):
            complaint._send_decision()

    def _has_reason(self):
        return bool(html2plaintext(self.decision_reason or "").strip())

    def _get_sender_name(self):
        """The name in the sender's address, empty if there is none."""
        names = [name for name, _address in email_split_tuples(self.email_from or "")]
        return names[0] if names else ""
