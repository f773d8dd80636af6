from odoo.addons.crm_lifecycle.controllers.portal import RelationshipPortal
from odoo.http import request


class ComplaintRelationship(RelationshipPortal):
    def _get_relationship_cards(self, partner):
        """Also the family's open complaints and requests."""
        cards = super()._get_relationship_cards(partner)
        complaints = request.env["crm.complaint"]
        if complaints.has_access("read"):
            domain = [("commercial_partner_id", "=", partner.commercial_partner_id.id), ("is_closed", "=", False)]
            cards.append(
                {
                    "title": request.env._("Open complaints and requests"),
                    "value": complaints.search_count(domain),
                    "url": "/my/complaints",
                }
            )
        return cards
