import hashlib
import hmac
from datetime import timedelta

from odoo import api, fields, models
from odoo.http import request
from odoo.tools import SQL


class CrmComplaintVisitor(models.Model):
    """How often an address has used a public page within the hour. Kept as a keyed hash, and deleted the day after."""

    _name = "crm.complaint.visitor"
    _description = "Visitor of the Complaint Form"
    _log_access = False

    key = fields.Char(required=True)
    began_at = fields.Datetime(required=True)
    hits = fields.Integer(required=True)

    _key_unique = models.UniqueIndex("(key)")

    @api.model
    def _admit(self, page, limit, address=None):
        """Count a visit, and say whether the address may go on.

        Counted in a transaction of its own, so that visits at the same moment and visits that fail count as well.

        :param str page: what is visited; each page counts by itself
        :param int limit: visits an hour
        :param str address: whose visit it is; the network address of the request by default
        """
        address = address or (request and request.httprequest.remote_addr) or ""
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret") or ""
        key = hmac.new(secret.encode(), f"{page}|{address}".encode(), hashlib.sha256).hexdigest()
        with self.env.registry.cursor() as cursor:
            cursor.execute(
                SQL(
                    """
                    INSERT INTO crm_complaint_visitor AS visitor (key, began_at, hits) VALUES (%s, now() AT TIME ZONE 'UTC', 1)
                    ON CONFLICT (key) DO UPDATE
                       SET hits = CASE WHEN visitor.began_at < excluded.began_at - interval '1 hour' THEN 1 ELSE visitor.hits + 1 END,
                           began_at = CASE WHEN visitor.began_at < excluded.began_at - interval '1 hour'
                                           THEN excluded.began_at ELSE visitor.began_at END
                    RETURNING hits
                    """,
                    key,
                )
            )
            return cursor.fetchone()[0] <= limit

    @api.autovacuum
    def _gc_visitors(self):
        self.env["crm.complaint.visitor"].search([("began_at", "<", fields.Datetime.now() - timedelta(days=1))]).unlink()
