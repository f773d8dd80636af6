from odoo.addons.crm_lifecycle.controllers.portal import RelationshipPortal
from odoo.fields import Domain
from odoo.http import request


class LoyaltyRelationship(RelationshipPortal):
    def _get_relationship_cards(self, partner):
        """Also the points and the tier of the family's loyalty cards; the statement is for whose card it is, as in Odoo."""
        return super()._get_relationship_cards(partner) + [
            self._get_points_card(card, partner) for card in self._get_loyalty_cards(partner)
        ]

    def _get_loyalty_cards(self, partner):
        # sudo(): cards have no rule for portal users; only the family's own are read.
        cards = request.env["loyalty.card"].sudo()
        domain = cards.env["loyalty.program"]._crm_loyalty_domain(request.env.company, prefix="program_id.")
        return cards.search(domain & Domain("partner_id.commercial_partner_id", "=", partner.commercial_partner_id.id), limit=4)

    def _get_points_card(self, card, partner):
        program = card.program_id.with_context(lang=request.env.lang)
        return {
            "title": program.name,
            "value": program._crm_loyalty_points_label(card.points),
            "text": card.tier_id.with_context(lang=request.env.lang).name or "",
            "url": f"/my/loyalty_card/{card.id}/history" if card.partner_id == partner else "#",
        }
