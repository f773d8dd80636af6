from odoo import api, fields, models
from odoo.tools import SQL

KEPT_DAYS = 14


class CrmCtiEvent(models.Model):
    """What a telephone system sent and what became of it, for whoever sets it up. Kept for two weeks."""

    _name = "crm.cti.event"
    _description = "Event of a Telephone System"
    _order = "id desc"
    _log_access = False
    _rec_name = "result"

    endpoint_id = fields.Many2one("crm.cti.endpoint", "Telephone System", required=True, ondelete="cascade", index=True, readonly=True)
    company_id = fields.Many2one(related="endpoint_id.company_id")
    received_at = fields.Datetime("Received", required=True, index=True, readonly=True)
    result = fields.Selection(
        [
            ("ok", "Understood"),
            ("unreadable", "Not understood"),
            ("network", "From outside the allowed networks"),
            ("signature", "Wrong signature"),
            ("stale", "Too old or ahead of time"),
            ("replayed", "Sent twice"),
        ],
        required=True,
        readonly=True,
    )
    detail = fields.Char(readonly=True)
    call_id = fields.Many2one("crm.call", ondelete="set null", index="btree_not_null", readonly=True)
    proof = fields.Char(readonly=True)

    _proof_once = models.UniqueIndex("(endpoint_id, proof) WHERE proof IS NOT NULL")

    @api.model
    def _log(self, endpoint_id, result, detail="", call_id=None, proof=None) -> bool:
        """Keep one event. ``proof``: a signature that is good once; False where it was used before. One query."""
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_cti_event (endpoint_id, received_at, result, detail, call_id, proof)
                VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id
                """,
                endpoint_id,
                fields.Datetime.now(),
                result,
                detail[:500],
                call_id or None,
                proof or None,
            )
        )
        return bool(rows)

    @api.autovacuum
    def _gc_events(self):
        self.env.cr.execute(
            SQL("DELETE FROM crm_cti_event WHERE received_at < %s", fields.Datetime.subtract(fields.Datetime.now(), days=KEPT_DAYS))
        )
