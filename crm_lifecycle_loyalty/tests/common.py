from odoo.addons.base.tests.common import BaseCommon


class LoyaltyCommon(BaseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Card = cls.env["loyalty.card"]
        cls.Entry = cls.env["crm.loyalty.entry"]
        cls.Rule = cls.env["crm.loyalty.event.rule"]
        cls.company = cls.env.company
        cls.stage_loyal = cls.env.ref("crm_lifecycle.crm_lifecycle_stage_loyal")
        cls.stage_champion = cls.env.ref("crm_lifecycle.crm_lifecycle_stage_champion")
        cls.program = cls._program("Stars")
        cls.customer = cls.env["res.partner"].create({"name": "Toko Melati", "is_company": True, "email": "melati@example.com"})
        cls.contact = cls.env["res.partner"].create({"name": "Dewi", "parent_id": cls.customer.id, "email": "dewi@example.com"})

    @classmethod
    def _program(cls, name, **values):
        return cls.env["loyalty.program"].create(
            {
                "name": name,
                "program_type": "loyalty",
                "portal_point_name": "stars",
                "applies_on": "both",
                "trigger": "auto",
                "currency_id": cls.company.currency_id.id,
                "reward_ids": [(0, 0, {"description": "5% on your order", "discount": 5, "required_points": 200})],
                **values,
            }
        )

    @classmethod
    def _card(cls, partner, program=None, points=0):
        return cls.Card.create({"program_id": (program or cls.program).id, "partner_id": partner.id, "points": points})

    @classmethod
    def _rule(cls, **values):
        return cls.Rule.create(
            {
                "name": "Thank you",
                "stage_id": cls.stage_loyal.id,
                "program_id": cls.program.id,
                "points": 100,
                "date_from": "2026-01-01",
                **values,
            }
        )

    def _entry(self, card, key, points=10, **values):
        return {"card_id": card.id, "points": points, "event_key": key, "company_id": self.company.id, "description": "Gift", **values}
