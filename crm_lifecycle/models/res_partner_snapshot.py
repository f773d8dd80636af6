from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..analytics import places, snapshot

CONTACTS = 5
COMPANY_FIELDS = ["account_use_credit_limit", "currency_id", "lifecycle_basis", "parent_path"]
ADDRESS = ("street", "street2", "city", "zip")
WHO = ("is_company", "email", "phone", "website", "lang", *ADDRESS)
CONTACT = ("type", "function", "phone", "email")


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
        partner, name, members = self._lifecycle_seen()
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
        found = partner._lifecycle_answered(
            {name: methods[name]() for name in dict.fromkeys(sections)}, partner._lifecycle_position(cursor), members
        )
        return {
            "partner_id": partner.id,
            "contact_id": self.id,
            "name": name,
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
        queries. To save queries it may be a generator that yields a question, is sent its answer, and returns the dict: questions of
        several sections go into one statement (see ``_lifecycle_answered``). Documents of the family are those of ``_lifecycle_here()``.
        On the page a section is rendered by the component that ``registry.category("crm_lifecycle.sections")`` holds under its name
        (props ``section``, ``partnerId``); without one, a plain card shows its ``title``, its ``icon`` (a Font Awesome class, or none) and
        its ``lines``: ``[{"label", "value"}, …]``; with ``model`` and ``id`` as well, the label opens that record::

            def _lifecycle_sections(self):
                sections = super()._lifecycle_sections()
                if self.env["my.model"].has_access("read"):
                    sections["my_section"] = self._lifecycle_section_my_section
                return sections
        """
        return {
            "who": self._lifecycle_section_who,
            "standing": self._lifecycle_section_standing,
            "worth": self._lifecycle_section_worth,
            "money": self._lifecycle_section_money,
            "sales": self._lifecycle_section_sales,
            "next_best": self._lifecycle_section_next_best,
            "contact": self._lifecycle_section_contact,
            "timeline": self._lifecycle_section_timeline,
        }

    def _lifecycle_family(self):
        """The commercial partner, after checking that the current user may have the customer's page."""
        return self._lifecycle_seen()[0]

    def _lifecycle_seen(self):
        """The commercial partner, their name, and what ``_lifecycle_answered`` takes as ``members``; by one statement, which checks rights as well."""
        if not self.env.user._is_internal():
            raise AccessError(self.env._("The pages of customers are for employees."))
        self.ensure_one()
        if type(self.id) is not int or self.id <= 0:  # as anybody may send it
            raise UserError(self.env._("There is no such contact."))
        # By themselves: what Odoo reads along with them takes longer than the head of the page.
        self.env.companies.fetch(COMPANY_FIELDS)
        self.env.flush_all()
        both = SQL("IN (%s, (SELECT commercial_partner_id FROM res_partner WHERE id = %s))", self.id, self.id)
        [found] = self._lifecycle_ask([self._lifecycle_ask_seen], family=places.Family(self._lifecycle_text(both)[0]))
        seen = {partner["id"]: partner for partner in found["partners"] or ()}
        if self.id in seen and (partner := seen.get(seen[self.id]["commercial_partner_id"])):
            return self.browse(partner["id"]), partner["name"], found["members"]
        # Odoo says what is wrong.
        self.check_access("read")
        partner = self.commercial_partner_id
        partner.check_access("read")
        return partner, partner.display_name, None

    def _lifecycle_ask_seen(self):
        both = self._search([("id", "in", [places.FAMILY])], active_test=False)
        return snapshot.seen(self.id, both)

    def _lifecycle_family_domain(self, field="partner_id"):
        """Documents whose contact ``field`` belongs to the family. What of the document may be seen is for the document's own rules."""
        if self.id == places.PARTNER:  # a question that is kept: see places.filled
            return Domain(field, "in", [places.FAMILY])
        return Domain(field, "any!", [("commercial_partner_id", "=", self.id)])

    def _lifecycle_here(self):
        """Documents of the family in the companies shown; those of no company are everybody's."""
        return self._lifecycle_family_domain() & Domain("company_id", "in", [*self._lifecycle_companies().ids, False])

    def _lifecycle_companies(self):
        """The companies whose documents are shown: the current one and its active branches, which keep the same books."""
        return self.env.companies.filtered(lambda company: company.root_id == self.env.company.root_id)

    def _lifecycle_section_who(self):
        """Who the customer is and how to reach them."""
        found = yield self._lifecycle_ask_who
        parts = {name: found.get(name) or "" for name in (*ADDRESS, "country_name", "country_code", "state_name", "state_code")}
        address = (found["address_format"] or self._get_default_address_format()) % defaultdict(str, parts)
        contacts = found["contacts"] or []
        return {
            "is_company": bool(found.get("is_company")),
            **{name: found.get(name) or "" for name in ("email", "phone", "website")},
            "address": [line.strip(" ,") for line in address.splitlines() if line.strip(" ,")],
            "language": dict(self.env["res.lang"].get_installed()).get(found.get("lang"), ""),
            "salesperson": {"id": found["user_id"], "name": found["user"]} if found["user_id"] else None,
            "tags": found["tags"] or [],
            "contacts": contacts[:CONTACTS],
            "more_contacts": len(contacts) > CONTACTS,
        }

    def _lifecycle_ask_who(self):
        contacts = self._search([("commercial_partner_id", "=", self.id), ("id", "!=", self.id)])
        own, theirs = ([name for name in names if self._has_field_access(self._fields[name], "read")] for names in (WHO, CONTACT))
        return snapshot.who(self.id, own, contacts, theirs, CONTACTS + 1, self.env.lang or "en_US")

    def _lifecycle_section_standing(self):
        """Where the customer stands, since when and why; and the stages there are."""
        customers = self.env["crm.lifecycle.customer"]
        found = yield self._lifecycle_ask_standing
        standing, customer = {"stages": [stage for stage in found["stages"] or [] if stage.pop("active")]}, found["customer"]
        if not customer:
            return standing
        names = {stage["id"]: stage for stage in found["stages"]}
        labels = {name: dict(customers._fields[name]._description_selection(self.env)) for name in ("health", "furthest_phase")}
        stage, computed = names.get(customer["stage_id"], {}), names.get(customer["computed_stage_id"], {})
        override = found["override"] or {}
        reasons = {step["kind"]: self._lifecycle_reason(step, override) for step in found["steps"] or []}
        return {
            **standing,
            "customer_id": customer["id"],
            "stage_id": customer["stage_id"],
            "stage": stage.get("name"),
            "phase": stage.get("phase"),
            "stage_since": customer["stage_since"],
            "stage_reason": reasons.get("stage"),
            "furthest_phase": labels["furthest_phase"].get(customer["furthest_phase"]),
            "health": customer["health"],
            "health_label": labels["health"].get(customer["health"]),
            "health_since": customer["health_since"],
            "health_reason": reasons.get("health"),
            "computed_stage": computed.get("name") if override else None,
            "override_reason": override.get("reason"),
            "override_until": override.get("date_until"),
        }

    def _lifecycle_ask_standing(self):
        return snapshot.standing(self._lifecycle_customer_query(), self.env.lang or "en_US", fields.Date.context_today(self))

    def _lifecycle_reason(self, step, override):
        if step["trigger"] == "override" and override:
            return override["reason"]
        return self.env["crm.lifecycle.transition"].new(step).reason

    def _lifecycle_customer_query(self):
        """The customer's row of the current company, as a query that keeps the reader's rights."""
        return self.env["crm.lifecycle.customer"]._search(
            [("partner_id", "=", self.id), ("company_id", "=", self.env.company.id)], active_test=False
        )
