from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ..analytics import places, snapshot

SHOWN = 5
PRODUCTS = 10


class ResPartner(models.Model):
    """What is being sold to a customer, and what is planned with them. Documents that the reader may not see are absent."""

    _inherit = "res.partner"

    def _lifecycle_section_sales(self):
        """Open quotations, orders to deliver and to invoice, opportunities, and the products bought last."""
        found = yield self._lifecycle_ask_sales
        if not found:
            return None
        found |= found.pop("orders", {})
        lists = {name: rows or [] if name == "products" else self._lifecycle_counted(rows or []) for name, rows in found.items()}
        return {"currency_id": self.env.company.currency_id.id, **lists}

    def _lifecycle_ask_sales(self):
        lang = self.env.lang or "en_US"
        parts = {}
        if self.env["sale.order"].has_access("read"):
            orders = self.env["sale.order"]._search(self._lifecycle_here() & Domain("state", "in", ("draft", "sent", "sale")))
            parts["orders"] = snapshot.orders(orders, self._lifecycle_undelivered(), SHOWN)
        if self.env["crm.lead"].has_access("read"):
            leads = self.env["crm.lead"]._search(
                self._lifecycle_here() & Domain("type", "=", "opportunity") & Domain("probability", "<", 100)
            )
            parts["opportunities"] = snapshot.opportunities(leads, lang, SHOWN)
        if bought := self._lifecycle_bought():
            parts["products"] = snapshot.products(bought, lang, PRODUCTS)
        return snapshot.json_object(parts) if parts else SQL("NULL")

    def _lifecycle_section_contact(self):
        """What is planned with the customer: activities on the family and its documents, and meetings."""
        found = yield self._lifecycle_ask_contact
        return {name: rows or [] for name, rows in found.items()}

    def _lifecycle_ask_contact(self):
        documents = [("res.partner", self._search([("commercial_partner_id", "=", self.id)], active_test=False).subselect())]
        for model in ("sale.order", "crm.lead"):
            if self.env[model].has_access("read"):
                documents.append((model, self.env[model]._search(self._lifecycle_here(), active_test=False).subselect()))
        meetings = self._lifecycle_meetings(Domain.TRUE)
        meetings.add_where(SQL("calendar_event.start >= now() AT TIME ZONE 'UTC'"))
        return snapshot.json_object(
            {
                "activities": snapshot.activities(documents, self.env.lang or "en_US", SHOWN),
                "meetings": snapshot.meetings(meetings, SHOWN),
            }
        )

    def _lifecycle_undelivered(self):
        """Whether a ``sale_order`` is not delivered in full: by its deliveries where stock is managed, else by its lines."""
        if "delivery_status" in self.env["sale.order"]._fields:
            return SQL("sale_order.delivery_status IN ('pending', 'started', 'partial')")
        # All of the family's at once, which is quicker than to look for each of thousands of orders.
        return SQL(
            "sale_order.id IN (SELECT order_id FROM sale_order_line WHERE order_partner_id %s AND %s)",
            places.in_family(self.id),
            SQL(snapshot.UNDELIVERED),
        )

    def _lifecycle_meetings(self, domain):
        """Meetings with the family of which the reader may know the subject."""
        events = self.env["calendar.event"]
        visible = Domain(events._get_default_privacy_domain()) | Domain("partner_ids", "in", self.env.user.partner_id.ids)
        return events._search(self._lifecycle_family_domain("partner_ids") & visible & domain)

    def _lifecycle_bought(self):
        """What was bought by the newest documents of the kind on which the company counts purchases (see ``snapshot.bought``); or None."""
        if self.env.company.lifecycle_basis == "orders":
            model, domain = "sale.order", Domain("state", "=", "sale")
        else:
            model, domain = "account.move", Domain("state", "=", "posted") & Domain("move_type", "in", ("out_invoice", "out_receipt"))
        if not self.env[model].has_access("read"):
            return None
        query = self.env[model]._search(self._lifecycle_here() & domain)
        orders, invoices = (query, None) if model == "sale.order" else (None, query)
        return snapshot.bought(orders, invoices, snapshot.NEWEST)

    def _lifecycle_counted(self, rows):
        total = rows[0]["total"] if rows else 0
        return {"total": total, "rows": [{key: row[key] for key in row if key != "total"} for row in rows]}
