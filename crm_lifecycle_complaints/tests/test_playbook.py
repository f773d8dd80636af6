from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestPlaybook(ComplaintCase):
    """Playbooks hear of closed complaints, and approach nobody while one is open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.playbooks = cls.env["crm.lifecycle.playbook"]
        cls.playbooks.search([]).action_archive()
        cls.customer.customer_rank = 1
        cls.env["crm.lifecycle.dirty"]._mark(cls.customer)
        cls.env["crm.lifecycle.dirty"].sudo()._drain(limit=100_000)
        # A contact that nobody has dealt with belongs to the first company.
        cls.env.cr.execute("UPDATE crm_lifecycle_customer SET company_id = %s WHERE partner_id = %s", [cls.company.id, cls.customer.id])
        cls.env.invalidate_all()

    def playbook(self, **values):
        ready = self.env.ref("crm_lifecycle_complaints.crm_lifecycle_playbook_complaint_follow_up")
        playbook = ready.copy({"active": True, "company_id": self.company.id, "repeat_days": 0, **values})
        playbook.action_switch_on()
        playbook.switched_on_at = fields.Datetime.now() - timedelta(days=1)
        return playbook

    def complaint(self):
        return self.env["crm.complaint"].create(
            {"name": "Cracked jar", "partner_id": self.siti.id, "company_id": self.company.id, "team_id": self.team.id}
        )

    def run_it(self, playbook):
        playbook._claim(self.company)
        playbook._run_batch(self.company)
        runs = self.env["crm.lifecycle.playbook.run"].search([("playbook_id", "=", playbook.id)], order="id")
        return [(run.partner_id, run.event_key, run.state, run.reason) for run in runs]

    def test_once_for_each_closed_complaint(self):
        playbook, complaint = self.playbook(), self.complaint()
        self.assertFalse(self.run_it(playbook))
        complaint.write({"stage_id": self.closed.id, "decision": "accept", "decision_reason": "It was."})
        done = [(self.customer, f"complaint:{complaint.id}", "done", False)]
        self.assertEqual(self.run_it(playbook), done)
        activity = self.env["mail.activity"].search([("res_model", "=", "res.partner"), ("res_id", "=", self.customer.id)])
        self.assertEqual(activity.summary, "Ask whether all is well now")
        complaint.stage_id = self.new
        complaint.stage_id = self.closed
        self.assertEqual(self.run_it(playbook), done, "opened and closed again, it is the same complaint")

    def test_nobody_is_approached_while_a_complaint_is_open(self):
        self.company.complaint_hold_marketing = True
        playbook, settled = self.playbook(), self.complaint()
        self.complaint()
        settled.write({"stage_id": self.closed.id, "decision": "accept", "decision_reason": "It was."})
        self.assertEqual(self.run_it(playbook)[0][2:], ("skipped", "unreachable"))
