from odoo import fields
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request, route

from ..models.res_partner_portal import CHANNELS

PAGE = "/my/relationship"
CHANGE = {"type": "http", "auth": "user", "website": True, "methods": ["POST"], "max_content_length": 64 * 1024}
LONGEST = 1000


class RelationshipPortal(CustomerPortal):
    """The customer's own page: what is open, what we suggest, and how they wish to be approached."""

    def _get_relationship_cards(self, partner):
        """The figures on top of the page: ``[{"title", "value", "text", "url"}, …]``, to be extended by ``super()``.

        Everything is read with the rights of who has logged in; what those do not cover is limited to their family by its reader.
        """
        orders, moves = request.env["sale.order"], request.env["account.move"]
        cards = []
        if orders.has_access("read"):
            cards += [
                {
                    "title": request.env._("Quotations to decide on"),
                    "value": orders.search_count(self._prepare_quotations_domain(partner)),
                    "url": "/my/quotes",
                },
                {"title": request.env._("Orders"), "value": orders.search_count(self._prepare_orders_domain(partner)), "url": "/my/orders"},
            ]
        if moves.has_access("read"):
            family = Domain("partner_id", "child_of", partner.commercial_partner_id.id)
            unpaid = family & Domain(self._get_invoices_domain("out")) & Domain("payment_state", "in", ("not_paid", "partial"))
            overdue = moves.search_count(unpaid & Domain("invoice_date_due", "<", fields.Date.context_today(partner)))
            cards.append(
                {
                    "title": request.env._("Open invoices"),
                    "value": moves.search_count(unpaid),
                    "text": request.env._("%(count)s overdue", count=overdue) if overdue else "",
                    "warning": bool(overdue),
                    "url": "/my/invoices",
                }
            )
        return cards

    @route([PAGE], type="http", auth="user", website=True, readonly=True)
    def portal_relationship(self, done=None, **kwargs):
        return self._show_relationship(done=done)

    @route([f"{PAGE}/wishes"], **CHANGE)
    def portal_relationship_wishes(self, **kwargs):
        partner = request.env.user.partner_id
        partner._lifecycle_set_wishes({channel for channel in CHANNELS if kwargs.get(channel)})
        return request.redirect(f"{PAGE}?done=wishes#wishes")

    @route([f"{PAGE}/callback"], **CHANGE)
    def portal_relationship_callback(self, number="", text="", **kwargs):
        partner = request.env.user.partner_id
        number, text = (each if isinstance(each, str) else "" for each in (number, text))
        try:
            partner._lifecycle_request_callback(number, text.replace("\x00", "").strip()[:LONGEST])
        except UserError as error:
            response = self._show_relationship(error=str(error), number=number, text=text)
            response.status_code = 400
            return response
        return request.redirect(f"{PAGE}?done=callback#callback")

    @route([f"{PAGE}/interest"], **CHANGE)
    def portal_relationship_interest(self, product_id="", **kwargs):
        """Only what was recommended can be asked for, so that nobody looks products up by their numbers."""
        partner = request.env.user.partner_id
        offered = {str(row["product"].id): row["product"] for row in partner._lifecycle_recommended()}
        if product := offered.get(product_id):
            try:
                partner._lifecycle_request_callback(text=request.env._("Interested in: %(product)s", product=product.display_name))
            except UserError:
                return request.redirect(f"{PAGE}?done=number#callback")
        return request.redirect(f"{PAGE}?done=callback#callback")

    def _show_relationship(self, done=None, error="", number="", text=""):
        partner = request.env.user.partner_id
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "relationship",
            "partner": partner,
            "cards": self._get_relationship_cards(partner),
            "recommended": partner._lifecycle_recommended(),
            "visits": partner._lifecycle_planned_visits(),
            "survey": partner._lifecycle_open_survey(),
            "wishes": partner._lifecycle_get_wishes(),
            "callback": partner._lifecycle_callback(),
            "caretaker": partner._lifecycle_caretaker(),
            "done": done if done in ("wishes", "callback", "number") else None,
            "error": error,
            "number": number or partner.phone or "",
            "text": text,
        }
        return request.render("crm_lifecycle.portal_relationship", values)
