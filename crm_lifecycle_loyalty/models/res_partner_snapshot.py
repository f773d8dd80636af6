from collections import Counter

from odoo import fields, models
from odoo.addons.crm_lifecycle.analytics.timeline import TimelineSource
from odoo.tools import SQL, format_date


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _lifecycle_sections(self):
        sections = super()._lifecycle_sections()
        if self.env["crm.loyalty.entry"].has_access("read"):
            sections["loyalty"] = self._lifecycle_section_loyalty
        return sections

    def _lifecycle_timeline_sources(self):
        family = self.env["loyalty.card"].sudo().with_context(active_test=False)
        return super()._lifecycle_timeline_sources() + [
            TimelineSource(
                kind="loyalty",
                label=self.env._("Loyalty Points"),
                icon="fa-star-o",
                model="crm.loyalty.entry",
                domain=fields.Domain("card_id", "in", family._search(fields.Domain("partner_id.commercial_partner_id", "=", self.id)))
                & fields.Domain("company_id", "in", self._lifecycle_companies().ids),
                date="posted_at",
                title="description",
                detail=self._crm_loyalty_points_written(),
                state="kind",
                person="card_id.partner_id",
                thread=False,
            )
        ]

    def _crm_loyalty_points_written(self):
        """The points of an entry with their sign, as the reader writes numbers."""
        language = self.env["res.lang"]._get_data(code=self.env.lang or "en_US")
        return SQL(
            "replace(replace(translate(rtrim(to_char(crm_loyalty_entry.points, 'FMSG999,999,999,999,990.99'), '.'), ',.', 'td'), 't', %s), 'd', %s)",
            language.thousands_sep or "",
            language.decimal_point,
        )

    def _lifecycle_section_loyalty(self):
        """Cards of the family: points, tier and how far the next one is, what is pending, and what expires soon."""
        cards = self.env["loyalty.card"].browse((yield self._lifecycle_ask_loyalty))
        if not cards:
            return None
        facts = cards.sudo()._crm_loyalty_facts()
        progress = self.env["crm.loyalty.tier"].sudo()._progress(cards)
        lines, rows, programs = [], [], Counter(card.program_id for card in cards)
        for card in cards:
            pending, expiring, day = facts[card.id]
            label = card.program_id._crm_loyalty_points_label
            row = {
                "card_id": card.id,
                "program": card.program_id.display_name,
                "points": card.points,
                "label": label(card.points),
                "tier": card.tier_id.name or "",
                "progress": card._crm_loyalty_progress_label(progress.get(card.id)) if card.id in progress else "",
                "pending": pending,
                "expiring": expiring,
                "expiring_on": day and str(day),
            }
            rows.append(row)
            whose = f" ({card.partner_id.name})" if programs[card.program_id] > 1 else ""
            lines.append({"label": row["program"] + whose, "value": row["label"]})
            if row["tier"]:
                lines.append({"label": self.env._("Tier"), "value": row["tier"]})
            if row["progress"]:
                lines.append({"label": self.env._("Next Tier"), "value": row["progress"]})
            if pending:
                lines.append({"label": self.env._("Pending"), "value": label(pending)})
            if expiring:
                lines.append(
                    {
                        "label": self.env._("Expiring Soon"),
                        "value": self.env._("%(points)s on %(day)s", points=label(expiring), day=format_date(self.env, day)),
                    }
                )
        return {"title": self.env._("Loyalty"), "icon": "fa-star-o", "lines": lines, "cards": rows}

    def _lifecycle_ask_loyalty(self):
        domain = self.env["loyalty.program"]._crm_loyalty_domain(self.env.company, prefix="program_id.")
        cards = self.env["loyalty.card"]._search(domain & fields.Domain("partner_id.commercial_partner_id", "=", self.id))
        return SQL("(SELECT to_json(ARRAY(%s)))", cards.select())
