import pytz
from odoo import fields, models

from ..domain.clock import next_opening


class ResCompany(models.Model):
    """The hours in which customers are written to unasked."""

    _inherit = "res.company"

    lifecycle_mail_from = fields.Float("Write from", default=8.0)
    lifecycle_mail_until = fields.Float("Write until", default=20.0)

    _lifecycle_mail_hours = models.Constraint(
        "CHECK (lifecycle_mail_from >= 0 AND lifecycle_mail_from < lifecycle_mail_until AND lifecycle_mail_until <= 24)",
        "Customers are written to from an hour of the day until a later one, between 0:00 and 24:00.",
    )

    def _lifecycle_schedule_mails(self, mails):
        """Let queued mails for which nobody asked go at once, or when the company next writes to customers by the recipient's clock, else by its
        own. They are looked at again when they go, see ``mail.mail``."""
        self.ensure_one()
        mails.lifecycle_unasked = True
        now, company = fields.Datetime.now(), self.sudo()

        def get_opening(mail):
            zone = pytz.timezone(mail.recipient_ids[:1].tz or company.partner_id.tz or "UTC")
            return next_opening(now, zone, company.lifecycle_mail_from, company.lifecycle_mail_until)

        openings = mails.grouped(get_opening)
        for opening, held in openings.items():
            if opening > now:
                held.scheduled_date = opening
        if openings:
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger(list(openings))
