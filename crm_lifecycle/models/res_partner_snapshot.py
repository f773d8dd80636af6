from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date


class ResPartner(models.Model):
    """The rights-aware picture of one customer, which the page of the customer and the call card share."""

    _inherit = "res.partner"

    @api.readonly
    def crm_lifecycle_snapshot(self, sections=None, cursor=None):
        """The picture of the customer that this contact belongs to, seen from the current company by the current user.

        :param list sections: names of the sections wanted, by default all (``available`` in the answer names them)
        :param str cursor: where the section ``timeline`` goes on: the ``next`` of the page before
        :return: ``{"partner_id", "contact_id", "name", "company_id", "currency_id", "available": [names], "sections": {name: dict}}``.
            Amounts are numbers in the currency beside them, else in ``currency_id``; days and moments (UTC) are text as the ORM gives it.
            A section or a key that the reader may not see is absent.
        :raise AccessError: for portal and public users, and where the contact may not be read
        :raise UserError: for anything but names of sections and a cursor
        """
        partner = self._lifecycle_family()
        methods = partner._lifecycle_sections()
        if sections is None:
            sections = list(methods)
        if not isinstance(sections, list | tuple) or not all(isinstance(name, str) for name in sections):
            raise UserError(self.env._("The sections of a customer's page must be a list of names."))
        if unknown := [name for name in sections if name not in methods]:
            raise UserError(
                self.env._(
                    "A customer's page has no section “%(name)s”. It has: %(known)s.", name=unknown[0][:64], known=", ".join(methods)
                )
            )
        self.env.flush_all()
        found = {name: methods[name](cursor) if name == "timeline" else methods[name]() for name in dict.fromkeys(sections)}
        return {
            "partner_id": partner.id,
            "contact_id": self.id,
            "name": partner.display_name,
            "company_id": self.env.company.id,
            "currency_id": self.env.company.currency_id.id,
            "available": list(methods),
            "sections": {name: section for name, section in found.items() if section is not None},
        }

    def action_open_customer_360(self):
        """Open the page of the customer that this contact belongs to."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "crm_lifecycle.customer_360",
            "name": self.commercial_partner_id.display_name,
            "params": {"partner_id": self.id},
        }

    def _lifecycle_sections(self):
        """The sections of a customer's page that the current user may have: ``{name: bound method}``, to be merged by ``super()``.

        Each method works on ``self``, the one commercial partner, with the rights of the reader and in the current company
        (``_lifecycle_companies()`` where branches count). It returns a dict that JSON can hold, or None to be absent, in at most three
        queries. Documents of the family are those of ``_lifecycle_family_domain()``. On the page a section is rendered by the component
        that ``registry.category("crm_lifecycle.sections")`` holds under its name (props ``section``, ``partnerId``); without one, a
        plain card shows its ``title`` and its ``lines``: ``[{"label", "value"}, …]``::

            def _lifecycle_sections(self):
                sections = super()._lifecycle_sections()
                if self.env["my.model"].has_access("read"):
                    sections["my_section"] = self._lifecycle_section_my_section
                return sections
        """
        return {
            "who": self._lifecycle_section_who,
            "standing": self._lifecycle_section_standing,
            "timeline": self._lifecycle_section_timeline,
        }

    def _lifecycle_family(self):
        """The commercial partner, after checking that the current user may have the customer's page."""
        if not self.env.user._is_internal():
            raise AccessError(self.env._("The pages of customers are for employees."))
        self.ensure_one()
        self.check_access("read")
        partner = self.commercial_partner_id
        partner.check_access("read")
        return partner

    def _lifecycle_family_domain(self, field="partner_id"):
        """Documents whose contact ``field`` belongs to the family, in the companies of ``_lifecycle_companies()``."""
        return Domain(f"{field}.commercial_partner_id", "=", self.id)

    def _lifecycle_companies(self):
        """The companies whose documents are shown: the current one and its active branches, which keep the same books."""
        return self.env.companies.filtered(lambda company: company.root_id == self.env.company.root_id)

    def _lifecycle_section_who(self):
        """Who the customer is and how to reach them."""
        contacts = self.search(
            [("commercial_partner_id", "=", self.id), ("id", "!=", self.id), ("type", "!=", "private")],
            limit=6,
            order="id",
        )
        return {
            "is_company": self.is_company,
            "email": self.email or "",
            "phone": self.phone or "",
            "website": self.website or "",
            "address": self._display_address(without_company=True).strip() if self.country_id or self.city or self.street else "",
            "language": self.lang or "",
            "salesperson": {"id": self.user_id.id, "name": self.user_id.name} if self.user_id else None,
            "tags": [{"id": tag.id, "name": tag.name, "color": tag.color} for tag in self.category_id],
            "contacts": [
                {
                    "id": contact.id,
                    "name": contact.name or contact.display_name,
                    "type": contact.type,
                    "function": contact.function or "",
                    "phone": contact.phone or "",
                    "email": contact.email or "",
                }
                for contact in contacts[:5]
            ],
            "more_contacts": len(contacts) > 5,
        }

    def _lifecycle_section_standing(self):
        """Where the customer stands, since when and why."""
        customer = self.lifecycle_customer_id
        stages = self.env["crm.lifecycle.stage"].search_fetch([], ["name", "phase"])
        standing = {"stages": [{"id": stage.id, "name": stage.name, "phase": stage.phase} for stage in stages]}
        if not customer:
            return standing
        labels = {name: dict(customer._fields[name]._description_selection(self.env)) for name in ("health", "furthest_phase")}
        believed = [("partner_id", "=", self.id), ("company_id", "=", customer.company_id.id), ("superseded_at", "=", False)]
        history = self.env["crm.lifecycle.transition"].search(believed, limit=1)
        return {
            **standing,
            "customer_id": customer.id,
            "stage_id": customer.stage_id.id,
            "stage": customer.stage_id.name,
            "stage_since": customer.stage_since and str(customer.stage_since),
            "phase": customer.phase,
            "furthest_phase": labels["furthest_phase"].get(customer.furthest_phase),
            "health": customer.health or None,
            "health_label": labels["health"].get(customer.health),
            "health_since": customer.health_since and str(customer.health_since),
            "reason": history.reason if history else "",
            "reason_on": history and format_date(self.env, history.effective_at),
            "computed_stage": customer.computed_stage_id.name if customer.computed_stage_id != customer.stage_id else None,
            "override_until": customer.override_id.date_until and str(customer.override_id.date_until),
        }
