from datetime import timedelta

from odoo import fields

from .common import LifecycleCase


class PlaybookCase(LifecycleCase):
    """Customers who have just bought, and playbooks that have been on since yesterday."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.playbooks = cls.env["crm.lifecycle.playbook"]
        cls.runs = cls.env["crm.lifecycle.playbook.run"]
        cls.playbooks.search([]).action_archive()
        cls.company.lifecycle_playbook_cap = 0
        cls.today = fields.Date.today()
        cls.acme.email = "acme@example.com"

    @classmethod
    def day(cls, days):
        """The day so many days from today."""
        return cls.today + timedelta(days=days)

    @classmethod
    def playbook(cls, state="on", **values):
        """A playbook that calls whoever reaches First Purchase, unless the values say otherwise."""
        plan = cls.env.ref("crm_lifecycle.mail_activity_plan_at_risk")
        defaults = {
            "name": "Call",
            "event": "stage",
            "to_stage_ids": cls.stage("first_purchase").ids if values.get("event", "stage") == "stage" else [],
            "holdout_share": 0,
            "repeat_days": 0,
            "quiet_days": 0,
            "company_id": cls.company.id,
        }
        if not values.keys() & {"template_id", "create_opportunity", "action_ids", "plan_id"}:
            defaults["plan_id"] = plan.id
        playbook = cls.playbooks.create({**defaults, **values})
        if state != "off":
            playbook.state = state
            # What a test records is dated to the beginning of its transaction.
            playbook.switched_on_at = fields.Datetime.now() - timedelta(days=1)
        return playbook

    @classmethod
    def firms(cls, count, days=0, **values):
        """So many new customers, who bought for the first time ``days`` days from today."""
        firms = cls.env["res.partner"].create(
            [{"name": f"Firm {number}", "email": f"firm{number}@example.com", "is_company": True, **values} for number in range(count)]
        )
        for firm in firms:
            cls.invoice(firm, cls.day(days))
        cls.drain()
        return firms

    @classmethod
    def run_playbooks(cls):
        """What the scheduled action does, without its commits."""
        for playbook in cls.playbooks.search([("state", "!=", "off")]):
            for company in playbook._get_companies():
                playbook._claim(company)
                while playbook._run_batch(company):
                    pass

    @classmethod
    def outcomes(cls, playbook, partners=None):
        """{partner: (state, reason)} of the runs."""
        runs = cls.runs.search([("playbook_id", "=", playbook.id), *([("partner_id", "in", partners.ids)] if partners else [])])
        return {run.partner_id: (run.state, run.reason) for run in runs}

    def activities(self, partner):
        return self.env["mail.activity"].search([("res_model", "=", "res.partner"), ("res_id", "=", partner.id)])

    def mails(self, playbook):
        return self.runs.search([("playbook_id", "=", playbook.id)]).mail_message_id.mail_ids
