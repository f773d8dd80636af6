from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..domain import voice

ASPECTS = ("importance", "performance", "other")


class CrmVoiceRequest(models.Model):
    """What matters to customers, how we do in it, and which of it moves their score."""

    _inherit = "crm.voice.request"

    @api.model
    @api.readonly
    def crm_voice_matrix(self, survey_id=None, date_from=None, date_to=None):
        """The figures of the page *What Matters*, of the answers that the reader may see.

        :param int survey_id: of one survey; None for the first one that has factors
        :param str date_from: first day, ``YYYY-MM-DD``
        :param str date_to: last day
        :return: ``{"surveys": [{"id", "name"}], "survey_id", "kind", "measure": {n, value, low, high}, "moods": {mood: n}, "factors": [{"id",
            "name", "importance", "performance", "other", "gap", "n", "quadrant"}], "middle": {"importance", "performance"}, "drivers":
            [{"id", "name", "n", "correlation", "low", "high", "clear", "weight", "weight_low", "weight_high"}], "domain"}``; means are None without ratings
        :raise UserError: for a survey or a day that is none
        """
        surveys = self.env["crm.voice.survey"].search([("company_id", "in", self.env.companies.ids)])
        offered = [{"id": survey.id, "name": survey.name} for survey in surveys]
        if survey_id is not None and survey_id not in surveys.ids:
            raise UserError(self.env._("This survey is gone."))
        survey = surveys.browse(survey_id) if survey_id else (surveys.filtered("compares") or surveys.filtered("factor_ids") or surveys)[:1]
        domain = Domain("survey_id", "=", survey.id) & Domain("state", "=", "answered")
        try:
            if date_from:
                domain &= Domain("answered_at", ">=", fields.Date.to_date(date_from))
            if date_to:
                domain &= Domain("answered_at", "<", fields.Date.add(fields.Date.to_date(date_to), days=1))
        except (TypeError, ValueError):
            raise UserError(self.env._("This is no day.")) from None
        answers = self.search_fetch(domain, ["score", "points", "mood"])
        rows = self.env["crm.voice.rating"].search_fetch(
            [("request_id", "in", answers.ids)], ["request_id", "factor_id", "aspect", "value"]
        )
        return {
            "surveys": offered,
            "survey_id": survey.id,
            "kind": survey.kind,
            "measure": vars(voice.mean(answers.mapped("points"))),
            "moods": {mood: len(answers.filtered(lambda each, mood=mood: each.mood == mood)) for mood in ("happy", "neutral", "unhappy")},
            "domain": list(domain),
            **self._get_matrix(rows),
            "drivers": self._get_drivers(answers, rows),
        }

    @api.model
    def _get_matrix(self, rows):
        given = {}
        for row in rows:
            given.setdefault(row.factor_id, {}).setdefault(row.aspect, []).append(row.value)
        factors = []
        for factor in sorted(given, key=lambda each: (each.sequence, each.id)):
            means = {aspect: voice.mean(given[factor].get(aspect, ())).value for aspect in ASPECTS}
            both = means["performance"] is not None and means["other"] is not None
            gap = means["performance"] - means["other"] if both else None
            n = max(len(values) for values in given[factor].values())
            factors.append({"id": factor.id, "name": factor.name, **means, "gap": gap, "n": n, "quadrant": None})
        placed = [each for each in factors if each["importance"] is not None and each["performance"] is not None]
        middle = {aspect: sum(each[aspect] for each in placed) / len(placed) if placed else None for aspect in ASPECTS[:2]}
        for each in placed:
            each["quadrant"] = voice.quadrant(each["importance"], each["performance"], middle["importance"], middle["performance"])
        return {"factors": factors, "middle": middle}

    @api.model
    def _get_drivers(self, answers, rows):
        place = {answer.id: number for number, answer in enumerate(answers)}
        ratings, names = {}, {}
        for row in rows:
            if row.aspect == "performance":
                names[row.factor_id.id] = row.factor_id.name
                ratings.setdefault(row.factor_id.id, [None] * len(answers))[place[row.request_id.id]] = row.value
        found = voice.drivers(answers.mapped("score"), ratings)
        return [{"id": driver.factor, "name": names[driver.factor], "clear": driver.clear, **vars(driver)} for driver in found]
