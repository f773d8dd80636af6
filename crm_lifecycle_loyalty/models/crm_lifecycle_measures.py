from odoo import models

GIVEN = ("earn", "bonus", "event")
USED = ("redeem", "return")


class CrmLifecycleMeasures(models.AbstractModel):
    _inherit = "crm.lifecycle.measures"

    def _lifecycle_measures(self, period, companies, values):
        """Also what members earn and use; for those who may read the ledger of points."""
        sections = super()._lifecycle_measures(period, companies, values)
        if not self.env["crm.loyalty.entry"].has_access("read"):
            return sections
        now = self._get_loyalty_values(period.start, period.end, companies)
        before = self._get_loyalty_values(period.before_start, period.before_end, companies)
        inside = [("company_id", "in", companies.ids), *self._between("posted_at", period.start, period.end)]

        def opened(kinds):
            return {"res_model": "crm.loyalty.entry", "domain": [*inside, ("kind", "in", kinds)]}

        figures = [
            self._figure(
                "active_members",
                self.env._("Active members"),
                self.env._("Members who earned or used points in the period."),
                "count",
                now["members"],
                before["members"],
                opened(GIVEN + USED),
            ),
            self._figure(
                "points_given",
                self.env._("Points given"),
                self.env._("Points that members earned in the period, by buying or as a reward."),
                "number",
                now["given"],
                before["given"],
                opened(GIVEN),
                0,
            ),
            self._figure(
                "redemption_rate",
                self.env._("Redemption rate"),
                self.env._(
                    "Points used in the period, divided by the points given in it. Members who use points are members who come back."
                ),
                "percent",
                now["used"] / now["given"] if now["given"] else None,
                before["used"] / before["given"] if before["given"] else None,
                opened(USED),
            ),
        ]
        return [*sections, {"key": "loyalty", "name": self.env._("Loyalty"), "figures": figures}]

    def _get_loyalty_values(self, start, end, companies) -> dict:
        domain = [("company_id", "in", companies.ids), ("kind", "in", GIVEN + USED), *self._between("posted_at", start, end)]
        entries = self.env["crm.loyalty.entry"]
        [(members,)] = entries._read_group(domain, [], ["card_id:count_distinct"])
        by_kind = dict(entries._read_group(domain, ["kind"], ["points:sum"]))
        return {
            "members": members,
            "given": sum(points for kind, points in by_kind.items() if kind in GIVEN),
            "used": -sum(points for kind, points in by_kind.items() if kind in USED),
        }
