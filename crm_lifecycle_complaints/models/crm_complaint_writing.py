"""Tell colleagues that somebody is writing on a complaint."""

from odoo import api, fields, models
from odoo.tools import SQL

from .crm_complaint_writer import WRITING_FOR


class CrmComplaint(models.Model):
    _inherit = "crm.complaint"

    def note_writing(self):
        """The current user is writing on the complaint: tell those who handle it as well. Only ids go over the bus."""
        self.ensure_one()
        self.check_access("write")
        self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_complaint_writer (complaint_id, user_id, seen_at) VALUES (%s, %s, %s)
                ON CONFLICT (complaint_id, user_id) DO UPDATE SET seen_at = excluded.seen_at
                RETURNING id
                """,
                self.id,
                self.env.uid,
                fields.Datetime.now(),
            )
        )
        team = self.sudo().team_id
        colleagues = (team.member_ids | team.user_id | self.sudo().user_id) - self.env.user
        for partner in colleagues.partner_id:
            partner._bus_send("crm_complaint/writing", {"complaint_id": self.id, "user_id": self.env.uid})

    @api.readonly
    def get_writers(self):
        """The names of the others who are writing on the complaint right now."""
        self.ensure_one()
        self.check_access("read")
        writers = (
            self.env["crm.complaint.writer"]
            .sudo()
            .search(
                [("complaint_id", "=", self.id), ("user_id", "!=", self.env.uid), ("seen_at", ">", fields.Datetime.now() - WRITING_FOR)],
                order="seen_at desc",
            )
        )
        return writers.user_id.mapped("name")
