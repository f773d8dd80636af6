from datetime import timedelta

from odoo import Command, fields
from odoo.tests import new_test_user, tagged

from .common import LifecycleCase


@tagged("post_install", "-at_install")
class SalesForceCase(LifecycleCase):
    """Two salespeople with a customer each, and their manager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.company)
        common = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)], "tz": "UTC"}
        cls.budi = new_test_user(cls.env, "sf_budi", "sales_team.group_sale_salesman", email="budi@firm.example", **common)
        cls.dewi = new_test_user(cls.env, "sf_dewi", "sales_team.group_sale_salesman", email="dewi@firm.example", **common)
        cls.head = new_test_user(cls.env, "sf_head", "sales_team.group_sale_manager", email="head@firm.example", **common)
        cls.acme.write({"user_id": cls.budi.id, "phone": "+62 21 555 0101", "customer_rank": 1, "city": "Bandung"})
        cls.zenith = cls.env["res.partner"].create({"name": "Zenith", "is_company": True, "user_id": cls.dewi.id, "customer_rank": 1})
        cls.drain()
        cls.plans = cls.env["crm.account.plan"]

    @classmethod
    def day(cls, number):
        """``number`` days from today."""
        return cls.today + timedelta(days=number)

    @classmethod
    def moment(cls, number, hour=9):
        return fields.Datetime.to_datetime(cls.day(number)) + timedelta(hours=hour)

    @classmethod
    def plan(cls, partner=None, **values):
        return cls.plans.create({"partner_id": (partner or cls.acme).id, "date_from": cls.day(-100), "date_to": cls.day(100), **values})

    @classmethod
    def spoken(cls, partner, number, hour=9):
        """An answered call so many days from today."""
        at = cls.moment(number, hour)
        return cls.env["crm.call"].create(
            {
                "state": "done",
                "direction": "in",
                "partner_id": partner.id,
                "number": partner.phone,
                "started_at": at,
                "answered_at": at,
                "ended_at": at,
                "company_id": cls.company.id,
                "user_id": cls.budi.id,
            }
        )

    @classmethod
    def stand(cls, partner, **values):
        """Let a customer stand somewhere, as the engine would have found."""
        cls.customer(partner).write(values)
        cls.env.flush_all()
