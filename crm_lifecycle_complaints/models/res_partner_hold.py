from odoo import api, fields, models
from odoo.addons.crm_lifecycle.models.boolean_search import search_boolean
from odoo.fields import Domain


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
        held = Domain("commercial_partner_id", "in", self._held_families(purpose).ids)
        return search_boolean(held, operator, value)

    @api.model
    def _lifecycle_reachable(self, channel):
        """Nobody is approached with an offer while a complaint is open, where the company wishes so."""
        return super()._lifecycle_reachable(channel) & Domain("hold_marketing", "=", False)

    def _filter_contactable(self, purpose):
        """Those who may be written to now: for whatever sends mailings (``marketing``) or reminders of payment (``dunning``).

        Follows the open complaints of the whole family, whoever asks; extend :meth:`_held_families` to hold back for other reasons.
        """
        held = self._held_families(purpose, self.commercial_partner_id.ids)
        return self.filtered(lambda partner: partner.commercial_partner_id not in held)

    @api.model
    def _held_families(self, purpose, family_ids=None):
        """Commercial partners with an open complaint in a company of the user's that holds back for this purpose."""
        # sudo(): whoever sends a mailing need not be allowed to read complaints; nothing of them is told.
        domain = [
            ("is_closed", "=", False),
            (f"company_id.complaint_hold_{purpose}", "=", True),
            ("company_id", "in", self.env.companies.ids),
        ]
        domain.append(("commercial_partner_id", "in", family_ids) if family_ids is not None else ("commercial_partner_id", "!=", False))
        groups = self.env["crm.complaint"].sudo()._read_group(domain, ["commercial_partner_id"])
        return self.browse(family.id for [family] in groups)
