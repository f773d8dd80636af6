"""Complaints on the customer's page: the section Service, and lines of the timeline."""

from odoo import models
from odoo.addons.crm_lifecycle.analytics.timeline import TimelineSource
from odoo.fields import Domain
from odoo.tools import format_date

SHOWN = 5


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _lifecycle_sections(self):
        sections = super()._lifecycle_sections()
        if self.env["crm.complaint"].has_access("read"):
            sections["service"] = self._lifecycle_section_service
        return sections

    def _lifecycle_complaint_domain(self):
        companies = Domain("company_id", "in", self._lifecycle_companies().ids)
        return Domain("commercial_partner_id", "=", self.id) & companies

    def _lifecycle_section_service(self):
        """What is open with the customer, the most urgent first, and how content they have been."""
        complaints = self.env["crm.complaint"]
        mine = self._lifecycle_complaint_domain()
        opened = complaints.search(mine & Domain("is_closed", "=", False), order="priority desc, received_at", limit=100)
        [(closed, satisfaction)] = complaints._read_group(
            mine & Domain("is_closed", "=", True), [], ["__count", "rating_last_value:array_agg"]
        )
        if not opened and not closed:
            return None
        rated = [value for value in satisfaction or [] if value]
        lines = [
            {
                "label": complaint.number,
                "value": self.env._(
                    "%(subject)s (%(stage)s, since %(day)s)",
                    subject=complaint.name,
                    stage=complaint.stage_id.name,
                    day=format_date(self.env, complaint.received_at),
                ),
            }
            for complaint in opened[:SHOWN]
        ]
        if len(opened) > SHOWN:
            lines.append({"label": self.env._("More"), "value": str(len(opened) - SHOWN)})
        lines.append({"label": self.env._("Closed"), "value": str(closed)})
        if rated:
            average = f"{sum(rated) / len(rated):.1f} / 5 ({len(rated)})"
            lines.append({"label": self.env._("Satisfaction"), "value": average})
        return {
            "title": self.env._("Service"),
            "open": len(opened),
            "closed": closed,
            "grave": any(complaint.severity == "grave" or complaint.safety_risk for complaint in opened),
            "complaints": [{"id": complaint.id, "number": complaint.number, "name": complaint.name} for complaint in opened[:SHOWN]],
            "lines": lines,
        }

    def _lifecycle_timeline_sources(self):
        return super()._lifecycle_timeline_sources() + [
            TimelineSource(
                kind="complaint",
                label=self.env._("Complaints"),
                icon="fa-exclamation-circle",
                model="crm.complaint",
                domain=self._lifecycle_complaint_domain(),
                date="received_at",
                title="name",
                detail="stage_id.name",
                state="severity",
            )
        ]
