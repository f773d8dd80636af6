from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

KEPT_DAYS = 60


class CrmMyDayMark(models.Model):
    """That somebody has done a task of their day, or put it off. What was done itself is a call, a meeting, an activity."""

    _name = "crm.my.day.mark"
    _description = "Task of a Day"
    _log_access = False

    user_id = fields.Many2one("res.users", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    date = fields.Date(required=True, readonly=True, help="The day of the queue.")
    kind = fields.Char(required=True, readonly=True)
    res_id = fields.Integer(required=True, readonly=True)
    done = fields.Boolean(readonly=True)
    until = fields.Date(readonly=True, help="The first day on which the task is due again.")

    _task_key = models.UniqueIndex("(user_id, company_id, date, kind, res_id)")

    @api.model
    def _mark(self, tasks, date, until=None) -> bool:
        """Mark tasks, ``[(kind, id), …]``, of the current user's day as done, or as put off ``until`` a day.

        False if the first one was done already, by another tab or a second click; nobody else can mark it meanwhile.
        """
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_my_day_mark (user_id, company_id, date, kind, res_id, done, until)
                SELECT %(user)s, %(company)s, %(date)s, task.kind, task.id, %(done)s AND task.first, %(until)s
                  FROM unnest(%(kinds)s::varchar[], %(ids)s::integer[], %(firsts)s::boolean[]) AS task (kind, id, first)
                    ON CONFLICT (user_id, company_id, date, kind, res_id) DO UPDATE SET done = EXCLUDED.done, until = EXCLUDED.until
                 WHERE NOT crm_my_day_mark.done
             RETURNING kind, res_id
                """,
                user=self.env.uid,
                company=self.env.company.id,
                date=date,
                done=until is None,
                until=until or date + timedelta(days=1),
                kinds=[kind for kind, _id in tasks],
                ids=[task_id for _kind, task_id in tasks],
                firsts=[number == 0 for number in range(len(tasks))],
            )
        )
        self.invalidate_model()
        return tasks[0] in {tuple(row) for row in rows}

    @api.autovacuum
    def _gc_old(self):
        limit = fields.Date.context_today(self) - timedelta(days=KEPT_DAYS)
        self.sudo().search([("date", "<", limit), ("until", "<", limit)], limit=10_000).unlink()
