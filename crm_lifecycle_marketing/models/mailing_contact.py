from odoo import api, fields, models


class MailingContact(models.Model):
    _inherit = "mailing.contact"

    lifecycle_offers = fields.Html("Products Chosen for Them", compute="_compute_lifecycle_offers", sanitize=False)

    @api.depends_context("company", "lang")
    def _compute_lifecycle_offers(self):
        """Those of the customer with the same address, if there is just one."""
        partners = self.env["res.partner"].sudo().search([("email_normalized", "in", self.mapped("email_normalized"))])
        by_address = partners.grouped("email_normalized")
        for contact in self:
            partner = by_address.get(contact.email_normalized) if contact.email_normalized else None
            one = partner if partner and len(partner.commercial_partner_id) == 1 else None
            contact.lifecycle_offers = one[:1].lifecycle_offers if one else False
