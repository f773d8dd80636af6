from odoo.addons.crm_lifecycle_loyalty.tests.common import LoyaltyCommon
from odoo.tests import freeze_time, tagged


@tagged("post_install", "-at_install")
class TestGrade(LoyaltyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cheap, cls.cheaper, cls.agreed = cls.env["product.pricelist"].create([{"name": name} for name in ("-5 %", "-10 %", "Agreed")])
        cls.silver, cls.gold, cls.plain = cls.env["res.partner.grade"].create(
            [
                {"name": "Silver", "default_pricelist_id": cls.cheap.id},
                {"name": "Gold", "default_pricelist_id": cls.cheaper.id},
                {"name": "Plain"},
            ]
        )
        cls.program.tier_grace_days = 0
        cls.tiers = cls.env["crm.loyalty.tier"].create(
            [
                {"name": name, "program_id": cls.program.id, "threshold": threshold, "grade_id": grade.id}
                for name, threshold, grade in (("Plain", 10, cls.plain), ("Silver", 100, cls.silver), ("Gold", 500, cls.gold))
            ]
        )
        cls.card = cls._card(cls.contact)

    def _earn(self, points, key="earned"):
        self.Entry._post([self._entry(self.card, key, points, kind="earn", qualifying=True)])

    def _has(self, grade, pricelist):
        self.assertEqual((self.customer.grade_id, self.customer.specific_property_product_pricelist), (grade, pricelist))

    def test_up_and_down_with_the_pricelist(self):
        none = self.env["product.pricelist"]
        with freeze_time("2026-01-01 12:00:00"):
            self._earn(600)
            self._has(self.gold, self.cheaper)
        for day, grade, pricelist in (
            ("2027-01-02", self.gold, self.cheaper),
            ("2027-01-03", self.silver, self.cheap),
            ("2027-01-04", self.plain, none),
            ("2027-01-05", self.env["res.partner.grade"], none),
        ):
            with freeze_time(f"{day} 12:00:00"):
                self.env["crm.loyalty.tier"]._judge(self.program)
                self._has(grade, pricelist)

    def test_what_was_given_by_hand_stays(self):
        self.customer.specific_property_product_pricelist = self.agreed
        self._earn(600)
        self._has(self.env["res.partner.grade"], self.agreed)
        self.customer.specific_property_product_pricelist = False
        self.customer.grade_id = self.silver
        self.card._crm_loyalty_tier_changed()
        self._has(self.silver, self.cheap)

    def test_a_tier_that_gets_a_level_gives_it_to_its_customers(self):
        self.tiers.grade_id = False
        self._earn(600)
        self.assertFalse(self.customer.grade_id)
        self.tiers[-1].grade_id = self.gold
        self._has(self.gold, self.cheaper)
        self.tiers[-1].grade_id = self.silver
        self._has(self.silver, self.cheap)
