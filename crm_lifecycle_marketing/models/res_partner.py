from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    lifecycle_offers = fields.Html(
        "Products Chosen for Them",
        compute="_compute_lifecycle_offers",
        sanitize=False,
        help="For mailings: the products that this customer will probably want next, each with the reason, in their language.",
    )

    @api.depends_context("company", "lang")
    def _compute_lifecycle_offers(self):
        for partner in self:
            offers = partner._lifecycle_recommended()
            partner.lifecycle_offers = (
                self.env["ir.qweb"]._render(
                    "crm_lifecycle_marketing.lifecycle_offers", {"offers": offers, "partner": partner}, minimal_qcontext=True
                )
                if offers
                else False
            )

    @api.model
    def mail_allowed_qweb_expressions(self):
        """Also for those who may not edit templates: it is a product list, no code."""
        return (*super().mail_allowed_qweb_expressions(), "object.lifecycle_offers")
