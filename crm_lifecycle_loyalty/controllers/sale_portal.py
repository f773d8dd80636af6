import math

from odoo.addons.sale.controllers.portal import CustomerPortal
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request, route


class LoyaltySalePortal(CustomerPortal):
    def _get_page_view_values(self, document, access_token, values, *args, **kwargs):
        """What the customer may spend is shown to the customer only: whoever else has the link to a quotation sees no balance."""
        if document._name == "sale.order":
            values["loyalty_offers"] = document._crm_loyalty_offers() if self._owns_loyalty_cards(document) else []
            values["loyalty_error"] = request.session.pop("crm_loyalty_error", None)
        return super()._get_page_view_values(document, access_token, values, *args, **kwargs)

    def _owns_loyalty_cards(self, order):
        return order.partner_id == request.env.user.partner_id and not request.env.user._is_public()

    @route("/my/orders/<int:order_id>/points", type="http", auth="user", methods=["POST"], website=True)
    def portal_order_points(self, order_id, reward_id=None, points=None, access_token=None, **kw):
        """Use points of one's own card for one's own quotation."""
        try:
            order = self._document_check_access("sale.order", order_id, access_token=access_token or None)
        except (AccessError, MissingError):
            return request.redirect("/my")
        if not self._owns_loyalty_cards(order):
            return request.redirect("/my")
        try:
            with request.env.cr.savepoint():
                order.with_context(lang=request.env.lang)._crm_loyalty_choose(*self._read_choice(reward_id, points))
        except UserError as error:
            request.session["crm_loyalty_error"] = str(error)
        return request.redirect(order.get_portal_url(anchor="loyalty"))

    def _read_choice(self, reward_id, points):
        try:
            choice = int(reward_id), float((points or "0").strip().replace(",", "."))
        except (TypeError, ValueError, AttributeError):
            choice = None
        if not choice or not math.isfinite(choice[1]) or abs(choice[1]) > 1e12:
            raise UserError(request.env._("Enter how many points you want to use, as a number."))
        return choice
