from odoo.tests import HttpCase, tagged

from .redress_case import RedressCase


@tagged("post_install", "-at_install")
class TestDay(RedressCase, HttpCase):
    # The first request compiles the bundles; on a busy machine that takes longer than the others would wait.
    test_cursor_lock_timeout = 120

    def test_from_the_mail_over_the_credit_note_to_the_rating(self):
        self.agent.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        self.agent.lang = self.siti.lang = "en_US"
        self.company.currency_id.rounding = 0.01
        self.team.ask_satisfaction = True
        move = self.invoice()
        self.env = self.env(context={**self.env.context, "tracking_disable": False})
        complaint = self.receive(subject="Tour: two jars were cracked")
        self.assertEqual((complaint.partner_id, complaint.team_id, len(self.acknowledgements(complaint))), (self.siti, self.team, 1))
        self.start_tour("/odoo", "crm_lifecycle_complaints_day_tour", login=self.agent.login)
        self.assertTrue(complaint.is_closed)
        self.assertEqual(complaint.user_id, self.agent)
        [redress] = complaint.redress_ids
        self.assertEqual((redress.state, redress.credit_note_id.amount_total, redress.requested_by_id), ("done", 22.2, self.agent))
        self.assertEqual(redress.credit_note_id.reversed_entry_id, move)
        self.assertEqual([pause.reason for pause in complaint.pause_ids], ["waiting"])
        self.assertEqual(set(complaint.clock_ids.mapped("state")), {"met"})
        mails = complaint.message_ids.filtered(lambda message: message.message_type == "auto_comment").mapped("subject")
        self.assertEqual(len(mails), 3, "acknowledgement, decision, and how it was handled")
        token = complaint._get_rating_token()
        self.assertIn(f"/rate/{token}/5", str(complaint.message_ids.mapped("body")))
        self.start_tour(f"/rate/{token}/5", "crm_lifecycle_complaints_rating_tour", login=None)
        self.env.invalidate_all()
        self.assertEqual((complaint.rating_ids.rating, complaint.rating_ids.feedback, complaint.is_closed), (5, "Quick and fair.", True))
        self.start_tour(f"/odoo/complaints/{complaint.id}", "crm_lifecycle_complaints_rated_tour", login=self.agent.login)
