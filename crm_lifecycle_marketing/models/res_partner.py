from odoo import api, fields, models

OFFERED = 4


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
            offers = partner._get_lifecycle_offers()
            partner.lifecycle_offers = (
                self.env["ir.qweb"]._render(
                    "crm_lifecycle_marketing.lifecycle_offers", {"offers": offers, "partner": partner}, minimal_qcontext=True
                )
                if offers
                else False
            )

    def _get_lifecycle_offers(self):
        """What to offer this customer: ``[{"product": product.product, "reason": str}, …]``, what goes with their purchases before what they reorder.

        Seen with all rights: the customer may know what they bought, whoever sends the mailing.
        """
        self.ensure_one()
        lang = self.lang or self.env.lang
        family = self.commercial_partner_id.sudo().with_context(lang=lang)
        found = family._lifecycle_answered({"next_best": family._lifecycle_section_next_best()})["next_best"] or {}
        chosen = {}
        for kind in ("cross_sell", "up_sell", "reorder"):
            for row in found.get(kind, ()):
                chosen.setdefault(row["id"], row["reason"])
        products = family.env["product.product"].browse(list(chosen)[:OFFERED])
        return [{"product": product, "reason": chosen[product.id]} for product in products]
