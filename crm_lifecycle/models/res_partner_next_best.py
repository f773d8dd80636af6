from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..analytics import suggestion

SHOWN = 5
RECENT = 5


class ResPartner(models.Model):
    """What a customer will probably want next, and why."""

    _inherit = "res.partner"

    def _lifecycle_section_next_best(self):
        """Three lists, each line with its reason in words: what they reorder, what goes with it, what is better."""
        found = yield self._lifecycle_ask_next_best
        if not found:
            return None
        reasons = {
            "reorder": self._lifecycle_rhythm_words,
            "cross_sell": self._lifecycle_companion_words,
            "up_sell": self._lifecycle_better_words,
        }
        return {
            kind: [
                {
                    "id": row["id"],
                    "name": row["name"],
                    "reason": reasons[kind](row),
                    "due": kind == "reorder" and row["since"] >= row["gap_low"],
                    "quantity": row.get("quantity"),
                }
                for row in rows or []
            ]
            for kind, rows in found.items()
        }

    def _lifecycle_ask_next_best(self):
        bought = self._lifecycle_bought()
        if not bought or not self.env["product.product"].has_access("read"):
            return SQL("NULL")
        saleable = self.env["product.product"]._search([("sale_ok", "=", True)]).subselect()
        today, lang = fields.Date.context_today(self), self.env.lang or "en_US"
        return suggestion.next_best(self.env.company.id, self.id, bought, RECENT, saleable, today, lang, SHOWN)

    def crm_lifecycle_suggestions_shown(self, products):
        """Remember for the report that these suggestions were shown today.

        :param list products: ``[[product id, kind], …]`` with the kinds of ``crm.product.suggestion``
        :raise UserError: for anything else
        """
        partner = self._lifecycle_family()
        self.env["crm.product.suggestion"]._record(partner, self.env["crm.product.suggestion"]._checked(products), "shown")

    def crm_lifecycle_suggestion_added(self, product_id):
        """Remember for the report that a product suggested on a quotation was put on it."""
        partner = self._lifecycle_family()
        products = self.env["crm.product.suggestion"]._checked([[product_id, "quotation"]])
        self.env["crm.product.suggestion"]._record(partner, products, "added")

    def crm_lifecycle_dismiss(self, product_id, kind):
        """Never suggest a product to this customer again (until somebody takes that back in the report)."""
        partner = self._lifecycle_family()
        products = self.env["crm.product.suggestion"]._checked([[product_id, kind]])
        self.env["crm.product.suggestion"]._record(partner, products, "dismissed")

    def crm_lifecycle_add_to_quotation(self, product_id, kind, quantity=1):
        """Put a suggested product on the customer's newest draft quotation, or on a new one.

        :return: ``{"order_id", "name"}``
        :raise AccessError: for those who may not write quotations
        :raise UserError: if the product may not be sold, or the quantity is no positive number
        """
        partner = self._lifecycle_family()
        [(product_id, kind)] = self.env["crm.product.suggestion"]._checked([[product_id, kind]])
        if isinstance(quantity, bool) or not isinstance(quantity, int | float) or not 0 < quantity < 1e9:
            raise UserError(self.env._("The quantity must be a positive number."))
        product = self.env["product.product"].search([("id", "=", product_id), ("sale_ok", "=", True)])
        if not product:
            raise UserError(self.env._("This product is not sold any more."))
        orders = self.env["sale.order"]
        mine = Domain([("state", "=", "draft"), ("user_id", "=", self.env.uid), ("company_id", "=", self.env.company.id)])
        domain = partner._lifecycle_family_domain() & mine
        order = orders.search(domain, order="date_order desc, id desc", limit=1) or orders.create({"partner_id": self.id})
        order.write({"order_line": [Command.create({"product_id": product.id, "product_uom_qty": quantity})]})
        self.env["crm.product.suggestion"]._record(partner, [(product_id, kind)], "added")
        return {"order_id": order.id, "name": order.name}

    @api.model
    def _lifecycle_span(self, low, high=None):
        """Days, or a range of them, in words: days below two weeks, weeks below ten, else months."""
        high = low if high is None else high
        if high < 14:
            unit, low, high = "days", low, high
        elif high < 70:
            unit, low, high = "weeks", round(low / 7), round(high / 7)
        else:
            unit, low, high = "months", round(low / 30.44), round(high / 30.44)
        low = max(low, 1)
        if low < high:
            match unit:
                case "days":
                    return self.env._("%(low)s–%(high)s days", low=low, high=high)
                case "weeks":
                    return self.env._("%(low)s–%(high)s weeks", low=low, high=high)
            return self.env._("%(low)s–%(high)s months", low=low, high=high)
        match unit, high <= 1:
            case "days", True:
                return self.env._("day")
            case "days", False:
                return self.env._("%(count)s days", count=high)
            case "weeks", _:
                return self.env._("%(count)s weeks", count=high)
            case "months", True:
                return self.env._("month")
        return self.env._("%(count)s months", count=high)

    def _lifecycle_rhythm_words(self, row):
        rhythm = self._lifecycle_span(row["gap_low"], row["gap_high"])
        if row["since"] <= 0:
            return self.env._("Bought every %(rhythm)s, last today", rhythm=rhythm)
        ago = self._lifecycle_span(row["since"]) if row["since"] > 1 else self.env._("1 day")
        return self.env._("Bought every %(rhythm)s, last %(ago)s ago", rhythm=rhythm, ago=ago)

    def _lifecycle_companion_words(self, row):
        if not row["together"]:
            return self.env._("Customers who buy %(product)s also buy this", product=row["because"])
        share = max(1, round(100 * row["together"] / row["baskets"]))
        return self.env._("Customers who buy %(product)s also buy this (%(share)s %% of the times)", product=row["because"], share=share)

    def _lifecycle_better_words(self, row):
        if row["more"] is None:
            return self.env._("Recommended together with %(product)s", product=row["because"])
        return self.env._("A step up from %(product)s, %(more)s %% dearer", product=row["because"], more=int(row["more"]))
