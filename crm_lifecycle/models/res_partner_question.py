from types import GeneratorType

from odoo import fields, models
from odoo.tools import SQL, ormcache

from ..analytics import places


class ResPartner(models.Model):
    """How the sections of a customer's page are answered: together by a few statements, which are written once."""

    _inherit = "res.partner"

    def _lifecycle_answered(self, sections, after=places.FIRST, members=None):
        """What the sections return, after a few statements have answered those that are generators.

        A generator yields either an SQL expression, or a method of this model that gives one. A method is better: it is asked once for a
        user, their companies and language, and ``_lifecycle_question_key()``, with nobody's id as ``self``; so it reads no field of
        ``self``, and ``now()`` in SQL instead of the clock. What needed a query to be written is written anew each time. ``after``: the
        position in the timeline for which ``places.AFTER`` stands; ``members``: the answer to ``places.members``, if it is known already.
        """
        found, questions = {}, {}
        for name, section in sections.items():
            found[name] = section
            if isinstance(section, GeneratorType):
                try:
                    questions[name] = next(section)
                except StopIteration as stop:
                    found[name] = stop.value
        if questions:
            answers = self._lifecycle_ask(list(questions.values()), after, members and self._lifecycle_in_family(members))
            for name, answer in zip(questions, answers, strict=True):
                try:
                    found[name].send(answer)
                except StopIteration as stop:
                    found[name] = stop.value
        return found

    def _lifecycle_ask(self, questions, after=places.FIRST, family=None, patterns=("", "")):
        """The values of these questions (see ``_lifecycle_answered``), JSON as Python. ``patterns``: those for which ``places.PATTERNS`` stand."""
        texts = []
        for question in questions:
            text = None if isinstance(question, SQL) else self._lifecycle_question(question.__name__)[0]
            texts.append(text or self._lifecycle_text(question if isinstance(question, SQL) else question())[0])
        if family is None:
            family = self._lifecycle_in_family() if any(map(places.IN_FAMILY.search, texts)) else places.Family("")
        values = [self.env.cr.mogrify("%s", [value]).decode() for value in (self.id, *after, *patterns)]
        answers = []
        for statement in places.statements(texts):
            self.env.cr.execute(places.filled(statement, values, family))
            answers.extend(self.env.cr.fetchone())
        return answers

    def _lifecycle_in_family(self, members=None):
        """How the contacts of the family are looked for; ``members``: see ``_lifecycle_answered``."""
        if members is None:
            [(members,)] = self.env.execute_query(SQL("SELECT %s", places.members(SQL("%s", self.id))))
        return places.Family.of(self.id, *members)

    def _lifecycle_question(self, name):
        """(text of what a method asks, what else it says) as kept; (None, None) where it must be asked each time."""
        rules = self.env["ir.rule"]
        kept = ("lang", "tz", "allowed_company_ids", *rules._compute_domain_keys())
        context = {key: self.env.context[key] for key in kept if key in self.env.context}
        # Nothing else of the context may get into what is kept.
        nobody = self.browse(places.PARTNER).with_context(context)  # pylint: disable=context-overridden
        return nobody._lifecycle_kept_question(name, (*rules._compute_domain_context_values(), *self._lifecycle_question_key()))

    def _lifecycle_question_key(self):
        """What the questions depend on besides the user, their companies, the first of which is the current one, and language: plain values."""
        return (fields.Date.context_today(self), self.env.company.lifecycle_basis)

    @ormcache("self.env.uid", "self.env.su", "self.env.lang", "self.env.companies._ids", "name", "key")
    def _lifecycle_kept_question(self, name, key):
        for _turn in range(2):  # the first time may fill Odoo's own caches of rights
            self.env.invalidate_all()
            # What is read of the user and of the companies is in the key, or does not change.
            self.env.user.tz, self.env.user.partner_id, self._lifecycle_companies(), self.env.company.lifecycle_basis  # noqa: B018
            before = self.env.cr.sql_log_count
            found = self._lifecycle_text(getattr(self, name)())
            if self.env.cr.sql_log_count == before:
                return found
        return None, None

    def _lifecycle_text(self, asked):
        question, more = asked if isinstance(asked, tuple) else (asked, None)
        return self.env.cr.mogrify(question.code, question.params).decode(), more
