from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from ..domain.campaign import is_held_out
from .common import MarketingCase


class TestMailing(MarketingCase):
    def test_to_the_segment_as_it_is(self):
        """Who joins between writing and sending is written to; who leaves is not."""
        self.segment.customer_domain = f"[('partner_id', 'in', {self.buyers.ids}), ('purchase_days', '>', 0)]"
        self.invoice(self.buyers[0], "2026-01-10")
        self.drain()
        mailing = self.mailing()
        self.assertEqual(mailing.lifecycle_recipient_count, 1)
        self.invoice(self.buyers[1], "2026-01-10")
        self.drain()
        mailing.action_send_mail()
        self.assertEqual(self.written_to(mailing), self.buyers[:2])
        self.assertTrue(mailing.campaign_id, "What goes to a segment is measured.")

    def test_never_to_those_who_may_not_be_written_to(self):
        blacklisted, unwilling, twin = self.buyers[0], self.buyers[1], self.buyers[2]
        self.env["mail.blacklist"]._add(blacklisted.email)
        unwilling.lifecycle_no_mail = True
        # Another contact with the address of somebody who said no.
        twin.email = unwilling.email
        mailing = self.mailing()
        self.assertEqual(
            (mailing.lifecycle_address_count, mailing.lifecycle_suppressed_count, mailing.lifecycle_recipient_count), (40, 3, 37)
        )
        mailing.action_send_mail()
        self.assertEqual(self.written_to(mailing), self.buyers[3:])
        self.assertEqual(len(mailing.mailing_trace_ids), 37)
        with self.assertRaises(ValidationError):
            mailing.use_exclusion_list = False

    def test_without_a_segment(self):
        """Any mailing leaves those alone who asked for it, also on mailing lists and opportunities."""
        self.buyers[0].lifecycle_no_mail = True
        domain = f"[('id', 'in', {self.buyers[:3].ids})]"
        mailing = self.mailing(lifecycle_segment_id=False, mailing_domain=domain)
        mailing.action_send_mail()
        self.assertEqual(self.written_to(mailing), self.buyers[1:3])
        addresses = [Command.create({"name": partner.name, "email": partner.email}) for partner in self.buyers[:3]]
        readers = self.env["mailing.list"].create({"name": "Readers", "contact_ids": addresses})
        listed = self.mailing(
            lifecycle_segment_id=False,
            mailing_model_id=self.env["ir.model"]._get_id("mailing.list"),
            contact_list_ids=[Command.set(readers.ids)],
        )
        listed.action_send_mail()
        self.assertEqual(sorted(listed.mailing_trace_ids.mapped("email")), ["buyer1@example.com", "buyer2@example.com"])
        lead = self.env["crm.lead"].create({"name": "Interest", "type": "opportunity", "partner_id": self.buyers[0].id})
        interested = self.mailing(
            lifecycle_segment_id=False,
            mailing_model_id=self.env["ir.model"]._get_id("crm.lead"),
            mailing_domain=f"[('id', '=', {lead.id})]",
        )
        self.assertEqual(interested._get_remaining_recipients(), [])

    def test_a_wish_that_comes_in_meanwhile(self):
        """The recipients are chosen, and then somebody says no: the last look finds it."""
        mailing = self.mailing()
        chosen = mailing._get_remaining_recipients()
        self.buyers[0].lifecycle_no_mail = True
        mailing.action_send_mail(chosen)
        self.assertEqual(self.written_to(mailing), self.buyers[1:])

    def test_mailing_list(self):
        """On a mailing list, the segment chooses among the subscribers."""
        addresses = [Command.create({"name": partner.name, "email": partner.email}) for partner in self.buyers[:5]]
        readers = self.env["mailing.list"].create(
            {"name": "Readers", "contact_ids": [*addresses, Command.create({"name": "Stranger", "email": "stranger@example.com"})]}
        )
        self.segment.customer_domain = f"[('partner_id', 'in', {self.buyers[:3].ids})]"
        mailing = self.mailing(
            mailing_model_id=self.env["ir.model"]._get_id("mailing.list"), contact_list_ids=[Command.set(readers.ids)], holdout=50
        )
        campaign = mailing.campaign_id
        expected = self.buyers[:3].filtered(lambda partner: not is_held_out(campaign.id, partner.id, 50))
        self.assertEqual(mailing.lifecycle_recipient_count, len(expected))
        if expected:
            mailing.action_send_mail()
            self.assertEqual(set(mailing.mailing_trace_ids.mapped("email")), set(expected.mapped("email")))
            members = self.env["crm.lifecycle.campaign.member"].search([("campaign_id", "=", campaign.id)])
            self.assertEqual(members.partner_id, self.buyers[:3])

    def test_enough_mailings(self):
        self.company.lifecycle_mail_cap = 2
        for _count in range(2):
            self.mailing().action_send_mail()
        third = self.mailing()
        self.assertEqual((third.lifecycle_capped_count, third.lifecycle_recipient_count), (40, 0))
        self.assertEqual(third._get_remaining_recipients(), [])
        with self.assertRaises(UserError):
            third.action_send_mail()
        self.company.lifecycle_mail_cap = 0
        third.invalidate_recordset()
        self.assertEqual(third.lifecycle_recipient_count, 40)

    def test_chance_decides_once(self):
        """The same customers in every mailing of a campaign, as the rule in plain Python says; nobody of their family either."""
        child = self.env["res.partner"].create({"name": "Child", "parent_id": self.buyers[0].id, "email": "child@example.com"})
        self.segment.recipients = "contacts"
        first = self.mailing(holdout=40)
        campaign = first.campaign_id
        held = self.buyers.filtered(lambda partner: is_held_out(campaign.id, partner.id, 40))
        self.assertTrue(held and held != self.buyers)
        self.assertEqual(first.lifecycle_held_count, len(held) + (self.buyers[0] in held))
        first.action_send_mail()
        self.assertEqual(self.written_to(first), (self.buyers | child).filtered(lambda each: each.commercial_partner_id not in held))
        second = self.mailing(campaign_id=campaign.id)
        self.assertEqual(second.lifecycle_holdout, 40)
        second.action_send_mail()
        self.assertFalse(self.written_to(second) & (held | held.child_ids))
        members = self.env["crm.lifecycle.campaign.member"].search([("campaign_id", "=", campaign.id)])
        self.assertEqual(members.filtered("held_out").partner_id, held)
        self.assertEqual(len(members), 40, "The second mailing assigns nobody again.")
        with self.assertRaises(UserError):
            campaign.lifecycle_holdout = 5

    def test_killed_and_started_again(self):
        """Assigned but not sent: a second start keeps who is held out, and writes to nobody twice."""
        mailing = self.mailing(holdout=30)
        chosen = mailing._get_remaining_recipients()
        mailing.action_send_mail(chosen[:10])
        mailing.action_send_mail()
        reached = mailing.mailing_trace_ids.mapped("res_id")
        self.assertEqual(sorted(reached), sorted(chosen))

    @mute_logger("odoo.addons.base.models.ir_qweb")
    def test_each_customers_own_products(self):
        coffee, tea, milk = self.env["product.product"].create([{"name": name, "sale_ok": True} for name in ("Coffee", "Tea", "Milk")])
        one, other = self.buyers[:2]
        for partner, product in ((one, coffee), (other, tea)):
            for day in ("2026-01-10", "2026-02-10"):
                move = self.invoice(partner, day, post=False)
                move.invoice_line_ids.product_id = product
                move.action_post()
        self.env["crm.product.affinity"].sudo().create(
            [
                {"company_id": self.company.id, "product_id": product.id, "other_id": milk.id, "weight": 0.5, "together": 3, "baskets": 6}
                for product in (coffee,)
            ]
        )
        self.drain()
        self.assertIn("Milk", one.lifecycle_offers)
        self.assertIn("Coffee", one.lifecycle_offers)
        self.assertNotIn("Tea", one.lifecycle_offers)
        self.assertIn("Tea", other.lifecycle_offers)
        self.assertFalse(self.buyers[5].lifecycle_offers)
        template = self.env.ref("crm_lifecycle_marketing.mailing_offers")
        self.assertIn("object.lifecycle_offers", template.body_html)
        self.segment.customer_domain = f"[('partner_id', 'in', {(one | other).ids})]"
        mailing = self.mailing(body_html=template.body_html, body_arch=template.body_arch, keep_archives=True)
        mailing.with_user(self.marketer).action_send_mail()
        mails = {trace.email: trace.mail_mail_id.body_html for trace in mailing.mailing_trace_ids}
        self.assertIn("Milk", mails[one.email])
        self.assertNotIn("Milk", mails[other.email])

    def test_in_the_form(self):
        with Form(self.env["mailing.mailing"].with_user(self.marketer)) as form:
            form.subject = "News"
            form.contact_list_ids.clear()
            form.lifecycle_segment_id = self.segment
            self.assertEqual(form.mailing_model_id.model, "res.partner")
            self.assertEqual((form.lifecycle_holdout, form.lifecycle_customer_count), (10, 40))
            form.lifecycle_holdout = 25
        self.assertEqual(form.record.campaign_id.lifecycle_holdout, 25)
        with self.assertRaises(ValidationError):
            form.record.mailing_model_id = self.env["ir.model"]._get_id("crm.lead")
