import base64
from datetime import datetime, timedelta
from io import BytesIO

from lxml.html import fromstring
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from PIL import Image

from .common import ComplaintCase

START = datetime(2026, 12, 1, 3)


@tagged("post_install", "-at_install")
class TestVisit(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.siti.write({"street": "Jl. Braga 99", "city": "Bandung", "country_id": cls.env.ref("base.id").id})
        cls.category = cls.env["crm.complaint.category"].create({"name": "Machine", "visit_checklist": "Power off\n\nPhotograph taken"})
        cls.complaint = cls.env["crm.complaint"].create(
            {
                "name": "Machine leaks",
                "partner_id": cls.siti.id,
                "team_id": cls.team.id,
                "category_id": cls.category.id,
                "user_id": cls.agent.id,
            }
        )
        picture = BytesIO()
        Image.new("RGB", (4, 4)).save(picture, "PNG")
        cls.signature = base64.b64encode(picture.getvalue())

    def plan(self, user=None, **values):
        return (
            self.env["crm.complaint.visit"]
            .with_user(user or self.agent)
            .create(
                {
                    "complaint_id": self.complaint.id,
                    "technician_id": self.agent.id,
                    "start": START,
                    "duration": 2,
                    "travel_minutes": 45,
                    **values,
                }
            )
        )

    def test_calendar_holds_the_way_as_well(self):
        visit = self.plan()
        event = visit.event_id
        self.assertEqual((event.start, event.stop), (START - timedelta(minutes=45), START + timedelta(hours=2, minutes=45)))
        self.assertEqual(event.partner_ids, self.agent.partner_id)
        self.assertTrue(event.location.endswith("Jl. Braga 99, Bandung, Indonesia"), event.location)
        self.agent.tz = "Asia/Jakarta"
        visit.duration = 3
        self.assertIn("10:00", event.description.replace("\u202f", " "), "in the technician's time")
        visit.duration = 2
        self.assertEqual((event.res_model, event.res_id), ("crm.complaint", self.complaint.id))
        visit.start += timedelta(days=1)
        self.assertEqual(event.start, START + timedelta(days=1) - timedelta(minutes=45))
        visit.action_cancel()
        self.assertFalse(event.exists())
        self.assertEqual(visit.state, "cancelled")

    def test_conflict_is_told(self):
        self.assertFalse(self.plan().conflict)
        second = self.plan(start=START + timedelta(hours=3))
        self.assertIn("busy", second.conflict)
        second.start = START + timedelta(hours=4)
        self.assertFalse(second.conflict)

    def test_report_is_signed_once_and_then_stands(self):
        visit = self.plan()
        self.assertEqual(visit.checklist_ids.mapped("name"), ["Power off", "Photograph taken"])
        with self.assertRaisesRegex(UserError, "Power off, Photograph taken"):
            visit.action_done()
        visit.checklist_ids[0].done = True
        visit.checklist_ids[1].remark = "Not allowed"
        with self.assertRaisesRegex(UserError, "signature"):
            visit.action_done()
        visit.write({"report": "<p>Seal replaced.</p>", "signature": self.signature, "signed_by": "Siti"})
        self.assertTrue(self.complaint.activity_ids)
        visit.action_done()
        self.assertEqual(visit.state, "done")
        self.assertFalse(self.complaint.activity_ids, "nobody is reminded of it any more")
        self.assertTrue(visit.signed_at)
        for change in (
            lambda: visit.write({"report": "<p>Other.</p>"}),
            lambda: visit.write({"signed_at": False}),
            lambda: visit.checklist_ids[0].write({"done": False}),
            lambda: visit.checklist_ids.unlink(),
            lambda: self.env["crm.complaint.visit.item"].create({"visit_id": visit.id, "name": "x"}),
            lambda: visit.unlink(),
        ):
            with self.assertRaisesRegex(UserError, "signed"):
                change()
        html, _type = self.env["ir.actions.report"]._render_qweb_html("crm_lifecycle_complaints.crm_complaint_visit_report", visit.ids)
        for text in ("Seal replaced.", "Photograph taken", "Not allowed", "Siti", "Laporan Kunjungan"):
            self.assertIn(text, html.decode(), "in the language of who signs")
        rows = fromstring(html).xpath("//table[thead]/tbody/tr")
        self.assertEqual({len(row.xpath("td")) for row in rows}, {3}, "an empty remark keeps its cell")

    def test_rights(self):
        visit = self.plan()
        with self.assertRaises(AccessError):
            visit.with_user(self.stranger).report = "x"
        visit.technician_id = self.stranger
        visit.with_user(self.stranger).report = "<p>x</p>"
        with self.assertRaises(AccessError):
            visit.checklist_ids.with_user(self.make_user("other", "crm_lifecycle_complaints_group_user")).write({"done": True})

    def test_count_on_the_complaint(self):
        self.plan()
        self.assertEqual(self.complaint.visit_count, 1)
        self.assertEqual(self.complaint.action_view_visits()["domain"], [("complaint_id", "=", self.complaint.id)])
