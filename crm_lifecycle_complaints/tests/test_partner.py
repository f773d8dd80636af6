from odoo.tests import tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestPartner(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        complaints = cls.env["crm.complaint"]
        cls.open = complaints.create({"name": "Open", "partner_id": cls.siti.id, "team_id": cls.team.id})
        cls.done = complaints.create(
            {
                "name": "Closed",
                "partner_id": cls.customer.id,
                "team_id": cls.team.id,
                "stage_id": cls.closed.id,
                "decision": "accept",
                "decision_reason": "Because.",
            }
        )

    def test_counts_are_of_the_whole_family(self):
        for partner in (self.siti, self.customer):
            self.assertEqual((partner.complaint_count, partner.open_complaint_count), (2, 1))
            action = partner.action_view_complaints()
            self.assertEqual(self.env["crm.complaint"].search(action["domain"]), self.open | self.done)
        nobody = self.env["res.partner"].create({"name": "Nobody"})
        self.assertEqual((nobody.complaint_count, nobody.open_complaint_count), (0, 0))

    def test_filter_with_open_complaints(self):
        partners = self.env["res.partner"]
        family = self.customer | self.siti
        found = partners.search([("has_open_complaint", "=", True)])
        self.assertLessEqual(family, found)
        self.assertFalse(family & partners.search([("has_open_complaint", "=", False)]))
        self.open.write({"decision": "accept", "decision_reason": "Because.", "stage_id": self.closed.id})
        self.assertFalse(family & partners.search([("has_open_complaint", "=", True)]))
        self.assertLessEqual(family, partners.search([("has_open_complaint", "=", False)]))

    def test_reparenting_takes_the_complaints_along(self):
        group = self.env["res.partner"].create({"name": "Group", "is_company": True})
        self.siti.parent_id = group
        self.assertEqual((group.complaint_count, self.customer.complaint_count), (1, 1))

    def test_merging_contacts_keeps_the_complaints(self):
        into = self.env["res.partner"].create({"name": "Siti R.", "parent_id": self.customer.id})
        self.env["base.partner.merge.automatic.wizard"]._merge((self.siti | into).ids, into)
        self.env.invalidate_all()
        self.assertEqual(self.open.partner_id, into)
        self.assertEqual(self.customer.complaint_count, 2)

    def test_query_count_does_not_depend_on_the_number_of_partners(self):
        partners = self.env["res.partner"].create([{"name": f"P{number}"} for number in range(80)])
        self.env["crm.complaint"].create([{"name": "x", "partner_id": partner.id, "team_id": self.team.id} for partner in partners])
        self.env.flush_all()
        counts = []
        for some in (partners[:1], partners):
            self.env.invalidate_all()
            some.mapped("commercial_partner_id")
            before = self.env.cr.sql_log_count
            some.mapped("open_complaint_count")
            some.mapped("complaint_count")
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(set(some.mapped("open_complaint_count")), {1})
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[0], 1)

    def test_who_may_not_read_complaints_sees_no_count(self):
        clerk = self.make_user("clerk", "base.group_user")
        self.assertNotIn("complaint_count", self.env["res.partner"].with_user(clerk).fields_get())
        arch = self.env["res.partner"].with_user(clerk).get_view(self.env.ref("base.view_partner_form").id, "form")["arch"]
        self.assertNotIn("complaint", arch)
        arch = self.env["res.partner"].with_user(self.agent).get_view(self.env.ref("base.view_partner_form").id, "form")["arch"]
        self.assertIn("open_complaint_count", arch)

    def test_counts_follow_the_readers_rights(self):
        self.assertEqual(self.siti.with_user(self.agent).complaint_count, 2)
        self.assertEqual(self.siti.with_user(self.stranger).complaint_count, 0)

    def test_customers_page(self):
        """The page of the customer has a section and lines of the timeline, by the reader's own rights."""
        complaint = self.env["crm.complaint"].create(
            {"name": "Ours", "partner_id": self.siti.id, "team_id": self.team.id, "severity": "grave"}
        )
        page = self.siti.with_user(self.agent).with_company(self.company).crm_lifecycle_snapshot()
        service = page["sections"]["service"]
        self.assertEqual((service["open"], service["closed"], service["grave"]), (2, 1, True))
        self.assertEqual(service["lines"][0]["label"], complaint.number, "the most urgent first")
        lines = self.siti.with_user(self.agent).with_company(self.company).crm_lifecycle_timeline(kinds=["complaint"])["lines"]
        self.assertEqual(lines[0]["title"], "Ours")
        hidden = self.siti.with_user(self.stranger).with_company(self.company).crm_lifecycle_snapshot()
        self.assertNotIn("service", hidden["sections"])
        self.assertFalse(self.siti.with_user(self.stranger).with_company(self.company).crm_lifecycle_timeline(kinds=["complaint"])["lines"])

    def test_digest(self):
        self.env["crm.complaint"].create({"name": "Ours", "partner_id": self.siti.id, "team_id": self.team.id})
        digest = self.env["digest.digest"].create({"name": "x", "company_id": self.company.id, "kpi_complaints": True})
        self.assertEqual(digest.with_user(self.manager).sudo().with_company(self.company).kpi_complaints_value, 0, "nothing yesterday")

    def test_grave_complaint_is_a_reason_for_risk(self):
        customers = self.env["crm.lifecycle.customer"]
        self.env["crm.lifecycle.dirty"].sudo()._drain(limit=100_000)
        self.env.cr.execute(
            "INSERT INTO crm_lifecycle_customer (partner_id, company_id, active) VALUES (%s, %s, true) ON CONFLICT DO NOTHING",
            [self.customer.id, self.company.id],
        )
        customer = customers.search([("partner_id", "=", self.customer.id), ("company_id", "=", self.company.id)])
        self.assertFalse(customer.has_grave_complaint)
        self.assertNotIn(customer, customers.search([("has_grave_complaint", "=", True)]))
        self.open.severity = "grave"
        customer.invalidate_recordset()
        self.assertTrue(customer.has_grave_complaint)
        self.assertIn(customer, customers.search([("has_grave_complaint", "=", True)]))
        self.assertNotIn(customer, customers.search([("has_grave_complaint", "=", False)]))
        self.decide_and_close(self.open)
        customer.invalidate_recordset()
        self.assertFalse(customer.has_grave_complaint)
