import logging
from contextlib import ExitStack, contextmanager
from functools import partial
from tempfile import TemporaryFile

from odoo import api, fields, models
from odoo.service.model import retrying
from odoo.tools import SQL

from ..analytics import binary, documents, replay
from ..domain.ahead import one_ahead
from .crm_lifecycle_customer import CUSTOMER, HISTORY

_logger = logging.getLogger(__name__)

# Of a rebuild: the documents that are read and put aside on disk at once, a gigabyte; the commercial partners that are judged at once;
# and the number of such parts that are committed at once, some seconds of work.
DOCUMENTS = 20_000_000
PARTNERS = 10_000
PARTS = 25
# Any number, the same for all jobs of the engine.
LOCK = 7_269_417


class CrmLifecycleCustomer(models.Model):
    """The jobs of the engine: judging everybody again, and those whose day has come."""

    _inherit = "crm.lifecycle.customer"

    @contextmanager
    def _alone(self):
        """While no other job of the engine works; may be nested.

        The lock is taken before the transaction begins: what the others have committed is seen, so that nobody writes what was
        true some time ago. PostgreSQL frees it when a killed job's connection ends.
        """
        cursor = self.env.cr
        cursor.execute(SQL("SELECT pg_advisory_lock(%s)", LOCK))
        cursor.commit()
        try:
            yield
        finally:
            cursor.rollback()
            cursor.execute(SQL("SELECT pg_advisory_unlock(%s)", LOCK))

    @api.model
    def _in_turn(self, work):
        """Call ``work`` and commit, while no other job of the engine works. Returns what it returns.

        A clash with somebody who works on the screen is tried again as Odoo does with requests.
        """
        with self._alone():
            return retrying(work, self.env)

    @api.model
    def _review_due(self, as_of=None, limit=1000) -> int:
        """Judge again those for whom time alone has changed something by ``as_of``, at most ``limit``. Returns their number."""
        as_of = as_of or fields.Date.context_today(self)
        due = self.sudo().with_context(active_test=False).search([("next_review_date", "<=", as_of)], order="next_review_date", limit=limit)
        self._refresh_partners(due.partner_id, as_of)
        return len(due)

    @api.model
    def _cron_review(self):
        """Nightly: only those whose day has come are read."""
        while due := self._in_turn(self._review_due):
            if not self.env["ir.cron"]._commit_progress(due):
                break

    @api.model
    def _cron_rebuild(self):
        """After a change of the rules, on demand, and once a month: judge everybody again. Interrupted, it starts from the beginning."""
        self._rebuild_all(commit=True)

    @api.model
    def action_rebuild(self):
        """Start a full rebuild in the background and show how far it is."""
        self.env["crm.lifecycle.stage"].check_access("write")
        self.env.ref("crm_lifecycle.ir_cron_rebuild").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "crm_lifecycle.rebuild",
            "name": self.env._("Judge All Customers Again"),
            "target": "new",
            "params": {"since": fields.Datetime.to_string(fields.Datetime.now())},
        }

    @api.model
    @api.readonly
    def rebuild_progress(self, since: str) -> dict:
        """How far the rebuild started at ``since`` (UTC) is: ``{"done", "total"}`` commercial partners, empty while it waits to begin."""
        self.env["crm.lifecycle.stage"].check_access("write")
        cron = self.env.ref("crm_lifecycle.ir_cron_rebuild")
        progress = (
            self.env["ir.cron.progress"].sudo().search([("cron_id", "=", cron.id), ("create_date", ">=", since)], order="id desc", limit=1)
        )
        return {"done": progress.done, "total": progress.done + progress.remaining} if progress.done else {}

    @api.model
    def _rebuild_all(self, commit=False, as_of=None):
        """Recompute facts and history of everybody: what happened is read once and put aside, then customers are judged chunk by chunk.

        Each chunk is idempotent: a rebuild that was killed is simply started again. ``commit``: commit every chunk and
        tell the running scheduled action how far it is. Returns the number of customers.
        """
        as_of = as_of or fields.Date.context_today(self)
        turn = self._in_turn if commit else lambda work: work()
        with ExitStack() as stack:
            aside = stack.enter_context(TemporaryFile())
            tables = (self._table, "crm_lifecycle_transition")
            empty = stack.enter_context(self._alone() if commit else binary.filled_at_once(self.env.cr, tables))
            [(last, total, size)] = self.env.execute_query(replay.partners_at_once(DOCUMENTS, PARTNERS))
            first, done = 0, 0
            while first <= last:
                read = turn(partial(self._read, aside, first, size, as_of, size >= total))
                for start in range(0, len(read.parts), PARTS):
                    numbers = range(len(read.parts))[start : start + PARTS]
                    turn(partial(self._rebuild_chunk, read, numbers, as_of, bool(empty)))
                    partners = sum(read.parts[number].partners for number in numbers)
                    done += partners
                    if commit:
                        self.env["ir.cron"]._commit_progress(partners, remaining=max(total - done, 0))
                first = read.parts[-1].last + 1
        if empty:
            self._follow(None)
        else:
            turn(self._sweep)
        return self.sudo().with_context(active_test=False).search_count([])

    def _read(self, aside, first: int, size: int, as_of, everybody: bool) -> replay.Reading:
        """Put into the file ``aside`` what happened to ``size`` commercial partners from the id ``first`` on; ``everybody``: these are all there are."""
        self.env.flush_all()
        # None where all that were left have been deleted.
        rows = self.env.execute_query(replay.partner_parts(first, size, PARTNERS)) or [(2**31 - 1, 0)]
        ends = [last for last, _partners in rows]
        parts = [replay.Part(start, *row) for start, row in zip((first, *(last + 1 for last in ends)), rows, strict=False)]
        with binary.many_rows(self.env.cr):
            query = self._moments(documents.partner_range(first, ends[-1]))
            moments = binary.fetch_parted(self.env.cr, query, replay.MOMENT, "partner_id", ends, aside)
        self.env["crm.lifecycle.rhythm"]._ensure(as_of, moments if everybody else None)
        return replay.Reading(moments, parts, binary.fetch(self.env.cr, replay.waiting(), replay.WAITING)["key"])

    def _rebuild_chunk(self, read: replay.Reading, numbers: range, as_of, empty: bool):
        """Judge the partners of these parts of what has been read. ``empty``: nothing is stored yet, see ``binary.filled_at_once``."""
        self.env.flush_all()
        scope = documents.partner_range(read.parts[numbers[0]].first, read.parts[numbers[-1]].last)
        find = self._get_judge(scope, as_of)
        # Whose documents have changed since they were read is left to the job that their keys wait for.
        waiting = binary.fetch(self.env.cr, replay.waiting(), replay.WAITING)
        partners = binary.fetch(self.env.cr, replay.commercial_partners(scope), {"id": "int4"})["id"]
        partners = replay.unchanged(partners, waiting, read.keys)

        def judge(number):
            return find(replay.of_partners(read.moments.part(number), partners))

        parts = [read.parts[number] for number in numbers]
        if empty:
            results = self._fill(judge, numbers)
        else:
            scopes = (documents.partner_range(part.first, part.last) for part in parts)
            results = (self._keep(scope, *found, partners) for scope, found in zip(scopes, one_ahead(judge, numbers), strict=True))
        for part, (written, transitions) in zip(parts, results, strict=True):
            transitions._after_recorded()
            _logger.info("Customers %s to %s: %s rows written, %s transitions recorded", part.first, part.last, written, len(transitions))

    def _fill(self, judge, numbers: range):
        """Write the first facts and history of these parts, which ``judge`` finds: what ``_keep`` returns, part by part.

        A thread has the next part ready while PostgreSQL takes in the last.
        """
        cursor, now, transitions = self.env.cr, self._get_moment(), self.env["crm.lifecycle.transition"]
        facts = binary.Filler(cursor, self._table, CUSTOMER, {"active": True, "create_date": now, "write_date": now})
        steps = binary.Filler(cursor, transitions._table, HISTORY, {"recorded_at": now})

        def ready(number):
            return [filler.ready(rows) for filler, rows in zip((facts, steps), judge(number), strict=True)]

        for (customers, fact_rows), (recorded, step_rows) in one_ahead(ready, numbers):
            facts.send(cursor, fact_rows)
            steps.send(cursor, step_rows)
            yield len(customers), self._recorded(recorded)
        facts.end(cursor)
        steps.end(cursor)

    @api.model
    def _sweep(self):
        """Drop the rows of contacts that are no commercial partners any more: no chunk of a rebuild meets them."""
        strays = self.env.execute_query(
            SQL(
                "SELECT DISTINCT stored.partner_id FROM crm_lifecycle_customer stored LEFT JOIN res_partner partner "
                "ON partner.id = stored.partner_id WHERE partner.commercial_partner_id IS DISTINCT FROM partner.id OR partner.id IS NULL"
            )
        )
        if strays:
            self._refresh(documents.partners([stray for (stray,) in strays]))
