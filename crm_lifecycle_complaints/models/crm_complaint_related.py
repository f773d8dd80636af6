"""Complaints that belong together: similar ones, merged ones, and those that were split off or follow from another."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..domain.similarity import likeness, telling_words

SIMILAR_LIMIT = 8
CANDIDATE_LIMIT = 30


class CrmComplaint(models.Model):
    _inherit = "crm.complaint"

    name = fields.Char(index="trigram")
    origin_id = fields.Many2one(
        "crm.complaint",
        "Follows from",
        check_company=True,
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
        help="The complaint from which this one was split off, or which was closed too long ago to be reopened.",
    )
    merged_into_id = fields.Many2one(
        "crm.complaint", "Merged into", check_company=True, readonly=True, copy=False, index="btree_not_null", groups="base.group_user"
    )
    merged_ids = fields.One2many("crm.complaint", "merged_into_id", context={"active_test": False}, groups="base.group_user")
    follow_ids = fields.One2many("crm.complaint", "origin_id", "Followed by", groups="base.group_user")
    visit_ids = fields.One2many("crm.complaint.visit", "complaint_id", "Visits", groups="base.group_user")
    visit_count = fields.Integer("Number of Visits", compute="_compute_visit_count", groups="base.group_user")
    similar_ids = fields.Many2many("crm.complaint", compute="_compute_similar_ids", string="Similar Complaints", groups="base.group_user")

    @api.depends("name", "product_id", "category_id", "commercial_partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_similar_ids(self):
        for complaint in self:
            complaint.similar_ids = complaint._find_similar()

    def _compute_visit_count(self):
        counts = dict(self.env["crm.complaint.visit"]._read_group([("complaint_id", "in", self.ids)], ["complaint_id"], ["__count"]))
        for complaint in self:
            complaint.visit_count = counts.get(complaint, 0)

    def action_view_visits(self):
        """Open the visits, or plan the first one."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle_complaints.crm_complaint_visit_action")
        action["context"] = {"default_complaint_id": self.id, "default_technician_id": self.user_id.id or self.env.uid}
        action["domain"] = [("complaint_id", "=", self.id)]
        if not self.visit_count:
            action["views"] = [(False, "form")]
        return action

    def _find_similar(self):
        """The complaints of the company likest to this one, likest first: about the same product, by the same customer, in the same words."""
        self.ensure_one()
        sources = [Domain("name", "ilike", word) for word in telling_words(self.name or "")]
        if self.product_id:
            sources.append(Domain("product_id", "=", self.product_id.id))
        if self.commercial_partner_id:
            sources.append(Domain("commercial_partner_id", "=", self.commercial_partner_id.id))
        here = Domain("company_id", "=", self.company_id.id) & Domain("id", "!=", self._origin.id or 0)
        found = self.browse()
        for source in sources:
            found |= self.search(here & source, limit=CANDIDATE_LIMIT, order="id desc")
        ranked = [(self._get_likeness(other), other.id) for other in found]
        return self.browse(key for score, key in sorted(ranked, reverse=True)[:SIMILAR_LIMIT] if score >= 1)

    def _get_likeness(self, other):
        return likeness(
            self.name or "",
            other.name,
            bool(self.product_id) and self.product_id == other.product_id,
            bool(self.commercial_partner_id) and self.commercial_partner_id == other.commercial_partner_id,
            bool(self.category_id) and self.category_id == other.category_id,
        )

    @api.constrains("active", "merged_into_id")
    def _check_merged_stays_archived(self):
        for complaint in self.sudo().filtered("merged_into_id"):
            target = complaint.merged_into_id
            if complaint._has_cycle("merged_into_id"):
                raise ValidationError(self._get_merge_refusal(complaint))
            if target.company_id != complaint.company_id or target._get_merge_family() != complaint._get_merge_family():
                raise ValidationError(self._get_merge_refusal())
            if complaint.active:
                raise ValidationError(
                    self.env._(
                        "Complaint %(number)s was merged into %(target)s and stays archived. Continue there.",
                        number=complaint.number,
                        target=complaint.merged_into_id.number,
                    )
                )

    def _get_merge_target(self):
        """The complaint itself, or the one it was merged into in the end."""
        target = self
        while target.merged_into_id:
            target = target.merged_into_id
        return target

    def _get_case(self):
        """The complaint with those merged into it, split off from it or following from it, as superuser: one case, however it is cut."""
        case = self.sudo().with_context(active_test=False)
        while True:
            wider = case | case.origin_id | case.merged_into_id | case.follow_ids | case.merged_ids
            if wider == case:
                return case
            case = wider

    def _merge_into(self, target):
        """Merge complaints into another one of the same customer: messages, files and activities go there, and so do later answers.

        :raise UserError: if a complaint is of another customer or company, closed, merged already, or the target itself
        """
        sources = self - target
        if not sources:
            raise UserError(self.env._("Choose at least two complaints to merge."))
        (sources | target).check_access("write")
        (sources | target).lock_for_update()
        target._check_merge(sources)
        for source in sources:
            source._move_conversation(target)
        target.received_at = min((sources | target).mapped("received_at"))
        sources.write({"merged_into_id": target.id, "active": False})

    def _check_merge(self, sources):
        self.ensure_one()
        for complaint in sources | self:
            if complaint.merged_into_id or not complaint.active or complaint.is_closed:
                raise UserError(self._get_merge_refusal(complaint))

    def _get_merge_family(self):
        """Whose complaint it is: the customer, else the sender's address; a complaint of nobody is like no other."""
        self.ensure_one()
        return self.commercial_partner_id.id or self.email_normalized or f"complaint {self.id}"

    def _get_merge_refusal(self, complaint=None):
        if complaint:
            return self.env._("Complaint %(number)s is closed, archived or merged already: it cannot be merged.", number=complaint.number)
        return self.env._(
            "Only complaints of the same customer can be merged: the people on one complaint must not read what another customer wrote."
        )

    def _move_conversation(self, target):
        """Move messages, files, followers and activities to the complaint into which this one is merged."""
        self.ensure_one()
        self.sudo().message_change_thread(target)
        files = self.env["ir.attachment"].sudo().search([("res_model", "=", self._name), ("res_id", "=", self.id)])
        files.write({"res_id": target.id})
        self.sudo().activity_ids.write({"res_id": target.id})
        # Archiving deletes the activities that the cache still holds.
        (self | target).invalidate_recordset(["activity_ids"])
        target.message_subscribe(self.sudo().message_partner_ids.ids)
        target._message_log(
            body=self.env._("Complaint %(number)s, “%(subject)s”, was merged into this one.", number=self.number, subject=self.name)
        )
        self._message_log(body=self.env._("Merged into %(target)s, where the conversation goes on.", target=target._get_html_link()))
