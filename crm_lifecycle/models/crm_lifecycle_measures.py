from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..analytics import measures
from ..domain.clock import moment
from ..domain.periods import PRESETS, Period, custom, preset
from ..domain.stages import PHASES

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
AMOUNTS = "crm_lifecycle.crm_lifecycle_group_balances"
# Of the report, the quickest one first.
PARTS = ("trend", "phases", "sections")


class CrmLifecycleMeasures(models.AbstractModel):
    """The report on what looking after customers brings, within what the reader may see."""

    _name = "crm.lifecycle.measures"
    _description = "Customer Results"

    @api.model
    @api.readonly
    def get_report(
        self,
        name: str,
        date_from: str | bool = False,
        date_to: str | bool = False,
        company_ids: list[int] | None = None,
        parts: tuple[str] = PARTS,
    ) -> dict:
        """The results of a period, each figure beside that of the period before, in plain values for the browser.

        ``name``: one of ``domain.periods.PRESETS``, or ``custom`` with a first and a last day. ``company_ids``: some of the allowed companies, by default
        those that are switched on. ``parts``: what to work out, all by default; a page may ask for each by itself. Amounts are in the currency of the
        current company, and absent for those who may not see customer balances.
        Keys: ``period``, ``companies``, ``currency_id`` and the parts: ``trend``, ``phases``, and ``sections`` (each with its figures), which come with
        ``cohorts``, ``by_company`` and ``curve``, filled where there are amounts.
        """
        self.env.flush_all()
        if not isinstance(parts, list | tuple) or not all(part in PARTS for part in parts):
            raise UserError(self.env._("Ask for some of these parts of the report: %(parts)s.", parts=", ".join(PARTS)))
        period = self._get_period(name, date_from, date_to)
        companies = self._get_companies(company_ids)
        report = {
            "period": {side: fields.Date.to_string(getattr(period, side)) for side in ("start", "end", "before_start", "before_end")},
            "companies": [{"id": company.id, "name": company.name} for company in self.env.companies],
            "company_ids": companies.ids,
            "currency_id": self.env.company.currency_id.id,
            "amounts": self.env.user.has_group(AMOUNTS),
        }
        if "trend" in parts:
            report["trend"] = self._get_trend(companies, period)
        if "phases" in parts:
            report["phases"] = self._get_phases(companies, period)
        if "sections" in parts:
            report |= self._get_sections(companies, period, report["amounts"])
        return report

    # ------------------------------------------------------------------
    # For other addons
    # ------------------------------------------------------------------

    def _lifecycle_measures(self, period: Period, companies, values: dict) -> list[dict]:
        """Sections with the results of other addons: ``{"key", "name", "figures"}``, figures made by :meth:`_figure`; override and add.

        Within the rights of the reader, for the records of ``companies``; what the reader may not see is left out. ``values``: the own figures of the
        period by key, to divide by. Domains for the browser: only plain values.
        """
        return []

    def _lifecycle_returns(self, period: Period, companies) -> list[tuple[float, float]]:
        """What was spent on customers in a period beside the margin that it brought, by measuring against customers who were left alone.

        Pairs (cost, incremental margin) in the currency of the current company; override and add.
        """
        return []

    @api.model
    def _between(self, field: str, start: date, end: date) -> list:
        """A domain on a moment (UTC) within days of the reader, both included."""
        first, after = (moment(day, self.env.tz) for day in (start, end + timedelta(days=1)))
        return [(field, ">=", fields.Datetime.to_string(first)), (field, "<", fields.Datetime.to_string(after))]

    @api.model
    def _figure(self, key, label, definition, kind, value, previous=None, action=None, better=1) -> dict:
        """A figure for the browser. ``kind``: count, percent (a share), number, money or days. ``action``: what it opens, as
        ``{"res_model", "domain"}`` and anything else of an action. ``better``: 1 if more is better, −1 if less is, 0 if neither."""
        return {
            "key": key,
            "label": str(label),
            "definition": str(definition),
            "kind": kind,
            "value": value,
            "previous": previous,
            "action": action or False,
            "better": better,
        }

    # ------------------------------------------------------------------
    # Parts of the report
    # ------------------------------------------------------------------

    def _get_sections(self, companies, period, amounts) -> dict:
        """``sections``, and what comes with them of the same rows: ``cohorts``, ``by_company`` and ``curve``."""
        customers, rates = self._get_customers(companies), self._get_rates(companies)
        keys = [measure.key for measure in measures.MEASURES if amounts or not measure.money]
        groups = [measures.cohort(period), SQL("company_id")] if amounts else [SQL("company_id")]
        periods = [period, period.previous()]
        rows = self.env.execute_query(measures.figures(measures.known(customers, periods, rates), periods, keys, groups, curve=amounts))
        now, before = ([(part, values) for place, part, values in rows if place == wanted] for wanted in range(len(periods)))
        found = self._split(now, keys, companies, groups)
        values, former = found.pop("values"), self._split(before, keys, companies, [])["values"]
        sections = [*self._get_own_sections(values, former, period, companies), *self._lifecycle_measures(period, companies, values)]
        if amounts:
            sections.append(self._get_return(period, companies))
        return {**found, "sections": [section for section in sections if section["figures"]]}

    def _get_own_sections(self, values, former, period, companies) -> list[dict]:
        names = {
            "acquisition": self.env._("Acquisition"),
            "retention": self.env._("Retention"),
            "revenue": self.env._("Revenue"),
            "value": self.env._("Value"),
        }
        found = {key: {"key": key, "name": name, "figures": []} for key, name in names.items()}
        for measure in (*measures.MEASURES, measures.TOP):
            if measure.key in values:
                previous = former.get(measure.key) if measure.dated else None
                action = self._open(measure.key, period, companies)
                found[measure.section]["figures"].append(
                    self._figure(
                        measure.key,
                        self.env._(measure.label),
                        self.env._(measure.definition),
                        measure.kind,
                        values[measure.key],
                        previous,
                        action,
                        measure.better,
                    )
                )
        return list(found.values())

    def _get_return(self, period, companies) -> dict:
        """Whether it pays: only what was measured against customers who were left alone counts."""
        pairs = self._lifecycle_returns(period, companies)
        cost, margin = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
        definition = self.env._(
            "The margin that campaigns and playbooks of the period brought over customers who were left alone, less their cost, divided by their cost. "
            "What was not measured against such customers is not counted."
        )
        roi = (margin - cost) / cost if cost else None
        figure = self._figure("roi", self.env._("Return on looking after customers"), definition, "percent", roi)
        return {"key": "return", "name": self.env._("Return"), "figures": [figure]}

    def _split(self, rows, keys, companies, groups) -> dict:
        """The rows of ``analytics.measures.figures`` for one period as ``values`` of all, and by cohort, by company and as a curve."""
        found = {"values": {}, "cohorts": [], "by_company": [], "curve": []}
        whole = (1 << len(groups)) - 1
        for part, (level, *values) in rows:
            if part == "curve":
                found["curve"].append((level, *values))
                continue
            by_key = dict(zip(keys, values[2:], strict=True))
            if level == whole:
                found["values"] = by_key
            elif len(groups) == 2 and level == 1:
                if by_key["nrr"] is not None:
                    found["cohorts"].append(
                        {"cohort": values[0], "nrr": by_key["nrr"], "grr": by_key["grr"], "retention": by_key["retention"]}
                    )
            elif len(companies) > 1:
                company = self.env["res.company"].browse(values[len(groups) - 1])
                found["by_company"].append({"id": company.id, "name": company.sudo().name, **by_key})
        found["cohorts"].sort(key=lambda each: each["cohort"])
        found["by_company"].sort(key=lambda each: each["name"])
        if found["curve"]:
            self._add_curve(found)
        return found

    def _add_curve(self, found: dict):
        """The curve of concentration as cumulated shares (customers, revenue), and the share of the best fifth."""
        steps = sorted(found["curve"])
        customers, revenue = sum(step[1] for step in steps), sum(step[2] for step in steps)
        curve, seen, brought = [(0, 0)], 0, 0.0
        for _step, count, amount in steps:
            seen, brought = seen + count, brought + amount
            curve.append((seen / customers, brought / revenue))
        found["curve"] = curve
        found["values"]["top"] = sum(step[2] for step in steps if step[0] <= measures.FIFTH) / revenue

    def _get_phases(self, companies, period) -> list[dict]:
        """Conversion and time of each phase, beside the period before."""
        labels = dict(self.env["crm.lifecycle.stage"]._fields["phase"]._description_selection(self.env))
        believed = self._get_believed(companies, "stage", ("partner_id", "company_id", "to_stage_id", "effective_at"))
        rows, former = {}, {}
        for place, phase, *values in self.env.execute_query(measures.phase_figures(believed, [period, period.previous()])):
            (former if place else rows)[phase] = values
        phases = []
        for place, phase in enumerate(PHASES):
            inside, moved, days = rows.get(place, (0, 0, None))
            inside_before, moved_before, days_before = former.get(place, (0, 0, None))
            phases.append(
                {
                    "key": phase,
                    "name": labels[phase],
                    "inside": inside,
                    "moved": moved,
                    "conversion": moved / inside if inside else None,
                    "conversion_before": moved_before / inside_before if inside_before else None,
                    "days": days,
                    "days_before": days_before,
                    "last": place == len(PHASES) - 1,
                    "open_inside": self._open(f"{phase}-inside", period, companies),
                    "open_moved": self._open(f"{phase}-moved", period, companies),
                }
            )
        return phases

    def _get_trend(self, companies, period) -> list[dict]:
        customers = self._get_customers(companies)
        believed = SQL(
            """SELECT transition.to_health, transition.effective_at
                 FROM crm_lifecycle_transition transition JOIN (%s) customer USING (partner_id, company_id)
                WHERE transition.kind = 'health' AND transition.superseded_at IS NULL""",
            customers,
        )
        rows = self.env.execute_query(measures.trend(customers, believed, period))
        return [dict(zip(("month", "new", "lost", "won_back"), row, strict=True)) for row in rows]

    @api.model
    def _get_rows(self, report: dict) -> list[list]:
        """A report as rows of a spreadsheet, the headings first; shares as they are, days and counts as whole numbers."""
        rows = [[self.env._("Section"), self.env._("Figure"), self.env._("Value"), self.env._("Period before"), self.env._("Definition")]]
        for section in report["sections"]:
            rows += [
                [section["name"], figure["label"], figure["value"], figure["previous"], figure["definition"]]
                for figure in section["figures"]
            ]
        for phase in report["phases"]:
            rows.append([phase["name"], self.env._("Customers in the phase"), phase["inside"]])
            if not phase["last"]:
                rows.append([phase["name"], self.env._("Moved on"), phase["moved"]])
                rows.append([phase["name"], self.env._("Conversion"), phase["conversion"], phase["conversion_before"]])
                rows.append([phase["name"], self.env._("Days until moving on, median"), phase["days"], phase["days_before"]])
        shares = {
            "nrr": self.env._("Net revenue retention"),
            "grr": self.env._("Gross revenue retention"),
            "retention": self.env._("Retention"),
        }
        for cohort in report["cohorts"]:
            quarter = self.env._("First purchase in the quarter from %(day)s", day=cohort["cohort"])
            rows += [[quarter, label, cohort[key]] for key, label in shares.items()]
        counts = {"new": self.env._("New customers"), "lost": self.env._("Lost"), "won_back": self.env._("Won back")}
        for month in report["trend"]:
            rows += [[month["month"], label, month[key]] for key, label in counts.items()]
        return rows

    # ------------------------------------------------------------------
    # What is asked for
    # ------------------------------------------------------------------

    @api.model
    def _get_period(self, name, date_from, date_to) -> Period:
        today = fields.Date.context_today(self)
        if name in PRESETS:
            return preset(name, today)
        try:
            start, end = fields.Date.to_date(date_from), fields.Date.to_date(date_to)
        except (TypeError, ValueError):
            start = end = None
        if name != "custom" or not start or not end:
            raise UserError(self.env._("Choose a period, or a first and a last day."))
        end = min(end, today)
        if start > end:
            raise UserError(self.env._("The first day of the report must be before the last one, and not after today."))
        if start.year < 1990:
            raise UserError(self.env._("Choose a first day from 1990 on."))
        return custom(start, end)

    @api.model
    def _get_companies(self, company_ids):
        if not company_ids:
            return self.env.companies
        allowed = self.env.companies
        if not isinstance(company_ids, list) or not all(company_id in allowed.ids for company_id in company_ids):
            raise AccessError(self.env._("Choose among the companies that are switched on."))
        return allowed.filtered(lambda company: company.id in company_ids)

    @api.model
    def _get_customers(self, companies) -> SQL:
        """Rows for ``analytics.measures.known`` of the customers whom the reader may see; archived ones were customers, too."""
        customers = self.env["crm.lifecycle.customer"].with_context(active_test=False)
        found = customers._search([("company_id", "in", companies.ids)])
        names = ("partner_id", "company_id", "known_since", "first_purchase_date", "clv")
        return found.subselect(*(SQL.identifier(found.table, name) for name in names))

    @api.model
    def _get_believed(self, companies, kind, names) -> SQL:
        found = self.env["crm.lifecycle.transition"]._search(
            [
                ("superseded_at", "=", False),
                ("kind", "=", kind),
                ("company_id", "in", companies.ids),
                ("customer_id", "any", [("company_id", "in", companies.ids)]),
            ]
        )
        return found.subselect(*(SQL.identifier(found.table, name) for name in names))

    @api.model
    def _get_rates(self, companies) -> dict[int, float]:
        """By company what turns its amounts into the currency of the current one, by the rates of today."""
        target, today = self.env.company.currency_id, fields.Date.context_today(self)
        currency = self.env["res.currency"]
        return {
            company.id: currency._get_conversion_rate(company.currency_id, target, self.env.company, today) for company in companies.sudo()
        }

    # ------------------------------------------------------------------
    # The records behind a figure
    # ------------------------------------------------------------------

    @api.model
    def _open(self, key: str, period: Period, companies) -> dict:
        days = (period.start, period.end, period.before_start, period.before_end)
        words = [key, *(str(day) for day in days), ",".join(str(company_id) for company_id in companies.ids)]
        return {"res_model": "crm.lifecycle.customer", "domain": [("counted_in", "=", "/".join(words))]}

    @api.model
    def _get_counted(self, word: str) -> SQL:
        """Rows (partner_id, company_id) of the customers whom the figure counted that opened them; ``word`` is what :meth:`_open` made."""
        try:
            key, *days, company_ids = word.split("/")
            period = Period(*(fields.Date.to_date(day) for day in days))
            companies = self._get_companies([int(company_id) for company_id in company_ids.split(",")])
            phase, _dash, side = key.partition("-")
            if None in (period.start, period.end, period.before_start, period.before_end):
                raise ValueError
            if key not in measures.BY_KEY and (phase not in PHASES or side not in ("inside", "moved")):
                raise ValueError
        except (AttributeError, TypeError, ValueError):
            raise UserError(self.env._("This is no figure of the customer results: open them from there.")) from None
        if side:
            believed = self._get_believed(companies, "stage", ("partner_id", "company_id", "to_stage_id", "effective_at"))
            return SQL(
                "SELECT partner_id, company_id FROM (%s) stay WHERE phase = %s AND %s",
                measures.phase_stays(believed, period),
                PHASES.index(phase),
                SQL("moved_on") if side == "moved" else SQL("TRUE"),
            )
        if measures.BY_KEY[key].money and not self.env.user.has_group(AMOUNTS):
            raise AccessError(self.env._("Amounts of customers are for those who may see customer balances."))
        known = measures.known(self._get_customers(companies), [period], self._get_rates(companies))
        return measures.counted(known, period, key)
