from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from ..domain.redress import allows

# Only code that holds this very object may move a redress from state to state.
BY_PROCEDURE = object()
# What counts against limits and documents.
GIVEN = ("requested", "done")


class CrmComplaintRedress(models.Model):
    """What makes good a complaint. Drafted freely; from the request on, only the buttons change it.

    Requests are checked and given under a lock on the customer and the invoice, which makes a second request at the same moment start
    again and see the first.
    """

    _name = "crm.complaint.redress"
    _description = "Redress"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _rec_name = "kind"
    _check_company_auto = True

    complaint_id = fields.Many2one("crm.complaint", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="complaint_id.company_id", store=True, index=True)
    family_id = fields.Many2one("res.partner", "Customer", related="complaint_id.commercial_partner_id", store=True, index=True)
    kind = fields.Selection(
        [("credit_note", "Credit note"), ("refund", "Refund"), ("replacement", "Replacement")],
        required=True,
        default="credit_note",
        help="A credit note lowers what the customer owes. A refund is a credit note that accounting pays out. "
        "A replacement sends the goods again, free of charge.",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("requested", "To Approve"), ("done", "Given"), ("cancelled", "Cancelled")],
        default="draft",
        required=True,
        readonly=True,
        index=True,
        copy=False,
        tracking=True,
    )
    move_id = fields.Many2one(
        "account.move",
        "Invoice",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('company_id', '=', company_id), ('move_type', 'in', ('out_invoice', 'out_receipt')), ('state', '=', 'posted'),"
        " ('partner_id.commercial_partner_id', '=', family_id)]",
    )
    line_ids = fields.One2many("crm.complaint.redress.line", "redress_id", "Lines", copy=False)
    note = fields.Char("Internal Note")
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id", store=True)
    # A related field would have the label of the one it shows, which another one here has already.
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    amount = fields.Monetary(compute="_compute_amount", store=True, tracking=True, help="What the customer gets, taxes included.")
    cost = fields.Monetary(
        compute="_compute_cost", store=True, currency_field="company_currency_id", help="The amount in the company's currency."
    )
    refundable = fields.Monetary(
        "Left on the Invoice", compute="_compute_refundable", help="What was invoiced, less credit notes and redress of all complaints."
    )
    needs_approval = fields.Boolean(compute="_compute_needs_approval")
    can_approve = fields.Boolean(compute="_compute_needs_approval")

    contributor_ids = fields.Many2many(
        "res.users", "crm_complaint_redress_user_rel", "redress_id", "user_id", "Prepared by", readonly=True, copy=False
    )
    requested_by_id = fields.Many2one("res.users", "Requested by", readonly=True, copy=False, ondelete="restrict")
    requested_at = fields.Datetime("Requested on", readonly=True, copy=False, index=True)
    approved_by_id = fields.Many2one("res.users", "Approved by", readonly=True, copy=False, ondelete="restrict")
    done_at = fields.Datetime("Given on", readonly=True, copy=False)
    cancelled_by_id = fields.Many2one("res.users", "Cancelled by", readonly=True, copy=False, ondelete="restrict")
    credit_note_id = fields.Many2one("account.move", readonly=True, copy=False, index="btree_not_null", ondelete="restrict")
    order_id = fields.Many2one("sale.order", "Replacement Order", readonly=True, copy=False, index="btree_not_null", ondelete="restrict")

    _open_by_document = models.Index("(move_id) WHERE state IN ('requested', 'done')")
    _positive = models.Constraint("CHECK (amount >= 0)", "Redress cannot be negative.")

    @api.depends("kind", "amount", "currency_id")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for redress in self:
            redress.display_name = (
                f"{kinds.get(redress.kind, '')} {redress.currency_id.format(redress.amount) if redress.currency_id else ''}".strip()
            )

    @api.depends("move_id", "company_id")
    def _compute_currency_id(self):
        for redress in self:
            redress.currency_id = redress.sudo().move_id.currency_id or redress.company_id.currency_id

    @api.depends("line_ids.total")
    def _compute_amount(self):
        for redress in self:
            # Once there is a credit note, its own total counts: taxes may round otherwise on a whole document.
            redress.amount = redress.amount if redress.credit_note_id else sum(redress.line_ids.mapped("total"))

    @api.depends("amount", "currency_id", "company_id", "requested_at")
    def _compute_cost(self):
        for redress in self:
            day = fields.Date.to_date(redress.requested_at) or fields.Date.context_today(redress)
            company = redress.company_id
            redress.cost = redress.currency_id._convert(redress.amount, company.currency_id, company, day) if company else 0

    @api.depends("move_id", "state", "amount")
    def _compute_refundable(self):
        for redress in self:
            move = redress.sudo().move_id
            left = move._get_refundable() if move else 0.0
            redress.refundable = left + (redress.amount if redress.state in GIVEN else 0.0)

    @api.depends("amount", "state", "complaint_id", "contributor_ids")
    @api.depends_context("uid")
    def _compute_needs_approval(self):
        for redress in self:
            within = redress._is_within_limit(self.env.user) if redress.complaint_id else False
            redress.needs_approval = redress.state == "draft" and not within
            redress.can_approve = redress.state == "requested" and within and self.env.user not in redress.sudo().contributor_ids

    # ------------------------------------------------------------------
    # What nobody gets past
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self._by_procedure():
            editable = self._get_editable_fields()
            vals_list = [{name: value for name, value in vals.items() if name in editable} for vals in vals_list]
        records = super().create(vals_list)
        records._note_contributor()
        return records

    def write(self, vals):
        if self._by_procedure():
            return super().write(vals)
        editable = self._get_editable_fields()
        if forbidden := vals.keys() - editable - self._get_technical_fields():
            raise UserError(
                self.env._("'%(field)s' of a redress is changed by its buttons only.", field=self._fields[sorted(forbidden)[0]].string)
            )
        if vals.keys() & editable:
            self._check_draft()
        result = super().write(vals)
        if vals.keys() & editable:
            self._note_contributor()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        self._check_draft()

    def _by_procedure(self):
        return self.env.context.get("redress_procedure") is BY_PROCEDURE

    @api.model
    def _get_editable_fields(self):
        """What may be written while it is a draft."""
        return {"kind", "move_id", "line_ids", "note", "complaint_id"}

    def _get_technical_fields(self):
        """What mail.thread writes by itself."""
        return {name for name in self._fields if name.startswith(("message_", "activity_", "website_message_", "rating_"))}

    def _check_draft(self):
        if any(redress.state != "draft" for redress in self):
            raise UserError(self.env._("A redress that was requested cannot be changed any more. Cancel it and draft another one."))

    def _note_contributor(self):
        """Whoever had a hand in it cannot approve it."""
        self._procedure().write({"contributor_ids": [Command.link(self.env.uid)]})

    def _procedure(self):
        return self.sudo().with_context(redress_procedure=BY_PROCEDURE)

    # ------------------------------------------------------------------
    # What staff do
    # ------------------------------------------------------------------

    def action_request(self):
        """Give the redress, or ask another person to approve it where the limits of whoever asks do not suffice."""
        for redress in self:
            redress.complaint_id.check_access("write")
            redress.check_access("write")
            redress._lock()
            if redress.state != "draft":
                raise UserError(self.env._("This redress was requested already."))
            redress._check_complete()
            redress._note_contributor()
            redress._procedure().write({"state": "requested", "requested_by_id": self.env.uid, "requested_at": fields.Datetime.now()})
            redress._check_document()
            if redress._is_within_limit(self.env.user):
                redress._give()
            else:
                redress._ask_for_approval()
        return True

    def action_approve(self):
        """Give what somebody else has requested."""
        for redress in self:
            redress.complaint_id.check_access("write")
            redress._lock()
            if redress.state != "requested":
                raise UserError(self.env._("This redress does not wait for approval any more."))
            if self.env.user in redress.sudo().contributor_ids:
                raise AccessError(self.env._("Another person must approve what you have prepared yourself."))
            if not redress._is_within_limit(self.env.user):
                raise AccessError(
                    self.env._("This redress exceeds what you may approve yourself. Somebody with a higher limit must approve it.")
                )
            redress._procedure().write({"approved_by_id": self.env.uid})
            redress._give()
        return True

    def action_cancel(self):
        """Take the redress back: credit note, order and what is left on the invoice are as they were before."""
        for redress in self:
            redress.complaint_id.check_access("write")
            redress._lock()
            if redress.state == "cancelled":
                continue
            if redress.state == "done":
                involved = redress.requested_by_id | redress.approved_by_id
                manager = self.env.user.has_group("crm_lifecycle_complaints.crm_lifecycle_complaints_group_manager")
                if not manager and self.env.user not in involved:
                    raise AccessError(
                        self.env._("Only those who requested or approved it, or an administrator, can cancel a redress that was given.")
                    )
                getattr(redress._procedure(), f"_cancel_{redress.kind}")()
            redress._procedure().write({"state": "cancelled", "cancelled_by_id": self.env.uid})
            redress.complaint_id._message_log(
                body=self.env._("Redress cancelled: %(redress)s", redress=redress.display_name), author_id=self.env.user.partner_id.id
            )
        return True

    def _describe_to_customer(self):
        """What the customer gets, in the language of the context, without what is told to staff only."""
        self.ensure_one()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        amount = self.currency_id.format(self.amount)
        if document := self.credit_note_id or self.order_id:
            return self.env._("%(kind)s %(document)s: %(amount)s", kind=kinds[self.kind], document=document.name, amount=amount)
        return self.env._("%(kind)s: %(amount)s", kind=kinds[self.kind], amount=amount)

    def action_open_result(self):
        """Open the credit note or the order."""
        self.ensure_one()
        return (self.credit_note_id or self.order_id).get_formview_action()

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------

    def _lock(self):
        """Let one transaction at a time give redress to a customer or on an invoice.

        A lock alone would not do: the one who waited would still see the past. A row that was written makes it start again.
        """
        self.ensure_one()
        self.env.flush_all()
        self.env.cr.execute(SQL("UPDATE res_partner SET write_date = write_date WHERE id = %s", self.family_id.id or None))
        self.sudo().move_id._lock_for_redress()
        self.env.cr.execute(SQL("UPDATE crm_complaint_redress SET write_date = write_date WHERE id = %s", self.id))
        self.env.invalidate_all()

    def _check_complete(self):
        self.ensure_one()
        complaint = self.complaint_id
        if not self.family_id:
            raise UserError(self.env._("Link complaint %(number)s to a customer before you give redress.", number=complaint.number))
        if complaint.is_closed:
            raise UserError(self.env._("Complaint %(number)s is closed. Reopen it before you give redress.", number=complaint.number))
        if complaint.decision == "reject":
            raise UserError(self.env._("Complaint %(number)s is rejected: there is no redress to give.", number=complaint.number))
        if not self.currency_id.compare_amounts(self.amount, 0) > 0:
            raise UserError(self.env._("Say what the customer gets: the redress amounts to nothing so far."))
        if self._needs_invoice():
            self._check_invoice()

    def _needs_invoice(self):
        return self.kind in ("credit_note", "refund", "replacement")

    def _check_invoice(self):
        move = self.sudo().move_id
        if not move or not self.line_ids:
            raise UserError(self.env._("Name the invoice and the lines of it that the redress is for."))
        if move.state != "posted" or move.move_type not in ("out_invoice", "out_receipt") or move.company_id != self.company_id:
            raise UserError(
                self.env._(
                    "%(invoice)s is not a posted customer invoice of %(company)s.", invoice=move.display_name, company=self.company_id.name
                )
            )
        if move.partner_id.commercial_partner_id != self.family_id:
            raise UserError(
                self.env._(
                    "%(invoice)s was made out to %(owner)s, not to %(customer)s.",
                    invoice=move.display_name,
                    owner=move.partner_id.commercial_partner_id.display_name,
                    customer=self.family_id.display_name,
                )
            )
        if self.kind == "refund" and self.currency_id.compare_amounts(self.amount, move.amount_total - move.amount_residual) > 0:
            raise UserError(
                self.env._(
                    "%(invoice)s is not paid that far: nothing can be paid back. Give a credit note instead.", invoice=move.display_name
                )
            )

    def _check_document(self):
        """The redress, already counted, must fit into what is left on the invoice and on each of its lines."""
        self.ensure_one()
        move = self.sudo().move_id
        if not move:
            return
        self.env.flush_all()
        left = move._get_refundable()
        if self.currency_id.compare_amounts(left, 0) < 0:
            raise ValidationError(
                self.env._(
                    "%(amount)s is more than is left on %(invoice)s: %(left)s of what was invoiced has not been credited or made good yet.",
                    amount=self.currency_id.format(self.amount),
                    invoice=move.display_name,
                    left=self.currency_id.format(left + self.amount),
                )
            )
        for line in self.sudo().line_ids.move_line_id:
            if self.currency_id.compare_amounts(line._get_refundable(), 0) < 0:
                raise ValidationError(
                    self.env._(
                        "The redress for '%(line)s' is more than is left on that line of %(invoice)s.",
                        line=line.name or line.product_id.display_name,
                        invoice=move.display_name,
                    )
                )

    def _is_within_limit(self, user):
        """Whether a user may give this alone, all that the case and the customer have got counted."""
        self.ensure_one()
        limit = self.env["crm.complaint.redress.limit"]._limit_of(user, self.company_id)
        given = [("state", "in", GIVEN), ("company_id", "=", self.company_id.id), ("id", "!=", self._origin.id)]
        since = fields.Datetime.subtract(fields.Datetime.now(), months=12)
        redresses = self.sudo()
        case = redresses._sum_of_costs([*given, ("complaint_id", "in", self.complaint_id._origin._get_case().ids)])
        customer = redresses._sum_of_costs([*given, ("family_id", "=", self.family_id._origin.id), ("requested_at", ">=", since)])
        return allows(limit, case + self.cost, customer + self.cost, self.company_id.currency_id.rounding / 2)

    @api.model
    def _sum_of_costs(self, domain):
        [[total]] = self._read_group(domain, [], ["cost:sum"])
        return total or 0.0

    def _ask_for_approval(self):
        """Put it on the desk of the team leader, if they may approve it, else leave it to the list of what waits."""
        self.ensure_one()
        complaint = self.complaint_id
        leader = complaint.sudo().team_id.user_id
        if leader.active and leader != self.env.user and self._is_within_limit(leader):
            words = self.with_context(lang=leader.lang)
            complaint.sudo().activity_schedule(
                "crm_lifecycle_complaints.mail_activity_type_approval",
                user_id=leader.id,
                summary=words.display_name,
            )
        complaint._message_log(
            body=self.env._("Redress waits for approval: %(redress)s", redress=self.display_name), author_id=self.env.user.partner_id.id
        )
