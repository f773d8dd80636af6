from odoo import api, fields, models
from odoo.tools import SQL

BATCH = 1000


class CrmLifecycleDirty(models.Model):
    """Contacts whose documents have changed since their facts were computed.

    Keys are appended without looking whether they are there: a key that waits already may be taken by a job that does not
    see the new document yet, and leaving it out would lose the change.
    """

    _name = "crm.lifecycle.dirty"
    _description = "Customer to Refresh"
    _log_access = False

    partner_id = fields.Many2one("res.partner", required=True, ondelete="cascade")

    @api.model
    def _mark(self, partners):
        """Remember that what is known of these contacts, or of the firms they belong to, has to be computed again: one query."""
        ids = sorted(set(partners._origin.ids))
        if ids:
            self.env.cr.execute(SQL("INSERT INTO crm_lifecycle_dirty (partner_id) SELECT unnest(%s)", ids))

    @api.model
    def _drain(self, limit=BATCH, as_of=None) -> int:
        """Refresh the customers of the oldest keys, at most ``limit``. Returns the number of keys taken.

        Keys go in the transaction that refreshes: a killed job leaves them for the next one. Keys that another job holds are passed over.
        """
        self.env.flush_all()
        taken = self.env.execute_query(
            SQL(
                """
                DELETE FROM crm_lifecycle_dirty
                      WHERE id IN (SELECT id FROM crm_lifecycle_dirty ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
                  RETURNING partner_id
                """,
                limit,
            )
        )
        if taken:
            partners = self.env["res.partner"].browse({row[0] for row in taken}).exists()
            self.env["crm.lifecycle.customer"]._refresh_partners(partners, as_of)
        return len(taken)

    @api.model
    def _cron_drain(self):
        """Refresh everybody whose documents have changed, a batch a transaction."""
        while taken := self.env["crm.lifecycle.customer"]._in_turn(self._drain):
            if not self.env["ir.cron"]._commit_progress(taken, remaining=self.search_count([], limit=BATCH)):
                break
