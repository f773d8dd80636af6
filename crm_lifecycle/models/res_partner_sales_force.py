from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..analytics import snapshot
from .crm_account_plan import SEE_FIGURES

# The order in which a suggestion is chosen where there are several.
BEST_FIRST = ("reorder", "cross_sell", "up_sell")
PLANNED = (
    "id", "user_id", "state", "objective", "date_from", "date_to", "target_revenue", "pareto_class", "contact_days", "last_contact_date",
    "last_contact_kind", "next_contact_date",
)  # fmt: skip


class ResPartner(models.Model):
    """What salespeople plan with a customer."""

    _inherit = "res.partner"

    # "My customers", in a table with everybody else's.
    _lifecycle_user_idx = models.Index("(user_id) WHERE user_id IS NOT NULL")

    def _lifecycle_sections(self):
        sections = super()._lifecycle_sections()
        if self.env["crm.account.plan"].has_access("read"):
            sections["plan"] = self._lifecycle_section_plan
        return sections

    def _lifecycle_section_plan(self):
        """The account plan of the current company, or that there is none; the revenue so far only for those who may see it."""
        plans, found = self.env["crm.account.plan"], (yield self._lifecycle_ask_plan)
        if not found:
            return {"plan": None, "may_make": plans.has_access("create")}
        [plan] = found
        labels = {
            name: dict(plans._fields[name]._description_selection(self.env)) for name in ("state", "pareto_class", "last_contact_kind")
        }
        plan |= {f"{name}_label": label.get(plan[name], "") for name, label in labels.items()}
        if self.env.user.has_groups(SEE_FIGURES):
            plan["achieved_revenue"] = plans.browse(plan["id"]).achieved_revenue
        return {"plan": plan, "currency_id": self.env.company.currency_id.id, "may_make": False}

    def _lifecycle_ask_plan(self):
        query = self.env["crm.account.plan"]._search([("partner_id", "=", self.id), ("company_id", "=", self.env.company.id)])
        columns = {name: SQL.identifier("crm_account_plan", name) for name in PLANNED}
        columns["user"] = SQL(
            "(SELECT person.name FROM res_users users JOIN res_partner person ON person.id = users.partner_id WHERE users.id = crm_account_plan.user_id)"
        )
        return snapshot.json_rows(query, columns)

    def crm_lifecycle_make_opportunity(self, product_id, kind, quantity=1):
        """Make an opportunity from a product suggested for the customer, with the revenue expected of it and the reason.

        :return: ``{"lead_id", "name"}``
        :raise AccessError: for those who may not make opportunities
        :raise UserError: if the product is not suggested (any more), or the quantity is no positive number
        """
        partner = self._lifecycle_family()
        [(product_id, kind)] = self.env["crm.product.suggestion"]._checked([[product_id, kind]])
        if isinstance(quantity, bool) or not isinstance(quantity, int | float) or not 0 < quantity < 1e9:
            raise UserError(self.env._("The quantity must be a positive number."))
        row = next((row for row in partner._lifecycle_suggested().get(kind, []) if row["id"] == product_id), None)
        if not row:
            raise UserError(self.env._("This product is not suggested to the customer any more."))
        lead = self._lifecycle_opportunity(kind, row, quantity)
        return {"lead_id": lead.id, "name": lead.name}

    def _lifecycle_suggested(self):
        """What is suggested for the customer, by kind: see ``_lifecycle_section_next_best``."""
        self.env.flush_all()
        return self._lifecycle_answered({"next_best": self._lifecycle_section_next_best()})["next_best"] or {}

    def _lifecycle_make_opportunities(self):
        """An opportunity for each of these customers from their first suggestion: reorders that are due, then what goes with it, then better ones."""
        self.check_access("read")
        leads = self.env["crm.lead"]
        for partner in self:
            found = partner._lifecycle_suggested()
            rows = [(kind, row) for kind in BEST_FIRST for row in found.get(kind, [])]
            due = [(kind, row) for kind, row in rows if row["due"]]
            new = [(kind, row) for kind, row in rows if kind != "reorder"]
            for kind, row in (due or new or rows)[:1]:
                leads |= partner._lifecycle_opportunity(kind, row, row["quantity"] or 1)
        return leads

    def _lifecycle_opportunity(self, kind, row, quantity):
        """Make the opportunity of a suggestion; an open one of the same product is used again."""
        family, leads = self.commercial_partner_id, self.env["crm.lead"]
        product = self.env["product.product"].browse(row["id"])
        opened = leads.search(
            self._lifecycle_open_opportunities(family) & Domain("lifecycle_product_id", "=", product.id), limit=1, order="id desc"
        )
        if opened:
            return opened
        pricelist = self.with_company(self.env.company).property_product_pricelist
        price = pricelist._get_product_price(product, quantity) if pricelist else product.list_price
        currency = pricelist.currency_id or product.currency_id
        revenue = currency._convert(price * quantity, self.env.company.currency_id, self.env.company, fields.Date.context_today(self))
        lead = leads.create(
            {
                "name": self.env._("%(product)s for %(customer)s", product=row["name"], customer=family.display_name),
                "type": "opportunity",
                "partner_id": self.id,
                "user_id": family.user_id.id or self.env.uid,
                "company_id": self.env.company.id,
                "expected_revenue": revenue,
                "lifecycle_product_id": product.id,
                "lifecycle_reason": row["reason"],
            }
        )
        self.env["crm.product.suggestion"]._record(family, [(product.id, kind)], "added")
        return lead

    def _lifecycle_open_opportunities(self, family):
        here = (
            Domain("company_id", "in", [self.env.company.id, False]) & Domain("type", "=", "opportunity") & Domain("probability", "<", 100)
        )
        return here & family._lifecycle_family_domain()
