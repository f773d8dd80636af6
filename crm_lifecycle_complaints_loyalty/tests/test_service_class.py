from odoo.addons.crm_lifecycle_complaints.tests.redress_case import RedressCase
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestServiceClass(RedressCase):
    """Customers in a tier are served faster."""

    def test_a_tier_gives_a_service_class_and_so_a_priority(self):
        program = self.env["loyalty.program"].create(
            {"name": "Club", "program_type": "loyalty", "applies_on": "both", "trigger": "auto", "company_id": self.company.id}
        )
        silver, gold = self.env["crm.loyalty.tier"].create(
            [{"name": name, "program_id": program.id, "threshold": threshold} for name, threshold in (("Silver", 10), ("Gold", 100))]
        )
        classes = self.env["crm.complaint.service.class"]
        classes.search([]).action_archive()
        first = classes.create({"name": "First", "tier_ids": gold.ids, "boost": 1, "sequence": 1})
        self.invoice((self.box, 1, 50))
        self.env["crm.lifecycle.dirty"]._drain(limit=100_000)
        self.assertFalse(self.complain().sudo().service_class_id)
        card = self.env["loyalty.card"].create({"program_id": program.id, "partner_id": self.customer.id})
        before = self.complain().priority

        def earn(points, key):
            self.env["crm.loyalty.entry"]._post(
                [
                    {
                        "card_id": card.id,
                        "points": points,
                        "kind": "earn",
                        "qualifying": True,
                        "event_key": key,
                        "company_id": self.company.id,
                        "description": "Order",
                    }
                ]
            )

        earn(50, "silver")
        self.assertEqual(card.tier_id, silver)
        self.assertFalse(self.complain().sudo().service_class_id)
        earn(50, "gold")
        complaint = self.complain()
        self.assertEqual((card.tier_id, complaint.sudo().service_class_id), (gold, first))
        self.assertEqual(int(complaint.priority), int(before) + 1)
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        self.assertFalse(self.complain(partner_id=stranger.id).sudo().service_class_id)
