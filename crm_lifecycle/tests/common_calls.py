from odoo import Command
from odoo.tests import new_test_user, tagged

from ..models.crm_cti_endpoint import PATH
from .common import LifecycleCase

NUMBER = "+62 812-3456-7890"


@tagged("post_install", "-at_install")
class CallCase(LifecycleCase):
    """A telephone system in Indonesia with an agent at extension 101 and a queue, and a known caller."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calls = cls.env["crm.call"]
        cls.phones = cls.env["crm.lifecycle.phone"]
        cls.indonesia = cls.env.ref("base.id")
        common = {"company_id": cls.company.id, "company_ids": [(6, 0, cls.company.ids)]}
        cls.agent = new_test_user(cls.env, "cc_agent", "crm_lifecycle.crm_lifecycle_group_user", email="agent@call.example", **common)
        cls.colleague = new_test_user(cls.env, "cc_colleague", "crm_lifecycle.crm_lifecycle_group_user", **common)
        cls.team = cls.env["crm.team"].create(
            {"name": "Hotline", "company_id": False, "member_ids": [Command.set((cls.agent | cls.colleague).ids)]}
        )
        cls.acme.write({"phone": NUMBER, "country_id": cls.indonesia.id})
        cls.endpoint = cls.make_endpoint(
            extension_ids=[
                Command.create({"name": "101", "user_id": cls.agent.id}),
                Command.create({"name": "102", "user_id": cls.colleague.id}),
                Command.create({"name": "Hotline", "team_id": cls.team.id}),
            ]
        )
        cls.token = cls.new_token(cls.endpoint)

    @classmethod
    def make_endpoint(cls, **values):
        return cls.env["crm.cti.endpoint"].create(
            {"name": "PBX", "kind": "generic", "country_id": cls.indonesia.id, "public_url": "https://erp.example.com", **values}
        )

    @classmethod
    def new_token(cls, endpoint):
        return endpoint.action_new_token()["context"]["default_token"]

    @classmethod
    def path(cls, what, token=None):
        return f"{PATH}/{token or cls.token}/{what}"

    @classmethod
    def the_call(cls, **domain):
        """The only call of the telephone system."""
        return cls.calls.search([("endpoint_id", "=", cls.endpoint.id)]).ensure_one()
