from odoo import models

# The grades of a rating, of five, that count as satisfied.
SATISFIED = 4


class CrmLifecycleMeasures(models.AbstractModel):
    _inherit = "crm.lifecycle.measures"

    def _lifecycle_measures(self, period, companies, values):
        """Also how often customers complain, whether they come back, and what they say of it; for those who may read complaints."""
        sections = super()._lifecycle_measures(period, companies, values)
        if not self.env["crm.complaint"].has_access("read"):
            return sections
        now = self._get_complaint_values(period.start, period.end, companies)
        before = self._get_complaint_values(period.before_start, period.before_end, companies)
        received = [*self._between("received_at", period.start, period.end), *now["domain"]]
        figures = [
            self._figure(
                "complaints",
                self.env._("Complaints"),
                self.env._("Complaints received in the period; requests that came through the same inbox are left out."),
                "count",
                now["received"],
                before["received"],
                {"res_model": "crm.complaint", "domain": received},
                -1,
            ),
            self._figure(
                "complaint_rate",
                self.env._("Complaint rate"),
                self.env._("Customers with a complaint received in the period, divided by its buyers."),
                "percent",
                now["families"] / values["buyers"] if values["buyers"] else None,
                None,
                {"res_model": "crm.complaint", "domain": [*received, ("commercial_partner_id", "!=", False)]},
                -1,
            ),
            self._figure(
                "recovery",
                self.env._("Recovery"),
                self.env._("Of the customers whose complaint was closed in the period, the share who have bought since."),
                "percent",
                len(now["recovered"]) / now["closed"] if now["closed"] else None,
                None,
                {
                    "res_model": "crm.lifecycle.customer",
                    "domain": [("partner_id", "in", now["recovered"]), ("company_id", "in", companies.ids)],
                },
            ),
            self._figure(
                "satisfaction",
                self.env._("Satisfaction"),
                self.env._(
                    "Of the ratings that customers gave on the handling of their complaints in the period, the share of 4 or 5 out of 5."
                ),
                "percent",
                now["satisfied"] / now["ratings"] if now["ratings"] else None,
                before["satisfied"] / before["ratings"] if before["ratings"] else None,
                {"res_model": "rating.rating", "domain": [("id", "in", now["rating_ids"])]},
            ),
        ]
        return [*sections, {"key": "complaints", "name": self.env._("Complaints"), "figures": figures}]

    def _get_complaint_values(self, start, end, companies) -> dict:
        complaints = self.env["crm.complaint"].with_context(active_test=False)
        domain = [("kind", "=", "complaint"), ("company_id", "in", companies.ids)]
        [(received, families)] = complaints._read_group(
            [*domain, *self._between("received_at", start, end)], [], ["__count", "commercial_partner_id:count_distinct"]
        )
        closed = complaints._read_group(
            [*domain, *self._between("closed_at", start, end), ("is_closed", "=", True), ("commercial_partner_id", "!=", False)],
            ["commercial_partner_id"],
            ["closed_at:max"],
        )
        last = dict(
            self.env["crm.lifecycle.customer"]
            .with_context(active_test=False)
            ._read_group(
                [("partner_id", "in", [partner.id for partner, _day in closed]), ("company_id", "in", companies.ids)],
                ["partner_id"],
                ["last_purchase_date:max"],
            )
        )
        recovered = [partner.id for partner, closed_at in closed if last.get(partner) and last[partner] > closed_at.date()]
        asked = complaints._search([("company_id", "in", companies.ids)])
        given = [("res_model", "=", "crm.complaint"), ("res_id", "in", asked), ("consumed", "=", True), ("rating", ">=", 1)]
        grades = self.env["rating.rating"]._read_group([*given, *self._between("rated_on", start, end)], ["rating"], ["id:array_agg"])
        return {
            "domain": domain,
            "received": received,
            "families": families,
            "closed": len(closed),
            "recovered": recovered,
            "ratings": sum(len(ids) for _grade, ids in grades),
            "satisfied": sum(len(ids) for grade, ids in grades if grade >= SATISFIED),
            "rating_ids": [rating_id for _grade, ids in grades for rating_id in ids],
        }
