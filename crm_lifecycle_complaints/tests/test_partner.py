from odoo import fields
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
        self.assertNotIn("complaint_count", arch)
        self.assertNotIn("action_view_complaints", arch)
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
        first = [service["lines"][0][name] for name in ("label", "model", "id")]
        self.assertEqual(first, [complaint.number, "crm.complaint", complaint.id], "the most urgent first")
        lines = self.siti.with_user(self.agent).with_company(self.company).crm_lifecycle_timeline(kinds=["complaint"])["lines"]
        self.assertEqual(lines[0]["title"], "Ours")
        hidden = self.siti.with_user(self.stranger).with_company(self.company).crm_lifecycle_snapshot()
        self.assertNotIn("service", hidden["sections"])
        self.assertFalse(self.siti.with_user(self.stranger).with_company(self.company).crm_lifecycle_timeline(kinds=["complaint"])["lines"])

    def test_digest(self):
        self.env["crm.complaint"].create({"name": "Ours", "partner_id": self.siti.id, "team_id": self.team.id})
        digest = self.env["digest.digest"].create({"name": "x", "company_id": self.company.id, "kpi_complaints": True})
        self.assertEqual(digest.with_user(self.manager).sudo().with_company(self.company).kpi_complaints_value, 0, "nothing yesterday")

    def stored(self, partner, health):
        """A customer as the engine writes one."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO crm_lifecycle_customer (partner_id, company_id, active, health) VALUES (%s, %s, true, %s)
            ON CONFLICT (partner_id, company_id) DO UPDATE SET health = excluded.health
            """,
            [partner.id, self.company.id, health],
        )
        self.env.invalidate_all()
        return self.env["crm.lifecycle.customer"].search([("partner_id", "=", partner.id), ("company_id", "=", self.company.id)])

    def test_grave_complaint_is_a_reason_for_risk(self):
        customers = self.env["crm.lifecycle.customer"].with_company(self.company)
        others = self.env["res.partner"].create([{"name": health} for health in ("sound", "lost", "prospect")])
        rest = [self.stored(*each) for each in zip(others, ("won_back", "churned", None), strict=True)]
        customer = self.stored(self.customer, "active")
        here = [("id", "in", [customer.id, *(other.id for other in rest)])]

        def groups():
            return dict(customers._read_group(here, ["health_shown"], ["__count"]))

        self.assertEqual((customer.has_grave_complaint, customer.health_shown), (False, "active"))
        self.assertEqual(groups(), {"active": 1, "won_back": 1, "churned": 1, False: 1})
        self.assertFalse(customers.search([("has_grave_complaint", "=", True), *here]))
        self.open.severity = "grave"
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual((customer.has_grave_complaint, customer.health, customer.health_shown), (True, "active", "at_risk"))
        self.assertEqual(customers.search([("has_grave_complaint", "=", True), *here]), customer)
        self.assertNotIn(customer, customers.search([("has_grave_complaint", "=", False)]))
        self.assertEqual(groups(), {"at_risk": 1, "won_back": 1, "churned": 1, False: 1})
        for health, found in {"at_risk": customer, "active": customers, "won_back": rest[0], "churned": rest[1], False: rest[2]}.items():
            self.assertEqual(customers.search([("health_shown", "=", health), *here]), found, health)
            self.assertEqual(customers.search([("health_shown", "!=", health), *here]), customers.search(here) - found, health)
        self.assertEqual(customers.search(here, order="health_shown")[0], customer, "it can be sorted by")
        siti = self.siti.with_company(self.company)
        lead = self.env["crm.lead"].create({"name": "More jars", "partner_id": siti.id, "company_id": self.company.id})
        order = self.env["sale.order"].create({"partner_id": siti.id, "company_id": self.company.id})
        for record in (siti, lead.with_company(self.company), order.with_company(self.company)):
            self.assertEqual(record.lifecycle_health, "at_risk", record._name)
            self.assertIn(record, record.search([("lifecycle_health", "=", "at_risk")]), record._name)
        partners = self.env["res.partner"].with_company(self.company)
        self.assertIn("at_risk", dict(partners._read_group([("id", "=", self.siti.id)], ["lifecycle_health"], ["__count"])))
        self.stored(self.customer, "churned")
        self.assertEqual(customer.health_shown, "churned", "who is lost by their purchases is lost")
        self.stored(self.customer, "active")
        self.decide_and_close(self.open)
        self.env.invalidate_all()
        self.assertEqual((customer.has_grave_complaint, customer.health_shown), (False, "active"))

    def test_safety_counts_and_archived_ones_and_other_companies_do_not(self):
        customer = self.stored(self.customer, "active")
        self.open.safety_risk = True
        self.env.invalidate_all()
        self.assertEqual(customer.health_shown, "at_risk")
        self.open.active = False
        self.env.invalidate_all()
        self.assertEqual(customer.health_shown, "active")
        self.assertEqual(dict(customer._read_group([("id", "=", customer.id)], ["health_shown"], ["__count"])), {"active": 1})
        other = self.env["res.company"].create({"name": "Other"})
        self.env["crm.complaint"].create({"name": "There", "partner_id": self.siti.id, "company_id": other.id, "severity": "grave"})
        self.env.invalidate_all()
        self.assertEqual(customer.health_shown, "active")

    def test_the_customers_page_says_why(self):
        self.stored(self.customer, "active")
        self.open.severity = "grave"

        def standing(user):
            return self.siti.with_user(user).with_company(self.company).crm_lifecycle_snapshot()["sections"]["standing"]

        shown = standing(self.agent)
        self.assertEqual((shown["health"], shown["health_label"]), ("at_risk", "At risk"))
        self.assertIn(self.open.number, shown["health_reason"])
        hidden = standing(self.make_user("seller", "sales_team.group_sale_salesman"))
        self.assertEqual((hidden["health"], hidden["health_reason"]), ("at_risk", "A grave complaint is open"))

    def test_screens_show_it(self):
        customers = self.env["crm.lifecycle.customer"]
        for kind in ("list", "kanban", "form", "graph", "search"):
            self.assertIn("health_shown", customers.get_view(view_type=kind)["arch"], kind)
        complaint = self.env["crm.complaint"].create(
            {"name": "Ours", "partner_id": self.siti.id, "team_id": self.team.id, "severity": "grave", "received_at": "2026-11-20 09:00:00"}
        )
        digest = self.env["digest.digest"].create({"name": "x", "company_id": self.company.id, "kpi_grave_complaints": True})
        digest = digest.with_user(self.manager).sudo().with_company(self.company)
        digest = digest.with_context(start_datetime=complaint.received_at, end_datetime=fields.Datetime.now())
        self.assertEqual(digest.kpi_grave_complaints_value, 1)
