from odoo import models


class CrmLifecycleMeasures(models.AbstractModel):
    _inherit = "crm.lifecycle.measures"

    def _lifecycle_measures(self, period, companies, values):
        """Also what customers say when they are asked, for those who may read it."""
        sections = super()._lifecycle_measures(period, companies, values)
        if not self.env["crm.voice.request"].has_access("read"):
            return sections
        texts = {
            "nps": (
                self.env._("Net promoter score"),
                self.env._("Of the answers of the period, the percentage of promoters (9 or 10 of 10) less that of detractors (0 to 6)."),
            ),
            "csat": (
                self.env._("Customers satisfied (%)"),
                self.env._("Of the answers of the period, the percentage of 4 or 5 out of 5."),
            ),
            "ces": (
                self.env._("Customer effort score"),
                self.env._("The mean answer of the period, from 1 to 7, on how easy it is to deal with us."),
            ),
        }
        now, before = (
            self._get_voice(self._answered(start, end, companies))
            for start, end in ((period.start, period.end), (period.before_start, period.before_end))
        )
        asked = self._answered(period.start, period.end, companies)
        figures = [
            self._figure(
                kind,
                label,
                definition,
                "number",
                now[kind],
                before.get(kind),
                {"res_model": "crm.voice.request", "domain": [*asked, ("kind", "=", kind)]},
            )
            for kind, (label, definition) in texts.items()
            if kind in now
        ]
        return [*sections, {"key": "voice", "name": self.env._("What customers say"), "figures": figures}]

    def _answered(self, start, end, companies) -> list:
        return [("state", "=", "answered"), ("company_id", "in", companies.ids), *self._between("answered_at", start, end)]

    def _get_voice(self, domain) -> dict:
        return dict(self.env["crm.voice.request"]._read_group(domain, ["kind"], ["points:avg"]))
