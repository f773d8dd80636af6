from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import format_datetime

from ..analytics import snapshot
from ..analytics.timeline import TimelineSource

SHOWN = 5


class ResPartner(models.Model):
    """By which numbers a contact is known, and the calls with the customer."""

    _name = "res.partner"
    _inherit = ["res.partner", "crm.lifecycle.phone.owner"]

    lifecycle_phone_ids = fields.One2many(
        "crm.lifecycle.phone",
        "partner_id",
        "Further Numbers",
        domain=[("source", "!=", "field")],
        help="By which this contact is known when calling.",
    )

    def _lifecycle_sections(self):
        sections = super()._lifecycle_sections()
        if self.env["crm.call"].has_access("read"):
            sections["calls"] = self._lifecycle_section_calls
        return sections

    def _lifecycle_calls_domain(self):
        return Domain("commercial_partner_id", "=", self.id) & Domain("company_id", "in", self._lifecycle_companies().ids)

    def _lifecycle_section_calls(self):
        """The last calls with the family, and whether it waits for one."""
        rows = (yield self._lifecycle_ask_calls) or []
        labels = {name: dict(self.env["crm.call"]._fields[name]._description_selection(self.env)) for name in ("direction", "state")}
        return {
            "title": self.env._("Calls"),
            "icon": "fa-phone",
            "to_return": any(row["to_return"] for row in rows),
            "lines": [
                {
                    "model": "crm.call",
                    "id": row["id"],
                    "label": format_datetime(self.env, row["date"], dt_format="short"),
                    "value": " · ".join(
                        filter(None, (labels["direction"][row["direction"]], labels["state"][row["state"]], row["outcome"], row["user"]))
                    ),
                }
                for row in rows
            ]
            or [{"label": self.env._("No calls yet"), "value": ""}],
        }

    def _lifecycle_ask_calls(self):
        calls = self.env["crm.call"]
        query = calls._search(self._lifecycle_calls_domain(), order=calls._order, limit=SHOWN)
        return snapshot.calls(query, self.env.lang or "en_US")

    def _lifecycle_timeline_sources(self):
        return [
            *super()._lifecycle_timeline_sources(),
            TimelineSource(
                kind="call",
                label=self.env._("Calls"),
                icon="fa-phone",
                model="crm.call",
                domain=self._lifecycle_calls_domain(),
                date="started_at",
                title="number",
                detail="note",
                state="state",
                thread=False,
            ),
        ]
