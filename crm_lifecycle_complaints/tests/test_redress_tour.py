from odoo.tests import HttpCase, tagged

from .test_redress import RedressCase


@tagged("post_install", "-at_install")
class TestRedressTour(RedressCase, HttpCase):
    # The first request compiles the bundles; on a busy machine that takes longer than the others would wait.
    test_cursor_lock_timeout = 120

    def test_from_the_deadline_over_the_credit_note_to_closing(self):
        self.agent.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        self.agent.lang = self.siti.lang = "en_US"
        self.company.currency_id.rounding = 0.01
        move, complaint = self.invoice(), self.complain(severity="minor")
        self.start_tour(f"/odoo/complaints/{complaint.id}", "crm_lifecycle_complaints_redress_tour", login=self.agent.login)
        self.assertTrue(complaint.is_closed)
        [redress] = complaint.redress_ids
        self.assertEqual((redress.state, redress.credit_note_id.amount_total, redress.requested_by_id), ("done", 22.2, self.agent))
        self.assertEqual(redress.credit_note_id.reversed_entry_id, move)
        self.assertEqual([pause.reason for pause in complaint.pause_ids], ["waiting"])
        self.assertEqual(set(complaint.clock_ids.mapped("state")), {"met"})
