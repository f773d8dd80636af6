from markupsafe import Markup
from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ..analytics import places
from .common import LifecycleCase


@tagged("post_install", "-at_install")
class TestTimeline(LifecycleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoices = [cls.invoice(cls.acme_buyer if day % 2 else cls.acme, f"2026-01-{day:02}") for day in range(1, 13)]
        cls.order = cls.env["sale.order"].create({"partner_id": cls.acme_buyer.id, "date_order": "2026-01-20 10:00:00"})

    def pages(self, partner, limit, **chosen):
        cursor, pages = None, []
        while True:
            page = partner.crm_lifecycle_timeline(cursor=cursor, limit=limit, **chosen)
            pages.append(page["lines"])
            cursor = page["next"]
            if not cursor:
                return pages

    def test_newest_first_of_the_whole_family(self):
        lines = self.acme.crm_lifecycle_timeline(kinds=["order", "invoice"])["lines"]
        self.assertEqual(lines[0]["document"], self.order.id)
        self.assertEqual([line["document"] for line in lines[1:]], [move.id for move in reversed(self.invoices)])

    def test_drafts_and_cancelled_invoices_are_none(self):
        draft = self.invoice(self.acme, "2026-02-01", post=False)
        cancelled = self.invoice(self.acme, "2026-02-02", post=False)
        cancelled.button_cancel()
        self.assertFalse({("invoice", draft.id), ("invoice", cancelled.id)} & set(self.lines()))
        draft.action_post()
        self.assertIn(("invoice", draft.id), self.lines())

    def test_pages_have_no_gap_and_no_double(self):
        whole = [(line["kind"], line["id"]) for line in self.acme.crm_lifecycle_timeline(limit=100)["lines"]]
        for limit in (1, 3, 5):
            paged = [(line["kind"], line["id"]) for page in self.pages(self.acme, limit) for line in page]
            self.assertEqual(paged, whole)

    def test_bad_input(self):
        for values in (
            {"cursor": "x"},
            {"cursor": 5},
            {"cursor": "2026-13-01 00:00:00.000000|order|1"},
            {"limit": 0},
            {"limit": 10**9},
            {"limit": "5"},
            {"kinds": "invoice"},
            {"person_ids": ["1; DROP TABLE"]},
            {"date_from": "yesterday"},
            {"date_to": "9999-12-31"},
            {"date_from": 5},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                self.acme.crm_lifecycle_timeline(**values)
        self.assertTrue(self.acme.crm_lifecycle_timeline(cursor="2026-02-01 00:00:00.000000|order|9999999999")["lines"])

    def lines(self, partner=None, user=None, **chosen):
        partner = (partner or self.acme).with_user(user or self.env.user)
        return [(line["kind"], line["document"]) for line in partner.crm_lifecycle_timeline(limit=100, **chosen)["lines"]]

    def user(self, login, groups):
        return new_test_user(self.env, login, groups, company_id=self.company.id, company_ids=[Command.set(self.company.ids)])

    def test_lines_that_come_in_meanwhile_move_nothing(self):
        whole = self.lines()
        first = self.acme.crm_lifecycle_timeline(limit=5)
        self.invoice(self.acme, "2026-02-01")
        self.invoice(self.acme, "2026-01-20")
        rest = self.acme.crm_lifecycle_timeline(cursor=first["next"], limit=100)
        before = [line["date"] for line in rest["lines"]]
        self.assertEqual(before, sorted(before, reverse=True))
        found = [(line["kind"], line["document"]) for line in first["lines"] + rest["lines"]]
        self.assertEqual([line for line in found if line in whole], whole)
        self.assertEqual(len(found), len(set(found)))

    def test_lines_of_one_moment(self):
        orders = self.env["sale.order"].create([{"partner_id": self.acme.id, "date_order": "2026-01-05 00:00:00"} for _number in range(7)])
        whole = self.lines()
        paged = [(line["kind"], line["document"]) for page in self.pages(self.acme, 2) for line in page]
        self.assertEqual(paged, whole)
        self.assertLessEqual({("order", order.id) for order in orders}, set(whole))

    def test_invoices_and_credit_notes_of_one_day(self):
        credited = [self.credit(invoice, "2026-01-05") for invoice in self.invoices[:3]]
        invoices = [self.invoice(self.acme_buyer, "2026-01-05") for _number in range(3)]
        whole = [line for line in self.lines() if line[0] in ("invoice", "refund")]
        of_the_day = [("refund", move.id) for move in reversed(credited)]
        of_the_day += [("invoice", move.id) for move in reversed([self.invoices[4], *invoices])]
        self.assertEqual(whole[7 : 7 + len(of_the_day)], of_the_day)
        for limit in (1, 2, 20):
            pages = self.pages(self.acme, limit, kinds=["invoice", "refund"])
            self.assertEqual([(line["kind"], line["document"]) for page in pages for line in page], whole)
        for kind in ("invoice", "refund"):
            self.assertEqual(self.lines(kinds=[kind]), [line for line in whole if line[0] == kind])
        self.assertEqual(
            {line["kind"]: line["amount"] for line in self.acme.crm_lifecycle_timeline(kinds=["invoice", "refund"])["lines"]},
            {"invoice": self.invoices[0].amount_total, "refund": -credited[0].amount_total},
        )

    def test_filters(self):
        self.order.client_order_ref = "100% tea_time"
        self.assertEqual(self.lines(text="100% TEA_"), [("order", self.order.id)])
        self.assertEqual(self.lines(text="100_ tea"), [])
        self.assertEqual(self.lines(text="\\"), [])
        self.assertEqual({kind for kind, _id in self.lines(kinds=["invoice"])}, {"invoice"})
        self.assertEqual(self.lines(kinds=["nothing"]), [])
        self.assertEqual(len(self.lines(kinds=["invoice"], person_ids=[self.acme_buyer.id])), 6)
        self.assertEqual(len(self.lines(kinds=["invoice"], date_from="2026-01-03", date_to="2026-01-05")), 3)

    def test_what_is_typed_is_only_looked_for(self):
        """Nothing of it is taken for a part of the statement."""
        values = (
            str(places.PARTNER),
            f"IN ({places.FAMILY})",
            *places.PATTERNS,
            *(f"'{name}'" for name in places.PATTERNS),
            places.AFTER[0],
            f"'{places.AFTER[0]}'",
            "%s %(x)s",
            "it's \\ 50%",
        )
        for value in (*values, "/*often*/", "/*seldom*/ OR TRUE /*end*/", "/*often*/ /*seldom*/ /*end*/", "'; DROP TABLE x; --"):
            with self.subTest(value):
                self.order.client_order_ref = False
                self.assertEqual(self.lines(text=value), [])
                self.order.client_order_ref = f"Ref {value}!"
                self.assertEqual(self.lines(text=value), [("order", self.order.id)])
                self.assertEqual(self.lines(text=value, kinds=[value]), [])

    def test_a_day_is_that_of_the_reader(self):
        late = self.env["sale.order"].create({"partner_id": self.acme.id, "date_order": "2026-01-31 18:00:00"})
        february = {"kinds": ["order"], "date_from": "2026-02-01", "date_to": "2026-02-28"}
        self.assertEqual(self.lines(self.acme.with_context(tz="UTC"), **february), [])
        self.assertEqual(self.lines(self.acme.with_context(tz="Asia/Jakarta"), **february), [("order", late.id)])

    def test_mails_and_notes_of_the_family_and_its_documents(self):
        seller = self.user("lc_seller", "sales_team.group_sale_salesman")
        own = self.env["sale.order"].create({"partner_id": self.acme.id, "user_id": seller.id})
        hidden = self.env["sale.order"].create({"partner_id": self.acme.id, "user_id": self.env.ref("base.user_admin").id})
        own.message_post(body="Own word", message_type="comment", subtype_xmlid="mail.mt_note")
        hidden.message_post(body="Hidden word", message_type="comment", subtype_xmlid="mail.mt_note")
        self.acme_buyer.message_post(
            body=Markup("<p>Buyer <b>word</b>&nbsp;here &amp; there</p>"), message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        for text, found in (("here & there", 1), ("&amp;", 0), ("buyer word", 1), ("<b>", 0), ("&", 1), ("d here", 1)):
            self.assertEqual(len(self.acme.with_user(seller).crm_lifecycle_timeline(kinds=["message"], text=text)["lines"]), found, text)
        page = self.acme.with_user(seller).crm_lifecycle_timeline(kinds=["message"])
        self.assertEqual({line["detail"] for line in page["lines"]}, {"Own word", "Buyer word here & there"})
        self.assertEqual({line["model"] for line in page["lines"]}, {"sale.order", "res.partner"})
        everything = str(self.acme.with_user(seller).crm_lifecycle_timeline(limit=100)["lines"])
        self.assertNotIn(hidden.name, everything)
        self.assertNotIn("Hidden word", str(self.acme.with_user(seller).crm_lifecycle_snapshot()))
        self.assertIn(("order", hidden.id), self.lines())

    def test_notes_on_an_invoice_and_on_its_credit_note(self):
        moves = self.invoices[0] | self.credit(self.invoices[0], "2026-03-01")
        for move in moves:
            move.message_post(body=f"About {move.move_type}", message_type="comment", subtype_xmlid="mail.mt_note")
        self.assertEqual(
            {line["detail"] for line in self.acme.crm_lifecycle_timeline(kinds=["message"])["lines"]},
            {"About out_invoice", "About out_refund"},
        )

    def test_what_may_not_be_read_is_absent(self):
        seller = self.user("lc_seller", "sales_team.group_sale_salesman")
        clerk = self.user("lc_clerk", "base.group_user")
        payment = self.env["account.payment"].create(
            {"partner_id": self.acme.id, "amount": 5, "payment_type": "inbound", "partner_type": "customer", "date": "2026-02-01"}
        )
        payment.action_post()
        self.assertIn(("payment", payment.id), self.lines())
        self.invoices[0].invoice_user_id = self.env.ref("base.user_admin")
        kinds = {kind for kind, _id in self.lines(user=seller)}
        self.assertNotIn("payment", kinds)
        self.assertNotIn(("invoice", self.invoices[0].id), self.lines(user=seller))
        self.assertFalse({"payment", "order", "invoice", "refund", "opportunity"} & {kind for kind, _id in self.lines(user=clerk)})

    def test_private_meetings_of_others(self):
        boss = self.user("lc_boss", "base.group_user")
        clerk = self.user("lc_clerk", "base.group_user")
        values = {
            "start": "2026-02-01 10:00:00",
            "stop": "2026-02-01 11:00:00",
            "partner_ids": [Command.set((self.acme_buyer | boss.partner_id).ids)],
        }
        events = self.env["calendar.event"].with_user(boss)
        private, public = events.create(
            [{**values, "name": "Secret", "privacy": "private"}, {**values, "name": "Open", "privacy": "public"}]
        )
        self.assertEqual(self.lines(user=clerk, kinds=["meeting"]), [("meeting", public.id)])
        self.assertEqual(set(self.lines(user=boss, kinds=["meeting"])), {("meeting", public.id), ("meeting", private.id)})

    def test_credit_notes_and_several_models_in_one_order(self):
        note = self.credit(self.invoices[0], "2026-03-01")
        lead = self.env["crm.lead"].create({"name": "Interest", "partner_id": self.acme_buyer.id})
        self.env.cr.execute("UPDATE crm_lead SET create_date = '2026-02-15' WHERE id = %s", [lead.id])
        self.assertEqual(self.lines()[:3], [("refund", note.id), ("opportunity", lead.id), ("order", self.order.id)])
        refund = self.acme.crm_lifecycle_timeline(limit=1)["lines"][0]
        self.assertEqual((refund["amount"], refund["date"]), (-100, "2026-03-01"))
