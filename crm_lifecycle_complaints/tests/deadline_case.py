from datetime import datetime, timedelta

from freezegun import freeze_time
from odoo import fields
from odoo.tests import tagged
from pytz import timezone, utc

from .common import ComplaintCase

MINUTE = timedelta(minutes=1)


def at(text, zone="Asia/Jakarta"):
    return timezone(zone).localize(datetime.strptime(text, "%Y-%m-%d %H:%M")).astimezone(utc).replace(tzinfo=None)


@tagged("post_install", "-at_install")
class DeadlineCase(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.make_calendar([(str(day), 9, 17) for day in range(5)])
        cls.team.resource_calendar_id = cls.calendar
        cls.team.user_id = cls.manager
        cls.standard = cls.env.ref("crm_lifecycle_complaints.crm_complaint_sla_policy_standard")
        cls.standard.write({"first_response_hours": 1, "next_response_hours": 2, "resolution_hours": 16, "statutory_days": 56})

    @classmethod
    def make_calendar(cls, hours, tz="Asia/Jakarta", weeks=None):
        """A calendar of (weekday, from, to) or (weekday, from, to, week type)."""
        return cls.env["resource.calendar"].create(
            {
                "name": "Care",
                "tz": tz,
                "company_id": cls.company.id,
                "two_weeks_calendar": bool(weeks),
                "attendance_ids": [(5, 0, 0)]
                + [
                    (
                        0,
                        0,
                        {
                            "name": "Work",
                            "dayofweek": line[0],
                            "hour_from": line[1],
                            "hour_to": line[2],
                            "day_period": line[4] if len(line) > 4 else "morning",
                            "week_type": line[3] if len(line) > 3 else False,
                        },
                    )
                    for line in hours
                ],
            }
        )

    def complain(self, when, **values):
        with freeze_time(when):
            return self.env["crm.complaint"].create(
                {"name": "Cracked", "partner_id": self.siti.id, "team_id": self.team.id, "received_at": when, **values}
            )

    def clock(self, complaint, kind="first_response"):
        return complaint.clock_ids.filtered(lambda clock: clock.kind == kind)[-1:]

    def post(self, complaint, user=None, when=None, **values):
        """A message of a user to the customer, or of the customer."""
        with freeze_time(when or fields.Datetime.now()):
            if user:
                values.update({"partner_ids": self.siti.ids})
            else:
                values.update({"author_id": self.siti.id, "email_from": self.siti.email})
            return complaint.with_user(user or self.env.user).message_post(
                body="Hello", message_type="comment", subtype_xmlid="mail.mt_comment", **values
            )
