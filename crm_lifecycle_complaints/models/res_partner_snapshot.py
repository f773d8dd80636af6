"""Complaints on the customer's page: the section Service, and lines of the timeline."""

from datetime import datetime

from odoo import fields, models
from odoo.addons.crm_lifecycle.analytics.timeline import TimelineSource
from odoo.fields import Domain
from odoo.tools import SQL, format_amount, format_date

from ..analytics import lessons
from .crm_lifecycle_customer import SOUND

SHOWN = 5
OPEN = 100


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _lifecycle_sections(self):
        sections = super()._lifecycle_sections()
        if self.env["crm.complaint"].has_access("read"):
            sections["service"] = self._lifecycle_section_service
        return sections

    def _lifecycle_section_standing(self):
        """An open grave complaint is a reason for risk, said where health is shown."""
        section = super()._lifecycle_section_standing()
        # What it asks is part of what is asked below.
        next(section)
        found, grave = yield self._lifecycle_ask_standing_and_grave
        try:
            section.send(found)
        except StopIteration as stop:
            standing = stop.value
        if grave and standing.get("health") in SOUND:
            labels = dict(self.env["crm.lifecycle.customer"]._fields["health_shown"]._description_selection(self.env))
            # The number is for those who may read the complaint; that there is one is for whoever sees the customer.
            known = self.env["crm.complaint"].browse(grave["id"]).has_access("read")
            received = fields.Datetime.context_timestamp(self, datetime.fromisoformat(grave["received_at"]))
            standing.update(
                health="at_risk",
                health_label=labels["at_risk"],
                health_since=fields.Date.to_string(received.date()),
                health_reason=self.env._("Grave complaint %(number)s is open", number=grave["number"])
                if known
                else self.env._("A grave complaint is open"),
            )
        return standing

    def _lifecycle_ask_standing_and_grave(self):
        """Also the oldest open grave complaint in the current company, whoever asks."""
        grave = self.env["crm.lifecycle.customer"]._get_grave_complaint_domain()
        mine = Domain("commercial_partner_id", "=", self.id) & Domain("company_id", "=", self.env.company.id)
        oldest = self.env["crm.complaint"].sudo()._search(grave & mine, order="received_at, id", limit=1)
        columns = (SQL.identifier(oldest.table, name) for name in ("id", "number", "received_at"))
        return SQL("json_build_array(%s, (SELECT to_json(part) FROM (%s) part))", self._lifecycle_ask_standing(), oldest.select(*columns))

    def _lifecycle_complaint_domain(self):
        companies = Domain("company_id", "in", self._lifecycle_companies().ids)
        return Domain("commercial_partner_id", "=", self.id) & companies

    def _lifecycle_section_service(self):
        """What is open with the customer, the most urgent first, how content they have been, and what is at risk."""
        complaints = self.env["crm.complaint"]
        ids, closed, rated, satisfaction, revenue = yield self._lifecycle_ask_service
        if not ids and not closed:
            return None
        opened = complaints.browse(ids)
        lines = [
            {
                "model": "crm.complaint",
                "id": complaint.id,
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
        if opened and revenue and complaints._has_field_access(complaints._fields["revenue_at_risk"], "read"):
            worth = format_amount(self.env, revenue, self.env.company.currency_id)
            lines.append({"label": self.env._("Revenue at risk"), "value": worth})
        if rated:
            lines.append({"label": self.env._("Satisfaction"), "value": f"{satisfaction:.1f} / 5 ({rated})"})
        return {
            "title": self.env._("Service"),
            "icon": "fa-exclamation-circle",
            "open": len(opened),
            "closed": closed,
            "grave": any(complaint.severity == "grave" or complaint.safety_risk for complaint in opened),
            "lines": lines,
        }

    def _lifecycle_ask_service(self):
        complaints, mine = self.env["crm.complaint"], self._lifecycle_complaint_domain()
        opened = complaints._search(mine & Domain("is_closed", "=", False), order="priority desc, received_at", limit=OPEN)
        closed = complaints._search(mine & Domain("is_closed", "=", True))
        return lessons.service(opened, closed, self.id, self.env.company.id)

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
