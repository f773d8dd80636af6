from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain


class CrmLifecycleSegment(models.Model):
    """Customers by a condition that is read anew whenever they are counted or written to: never a copy of them."""

    _name = "crm.lifecycle.segment"
    _description = "Customer Segment"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    purpose = fields.Char(translate=True, help="What this segment is for, in a few words.")
    customer_domain = fields.Char(
        "Condition",
        default="[]",
        required=True,
        help="Which customers belong to it: by stage, health, scores, value, products bought, consent, or anything else that is known of them.",
    )
    recipients = fields.Selection(
        [("firm", "The customer's own address"), ("contacts", "The customer and all its contacts")],
        "Write to",
        default="firm",
        required=True,
    )
    customer_count = fields.Integer("Customers", compute="_compute_counts", help="As many as there are right now.")
    contact_count = fields.Integer(
        "Addresses",
        compute="_compute_counts",
        help="Addresses that may get offers right now: not blacklisted, not asked not to, not held back.",
    )
    mailing_ids = fields.One2many("mailing.mailing", "lifecycle_segment_id", groups="mass_mailing.group_mass_mailing_user")
    mailing_count = fields.Integer("Mailings", compute="_compute_mailing_count")

    @api.depends("customer_domain", "recipients", "company_id")
    def _compute_counts(self):
        # sudo(): who saved the condition was allowed to search by it; how many there are is no secret then.
        for segment in self.sudo():
            if not segment._is_sound():
                segment.customer_count = segment.contact_count = 0
                continue
            there = segment._in_its_company()
            segment.customer_count = there.env["crm.lifecycle.customer"].search_count(there._get_customer_domain())
            partners = there.env["res.partner"]
            segment.contact_count = partners.search_count(there._get_partner_domain() & partners._lifecycle_reachable("email"))

    def _compute_mailing_count(self):
        counts = dict(
            self.env["mailing.mailing"]
            .sudo()
            ._read_group([("lifecycle_segment_id", "in", self.ids)], ["lifecycle_segment_id"], ["__count"])
        )
        for segment in self:
            segment.mailing_count = counts.get(segment._origin, 0)

    @api.constrains("customer_domain", "company_id")
    def _check_customer_domain(self):
        for segment in self:
            try:
                # Odoo checks with all rights. By what whoever saves it may not read, they may not search.
                with self.env.cr.savepoint():
                    there = segment.with_user(self.env.user)._in_its_company()
                    there.env["crm.lifecycle.customer"].search(there._get_customer_domain(), limit=1)
            except AccessError:
                raise
            except Exception as error:
                raise ValidationError(
                    self.env._("The condition of the segment “%(name)s” cannot be understood. Please choose it anew.", name=segment.name)
                ) from error

    def _is_sound(self):
        """Whether the condition can still be asked: a field that an addon brought may be gone."""
        self.ensure_one()
        try:
            there = self._in_its_company()
            there.env["crm.lifecycle.customer"]._search(there._get_customer_domain())
        except Exception:  # noqa: BLE001, whatever is wrong with what somebody typed
            return False
        return True

    def _in_its_company(self):
        """The segment seen from its own company, and from no other one."""
        self.ensure_one()
        return self.with_context(allowed_company_ids=self.company_id.ids)

    def _get_customer_domain(self):
        """The customers, as a domain on ``crm.lifecycle.customer``."""
        self.ensure_one()
        return Domain(literal_eval(self.customer_domain or "[]")) & Domain("company_id", "=", self.company_id.id)

    def _get_partner_domain(self):
        """The contacts with an address whom a mailing to the segment is for, as a domain on ``res.partner``, suppression aside."""
        there = self.sudo()._in_its_company()
        customers = there.env["crm.lifecycle.customer"]._search(there._get_customer_domain())
        field = "id" if self.recipients == "firm" else "commercial_partner_id"
        return Domain(field, "in", customers.subselect("partner_id")) & Domain("email_normalized", "!=", False)

    def action_open_customers(self):
        """Open the customers that belong to the segment right now."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle.crm_lifecycle_customer_action")
        return {**action, "name": self.name, "domain": list(self._get_customer_domain()), "context": {}}

    def action_open_mailings(self):
        """Open the mailings to this segment."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("mass_mailing.mailing_mailing_action_mail")
        return {**action, "domain": [("lifecycle_segment_id", "=", self.id)], "context": self._get_mailing_defaults()}

    def action_write_mailing(self):
        """Begin a mailing to this segment."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "mailing.mailing",
            "view_mode": "form",
            "views": [(False, "form")],
            "context": self._get_mailing_defaults(),
        }

    def action_write_offers(self):
        """Begin a mailing to this segment that offers each customer their own products."""
        self.ensure_one()
        template = self.env.ref("crm_lifecycle_marketing.mailing_offers")
        mailing = template.copy(
            {"lifecycle_segment_id": self.id, "campaign_id": False, "user_id": self.env.uid, "subject": template.subject}
        )
        return {**self.action_write_mailing(), "res_id": mailing.id, "context": {}}

    def _get_mailing_defaults(self):
        return {"default_lifecycle_segment_id": self.id, "default_mailing_model_id": self.env["ir.model"]._get_id("res.partner")}
