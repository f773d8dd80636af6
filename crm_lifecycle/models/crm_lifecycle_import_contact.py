import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..domain.past_sales import LEGAL_FORMS
from .crm_lifecycle_measures import AMOUNTS


class CrmLifecycleImportContact(models.Model):
    """A customer as a spreadsheet names them, and the contact that they are or become."""

    _name = "crm.lifecycle.import.contact"
    _description = "Customer of an Import"
    _order = "found_by nulls last, name, id"

    import_id = fields.Many2one("crm.lifecycle.import", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="import_id.company_id")
    state = fields.Selection(related="import_id.state")
    key = fields.Char(readonly=True)
    name = fields.Char(readonly=True)
    normal_name = fields.Char(readonly=True)
    email = fields.Char("E-mail", readonly=True)
    phone = fields.Char(readonly=True)
    e164 = fields.Char(readonly=True)
    city = fields.Char(readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    sales = fields.Integer("Lines", readonly=True)
    currency_id = fields.Many2one(related="import_id.currency_id")
    amount = fields.Monetary(readonly=True, groups=AMOUNTS)
    found_by = fields.Selection([("email", "Same e-mail"), ("phone", "Same number"), ("name", "Same name")], readonly=True)
    families = fields.Integer("Could Be", readonly=True, aggregator=None, help="So many contacts fit; the first one is proposed.")
    choice = fields.Selection(
        [("same", "It is this contact"), ("new", "New contact")],
        "Take as",
        required=True,
        default="new",
        help="Whether the sales are those of a contact who is in Odoo already, or of a new one.",
    )
    partner_id = fields.Many2one("res.partner", "Contact", domain="[('company_id', 'in', (False, company_id))]", ondelete="set null")
    made = fields.Boolean(readonly=True, help="The contact was made by this import.")
    taken = fields.Boolean(readonly=True)

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        for contact in self:
            contact.choice = "same" if contact.partner_id else "new"

    @api.constrains("choice", "partner_id")
    def _check_partner_id(self):
        for contact in self:
            if contact.choice == "same" and not contact.partner_id and not contact.taken:
                raise ValidationError(self.env._("Choose the contact that %(name)s is, or take them as new.", name=contact.name))

    def write(self, vals):
        if {"choice", "partner_id"} & vals.keys() and not self.env.su and any(state != "checked" for state in self.mapped("state")):
            raise ValidationError(self.env._("The import has begun: who is who can be chosen before it only. Undo it to choose otherwise."))
        return super().write(vals)

    def _make_partners(self):
        """Make the contacts of those who are to be new ones."""
        new = self.filtered(lambda contact: contact.choice == "new")
        partners = (
            self.env["res.partner"]
            .with_context(tracking_disable=True, mail_create_nosubscribe=True)
            .create([contact._prepare_partner() for contact in new])
        )
        for contact, partner in zip(new, partners, strict=True):
            contact.write({"partner_id": partner.id, "made": True})

    def _prepare_partner(self) -> dict:
        self.ensure_one()
        return {
            "name": self.name or self.email,
            "email": self.email,
            "phone": self.phone,
            "city": self.city,
            "country_id": self.country_id.id,
            "company_id": self.company_id.id if self.env["res.company"].sudo().search_count([], limit=2) > 1 else False,
            "is_company": bool(set(re.findall(r"\w+", (self.name or "").casefold())).intersection(LEGAL_FORMS)),
            "customer_rank": 1,
        }
