from odoo import models
from odoo.fields import Domain

from ..models.loyalty_card import Origin


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge_loyalty_cards(self, src_partners, dst_partner):
        """Move points from card to card with the days on which they expire; then Odoo has nothing left to add up."""
        Card = self.env["loyalty.card"].sudo()
        kept = self.env["loyalty.program"]._crm_loyalty_domain(prefix="program_id.")
        cards = Card.search(kept & Domain("partner_id", "in", src_partners.ids), order="id")
        for program, sources in cards.grouped("program_id").items():
            target = Card.search([("partner_id", "=", dst_partner.id), ("program_id", "=", program.id)], limit=1) or sources[0]
            (sources - target)._crm_loyalty_move_to(target)
        origin = Origin(kind="transfer", description=self.env._("Merged contacts"))
        return super(BasePartnerMergeAutomaticWizard, self.with_context(crm_loyalty_origin=origin))._merge_loyalty_cards(
            src_partners, dst_partner
        )
