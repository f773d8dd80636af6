from odoo.addons.loyalty.controllers.portal import CustomerPortalLoyalty
from odoo.addons.portal.controllers.portal import pager as portal_pager
from odoo.http import request, route


class LoyaltyPortal(CustomerPortalLoyalty):
    @route()
    def portal_my_loyalty_card_history(self, card_id, page=1, sortby="date", **kw):
        """The customer's own card: the full statement where the ledger keeps it, else Odoo's history, both with pages that work."""
        card = request.env["loyalty.card"].sudo().search([("id", "=", card_id), ("partner_id", "=", request.env.user.partner_id.id)])
        if not card:
            return request.redirect("/my")
        if sortby not in self._get_loyalty_searchbar_sortings():
            sortby = "date"
        if card._crm_loyalty_on_ledger():
            return self._render_statement(card, page)
        response = super().portal_my_loyalty_card_history(card_id, page=page, sortby=sortby, **kw)
        total = request.env["loyalty.history"].sudo().search_count([("card_id", "=", card.id)])
        response.qcontext["pager"] = self._loyalty_pager(card, total, page, sortby=sortby)
        return response

    def _loyalty_pager(self, card, total, page, **arguments):
        return portal_pager(
            url=f"/my/loyalty_card/{card.id}/history", url_args=arguments, total=total, page=page, step=self._items_per_page
        )

    def _render_statement(self, card, page):
        Entry = request.env["crm.loyalty.entry"].sudo()
        domain = [("card_id", "=", card.id)]
        pager = self._loyalty_pager(card, Entry.search_count(domain), page)
        entries = Entry.search(domain, limit=self._items_per_page, offset=pager["offset"])
        pending, expiring, expiring_on = card._crm_loyalty_facts()[card.id]
        progress = request.env["crm.loyalty.tier"].sudo()._progress(card).get(card.id)
        return request.render(
            "crm_lifecycle_loyalty.portal_statement",
            {
                "page_name": "loyalty_history",
                "card": card,
                "label": card.program_id.with_context(lang=request.env.lang)._crm_loyalty_points_label,
                "entries": entries,
                "pager": pager,
                "pending": pending,
                "expiring": expiring,
                "expiring_on": expiring_on,
                "progress": progress,
                "progress_label": card._crm_loyalty_progress_label(progress) if progress else "",
            },
        )
