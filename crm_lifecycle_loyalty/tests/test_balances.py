from odoo.tests import Form, new_test_user, tagged

from .common import LoyaltyCommon


@tagged("post_install", "-at_install")
class TestBalances(LoyaltyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.salesperson = new_test_user(cls.env, "loyalty_salesperson", groups="sales_team.group_sale_salesman")

    def test_points_of_the_family_per_program(self):
        other = self._program("Books", portal_point_name="stamps", sequence=self.program.sequence + 1)
        self._card(self.customer, points=1200)
        self._card(self.contact, points=34.5)
        self._card(self.contact, other, points=3)
        for partner in self.customer | self.contact:
            rows = partner.with_user(self.salesperson).crm_loyalty_balances
            self.assertEqual(
                [(row["program"], row["points"], row["label"], row["cards"]) for row in rows],
                [("Stars", 1234.5, "1,234.50 stars", 2), ("Books", 3, "3 stamps", 1)],
            )
            self.assertEqual(partner.with_user(self.salesperson).crm_loyalty_summary, "2 programs")
        self.assertFalse(self.salesperson.partner_id.with_user(self.salesperson).crm_loyalty_summary)

    def test_only_loyalty_programs_of_the_company(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self._card(self.customer, self._program("Theirs", company_id=elsewhere.id), points=500)
        self._card(self.customer, self._program("Wallet", program_type="ewallet", applies_on="future"), points=50)
        archived = self._card(self.customer, points=7)
        archived.action_archive()
        self.assertFalse(self.customer.crm_loyalty_summary)
        shared = self._program("Shared", company_id=False)
        self._card(self.customer, shared, points=9)
        self.env.invalidate_all()
        self.assertEqual(self.customer.crm_loyalty_summary, "9 stars")
        self.assertEqual(self.customer.with_company(elsewhere).crm_loyalty_balances[0]["program"], "Theirs")

    def test_numbers_are_written_as_the_reader_writes_them(self):
        self.env["res.lang"]._activate_lang("id_ID")
        self._card(self.customer, points=1500)
        self.assertEqual(self.customer.with_context(lang="id_ID").crm_loyalty_summary, "1.500 stars")

    def test_queries_do_not_grow_with_the_customers(self):
        partners = self.env["res.partner"].create([{"name": f"Customer {number}"} for number in range(80)])
        for partner in partners:
            self._card(partner, points=1)

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some.with_user(self.salesperson).mapped("crm_loyalty_summary")
            return self.env.cr.sql_log_count - before

        count(partners)
        self.assertEqual(count(partners[0]), count(partners))
        self.assertLessEqual(count(partners), 6)

    def test_button_opens_the_familys_cards(self):
        card = self._card(self.contact, points=5)
        wallet = self._card(self.contact, self._program("Wallet", program_type="ewallet", applies_on="future"), points=50)
        action = self.customer.with_user(self.salesperson).action_open_loyalty_cards()
        found = self.env["loyalty.card"].with_user(self.salesperson).search(action["domain"])
        self.assertIn(card, found)
        self.assertNotIn(wallet, found)
        other = self._program("Books")
        action = self.customer.with_user(self.salesperson).with_context(loyalty_program_id=other.id).action_open_loyalty_cards()
        self.assertFalse(self.env["loyalty.card"].search(action["domain"]))

    def test_new_contact_form_opens(self):
        with Form(self.env["res.partner"].with_user(self.salesperson)) as form:
            form.name = "New"
