from odoo import api, fields, models
from odoo.addons.crm_lifecycle.models.boolean_search import search_boolean
from odoo.fields import Domain
from odoo.tools import SQL


class ResPartner(models.Model):
    _inherit = "res.partner"

    hold_marketing = fields.Boolean(
        "Marketing Held Back",
        compute="_compute_complaint_holds",
        search="_search_hold_marketing",
        help="While a complaint of the customer is open, where the company wishes so.",
    )
    hold_dunning = fields.Boolean(
        "Dunning Held Back",
        compute="_compute_complaint_holds",
        search="_search_hold_dunning",
        help="While a complaint of the customer is open, where the company wishes so.",
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("allowed_company_ids")
    def _compute_complaint_holds(self):
        for purpose in ("marketing", "dunning"):
            held = set(self._held_families(purpose, self.commercial_partner_id.ids).ids)
            for partner in self:
                partner[f"hold_{purpose}"] = partner.commercial_partner_id.id in held

    @api.model
    def _search_hold_marketing(self, operator, value):
        return self._search_hold("marketing", operator, value)

    @api.model
    def _search_hold_dunning(self, operator, value):
        return self._search_hold("dunning", operator, value)

    @api.model
    def _search_hold(self, purpose, operator, value):
        # A subquery, as the same search may stand many times in one statement. sudo(): whoever sends a mailing need not be allowed
        # to read complaints; nothing of them is told.
        complaints = self.env["crm.complaint"].sudo()._search(self._get_hold_domain(purpose))
        families = complaints.subselect(SQL.identifier(complaints.table, "commercial_partner_id"))
        return search_boolean(Domain("commercial_partner_id", "in", families), operator, value)

    @api.model
    def _lifecycle_reachable(self, channel):
        """Nobody is approached with an offer while a complaint is open, where the company wishes so."""
        return super()._lifecycle_reachable(channel) & Domain("hold_marketing", "=", False)

    def _filter_contactable(self, purpose):
        """Those who may be written to now: for whatever sends mailings (``marketing``) or reminders of payment (``dunning``).

        Follows the open complaints of the whole family, whoever asks; extend :meth:`_get_hold_domain` to hold back for other reasons.
        """
        held = self._held_families(purpose, self.commercial_partner_id.ids)
        return self.filtered(lambda partner: partner.commercial_partner_id not in held)

    @api.model
    def _held_families(self, purpose, family_ids):
        """Those of these commercial partners that are held back for this purpose."""
        domain = self._get_hold_domain(purpose) & Domain("commercial_partner_id", "in", family_ids)
        # sudo(): whoever sends a mailing need not be allowed to read complaints; nothing of them is told.
        groups = self.env["crm.complaint"].sudo()._read_group(domain, ["commercial_partner_id"])
        return self.browse(family.id for [family] in groups)

    @api.model
    def _get_hold_domain(self, purpose) -> Domain:
        """The open complaints, in a company of the user's that holds back for this purpose."""
        return Domain(
            [
                ("is_closed", "=", False),
                ("commercial_partner_id", "!=", False),
                (f"company_id.complaint_hold_{purpose}", "=", True),
                ("company_id", "in", self.env.companies.ids),
            ]
        )
