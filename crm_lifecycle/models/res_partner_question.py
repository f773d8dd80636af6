from types import GeneratorType

from odoo import fields, models
from odoo.tools import SQL, ormcache

from ..analytics import places

# Contacts of a family that are named, and that are looked up one by one.
FEW = 200
MANY = 2000


class ResPartner(models.Model):
    """How the sections of a customer's page are answered: together by one statement, which is written once."""

    _inherit = "res.partner"

    def _lifecycle_answered(self, sections, after=places.FIRST):
        """What the sections return, after one statement has answered those that are generators.

        A generator yields either an SQL expression, or a method of this model that gives one. A method is better: it is asked once for a
        user, their companies and language, and ``_lifecycle_question_key()``, with nobody's id as ``self``; so it reads no field of
        ``self``, and ``now()`` in SQL instead of the clock. What needed a query to be written is written anew each time. ``after``: the
        position in the timeline for which ``places.AFTER`` stands.
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
            answers = self._lifecycle_ask(list(questions.values()), after)
            for name, answer in zip(questions, answers, strict=True):
                try:
                    found[name].send(answer)
                except StopIteration as stop:
                    found[name] = stop.value
        return found

    def _lifecycle_ask(self, questions, after):
        """The values of these questions (see ``_lifecycle_answered``), JSON as Python."""
        texts = []
        for question in questions:
            text = None if isinstance(question, SQL) else self._lifecycle_question(question.__name__)[0]
            texts.append(text or self._lifecycle_text(question if isinstance(question, SQL) else question())[0])
        text, values = f"SELECT {', '.join(texts)}", [self.env.cr.mogrify("%s", [value]).decode() for value in (self.id, *after)]
        family = self._lifecycle_in_family() if places.IN_FAMILY.search(text) else ""
        self.env.cr.execute(places.filled(text, values, family))
        return self.env.cr.fetchone()

    def _lifecycle_in_family(self):
        """What follows a column to say that it holds a contact of the family, as text.

        By their number: ids by name, which spares each document a join to the contacts; an array, for which documents are looked up by
        index; or a set to join with.
        """
        family = SQL("SELECT id FROM res_partner WHERE commercial_partner_id = %s", self.id)
        [(count, ids)] = self.env.execute_query(
            SQL("SELECT count(*), (array_agg(id))[:%s] FROM (%s LIMIT %s) family", FEW, family, MANY + 1)
        )
        if count <= FEW:
            return f"IN ({', '.join(map(str, ids or ())) or 'NULL'})"
        text = self._lifecycle_text(family)[0]
        return f"IN ({text})" if count > MANY else f"= ANY(ARRAY({text}))"

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
