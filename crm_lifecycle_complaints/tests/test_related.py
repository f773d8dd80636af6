from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestMerge(ComplaintCase):
    def setUp(self):
        super().setUp()
        self.first = self.receive(body="The first mail.")
        self.second = self.receive(subject="And the lid", body="The second mail.", content="Content-Type: text/plain")
        self.second.activity_schedule("mail.mail_activity_data_todo", user_id=self.agent.id)

    def merge(self, complaints, target, user=None):
        context = {"active_model": "crm.complaint", "active_ids": complaints.ids}
        dialog = self.env["crm.complaint.merge"].with_user(user or self.agent).with_context(**context).create({})
        dialog.target_id = target
        return dialog.action_merge()

    def test_conversation_goes_to_the_target(self):
        self.second.received_at = self.first.received_at - timedelta(days=2)
        earliest, message = self.second.received_at, self.second.message_ids.filtered(lambda each: each.message_type == "email")
        self.merge(self.first | self.second, self.first)
        self.assertEqual(self.second.merged_into_id, self.first)
        self.assertFalse(self.second.active)
        self.assertIn(message, self.first.message_ids)
        self.assertEqual(len(self.first.activity_ids), 1)
        self.assertEqual(self.first.received_at, earliest)
        self.assertEqual(self.first.with_context(active_test=False).merged_ids, self.second)

    def test_answers_to_the_merged_one_reach_the_target(self):
        reference = self.second.message_ids[-1].message_id
        third = self.receive(subject="Third", sender="siti@maju.test")
        self.merge(self.first | self.second, self.first)
        self.merge(self.first | third, third)
        self.assertFalse(self.receive(headers=f"In-Reply-To: {reference}", body="By reference."))
        self.assertIn("By reference.", str(third.message_ids[0].body))
        self.assertFalse(self.receive(subject=f"Re: [{self.second.number}] old", body="By number."))
        self.assertIn("By number.", str(third.message_ids[0].body))

    def test_only_of_the_same_customer(self):
        other = self.receive(sender="rudi@baru.test")
        with self.assertRaisesRegex(UserError, "same customer"):
            self.merge(self.first | other, self.first)
        boss = self.env["res.partner"].create({"name": "Boss", "parent_id": self.customer.id, "email": "boss@maju.test"})
        colleague = self.env["crm.complaint"].create({"name": "Colleague", "partner_id": boss.id, "team_id": self.team.id})
        self.merge(self.first | colleague, self.first)
        self.assertEqual(colleague.merged_into_id, self.first, "another person of the same customer")

    def test_strangers_of_one_address(self):
        one = self.receive(sender="rudi@baru.test", subject="One")
        two = self.receive(sender="rudi@baru.test", subject="Two")
        self.merge(one | two, one)
        self.assertEqual(two.merged_into_id, one)

    def test_what_cannot_be_merged(self):
        self.decide_and_close(self.second)
        with self.assertRaisesRegex(UserError, "closed"):
            self.merge(self.first | self.second, self.first)
        with self.assertRaisesRegex(UserError, "at least two"):
            self.first._merge_into(self.first)

    def test_nobody_merges_past_the_rules(self):
        other = self.receive(sender="rudi@baru.test")
        with self.assertRaisesRegex(UserError, "same customer"):
            self.merge(self.first | other, self.first)
        with self.assertRaises(ValidationError):
            self.first.with_user(self.agent).write({"merged_into_id": other.id, "active": False})
        with self.assertRaises(ValidationError):
            self.first.write({"merged_into_id": self.first.id, "active": False})

    def test_merged_stays_archived(self):
        self.merge(self.first | self.second, self.first)
        with self.assertRaises(ValidationError):
            self.second.active = True
        with self.assertRaises(UserError):
            self.merge(self.first | self.second, self.first)

    def test_rights(self):
        with self.assertRaises(AccessError):
            self.merge(self.first | self.second, self.first, self.stranger)
        elsewhere = self.env["res.company"].create({"name": "Other"})
        other = self.env["crm.complaint"].create({"name": "x", "company_id": elsewhere.id, "partner_id": self.siti.id})
        with self.assertRaisesRegex(UserError, "same customer"):
            (self.first | other)._merge_into(self.first)

    def test_split(self):
        dialog = (
            self.env["crm.complaint.split"]
            .with_user(self.agent)
            .create({"complaint_id": self.first.id, "name": "The invoice", "narrative": "Too much."})
        )
        second = self.env["crm.complaint"].browse(dialog.action_split()["res_id"])
        self.assertEqual((second.origin_id, second.partner_id, second.received_at), (self.first, self.siti, self.first.received_at))
        self.assertEqual(second.email_normalized, "siti@maju.test")
        self.assertNotEqual(second.number, self.first.number)


@tagged("post_install", "-at_install")
class TestSimilar(ComplaintCase):
    def test_similar_by_product_words_and_customer(self):
        product = self.env["product.product"].create({"name": "Palm sugar"})
        make = self.env["crm.complaint"].create
        this = make({"name": "Glass splinters inside", "team_id": self.team.id, "product_id": product.id, "partner_id": self.siti.id})
        same_product = make({"name": "Other", "team_id": self.team.id, "product_id": product.id})
        same_words = make({"name": "Found splinters of glass!", "team_id": self.team.id})
        same_customer = make({"name": "Late", "team_id": self.team.id, "partner_id": self.customer.id})
        unlike = make({"name": "Unlike", "team_id": self.team.id})
        found = this.with_user(self.agent).similar_ids
        self.assertEqual(found.ids, [same_product.id, same_words.id, same_customer.id])
        self.assertNotIn(unlike, found)

    def test_only_what_the_reader_may_see(self):
        other_team = self.env["crm.complaint.team"].create({"name": "Other", "company_id": self.company.id})
        this = self.env["crm.complaint"].create({"name": "Splinters", "team_id": self.team.id})
        hidden = self.env["crm.complaint"].create({"name": "Splinters", "team_id": other_team.id})
        self.assertNotIn(hidden, this.with_user(self.agent).similar_ids)
        self.assertIn(hidden, this.with_user(self.manager).similar_ids)


@tagged("post_install", "-at_install")
class TestReopening(ComplaintCase):
    def setUp(self):
        super().setUp()
        self.complaint = self.receive()
        self.decide_and_close(self.complaint)
        self.reference = f"In-Reply-To: {self.acknowledgements(self.complaint)[0].message_id}"

    def test_bare_thanks_does_not_reopen(self):
        self.receive(headers=self.reference, body="Terima kasih banyak atas bantuannya!\n\nSalam,\nSiti Rahmawati\n\n> We closed it. Why?")
        self.assertTrue(self.complaint.is_closed)
        self.assertIn("stays closed", "".join(self.complaint.message_ids.mapped("body")))
        self.receive(headers=self.reference, body="Thank you, but it is broken again.")
        self.assertFalse(self.complaint.is_closed)

    def test_html_thanks(self):
        self.receive(
            headers=self.reference,
            body="<p>Thank you!</p><blockquote>On Friday: we replace what was broken</blockquote>",
            content="Content-Type: text/html; charset=utf-8",
        )
        self.assertTrue(self.complaint.is_closed)

    def test_late_answer_opens_another_one(self):
        self.complaint.closed_at = fields.Datetime.now() - timedelta(days=31)
        late = self.receive(headers=self.reference, subject="Re: old", body="It broke again.")
        self.assertEqual(len(late), 1)
        self.assertEqual((late.origin_id, late.partner_id, late.team_id), (self.complaint, self.siti, self.team))
        self.assertTrue(self.complaint.is_closed)
        self.complaint.team_id.reopen_days = 60
        self.assertFalse(self.receive(headers=self.reference, subject="Re: old", body="Once more."))
        self.assertFalse(self.complaint.is_closed)


@tagged("post_install", "-at_install")
class TestWriting(ComplaintCase):
    def test_colleagues_are_told(self):
        complaint = self.receive()
        budi = self.make_user("budi", "crm_lifecycle_complaints_group_user")
        self.team.member_ids |= budi
        self.assertEqual(complaint.with_user(budi).get_writers(), [])
        complaint.with_user(self.agent).note_writing()
        complaint.with_user(self.agent).note_writing()
        self.assertEqual(complaint.with_user(budi).get_writers(), [self.agent.name])
        self.assertEqual(complaint.with_user(self.agent).get_writers(), [], "not oneself")
        self.env.cr.precommit.run()
        sent = self.env["bus.bus"].sudo().search([("message", "like", "crm_complaint/writing")])
        self.assertTrue(sent)
        self.assertNotIn(self.agent.name, "".join(sent.mapped("message")), "ids only")
        self.env["crm.complaint.writer"].sudo().search([]).seen_at = fields.Datetime.now() - timedelta(minutes=5)
        self.assertEqual(complaint.with_user(budi).get_writers(), [])
        with self.assertRaises(AccessError):
            complaint.with_user(self.stranger).note_writing()
        with self.assertRaises(AccessError):
            complaint.with_user(self.stranger).get_writers()


@tagged("post_install", "-at_install")
class TestAbout(ComplaintCase):
    def test_documents_are_the_customers_own(self):
        product = self.env["product.product"].create({"name": "Palm sugar"})
        line = {"product_id": product.id, "product_uom_qty": 1}
        order = self.env["sale.order"].create({"partner_id": self.siti.id, "company_id": self.company.id, "order_line": [(0, 0, line)]})
        complaint = self.env["crm.complaint"].create({"name": "x", "team_id": self.team.id, "partner_id": self.customer.id})
        complaint.write({"sale_order_id": order.id, "sale_line_id": order.order_line.id})
        self.assertEqual(complaint.product_id, product)
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        with self.assertRaisesRegex(ValidationError, "not of Stranger"):
            complaint.partner_id = stranger
        other = order.copy()
        with self.assertRaisesRegex(ValidationError, "does not belong"):
            complaint.sale_order_id = other

    def test_link_to_the_post(self):
        complaint = self.env["crm.complaint"].create(
            {"name": "x", "team_id": self.team.id, "channel": "social", "source_url": "https://x.test/1"}
        )
        with self.assertRaises(ValidationError):
            complaint.source_url = "javascript:alert(1)"
