import re
from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..analytics import places, timeline
from .common import LifecycleCase


@tagged("post_install", "-at_install")
class TestQuestions(LifecycleCase):
    """What is kept from one reading to the next changes nothing of what is read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.partner"].create({"name": "Other", "is_company": True})
        for day, partner in enumerate((cls.acme, cls.acme_buyer, cls.other, cls.acme), 10):
            cls.invoice(partner, f"2026-01-{day}", day)
        cls.env["sale.order"].create([{"partner_id": cls.acme.id}, {"partner_id": cls.other.id}])
        cls.drain()
        groups = "account.group_account_readonly,sales_team.group_sale_manager,crm_lifecycle.crm_lifecycle_group_user"
        cls.reader = cls.user("lc_reader", groups)

    @classmethod
    def user(cls, login, groups):
        return new_test_user(cls.env, login, groups, company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)])

    def seen(self, partner, user=None):
        self.env.invalidate_all()
        return partner.with_user(user or self.reader).crm_lifecycle_snapshot()["sections"]

    def plain(self, partner, user=None):
        """The same with nothing kept."""
        with patch.object(type(partner), "_lifecycle_question", lambda _partner, _name: (None, None)):
            return self.seen(partner, user)

    def test_every_question_is_kept(self):
        reader = self.acme.with_user(self.reader)
        reader.crm_lifecycle_snapshot()
        for name in dir(type(reader)):
            if name.startswith("_lifecycle_ask_"):
                with self.subTest(name):
                    try:
                        text, _more = reader._lifecycle_question(name)
                    except AccessError:
                        # Of another addon, whose section this reader is not shown.
                        continue
                    self.assertTrue(str(places.PARTNER) in text or str(places.FAMILY) in text, text)

    def test_kept_and_not(self):
        for partner in (self.acme, self.other, self.acme):
            expected = self.plain(partner)
            self.assertEqual(self.seen(partner), expected)
            self.assertEqual(self.seen(partner), expected)
        self.assertNotEqual(self.plain(self.acme), self.plain(self.other))

    def test_large_families_are_not_named_one_by_one(self):
        expected = self.plain(self.acme)
        for few, many, form in ((2, 3, r"^IN \(\d+, \d+\)$"), (1, 2, r"^= ANY\(\(SELECT"), (0, 1, r"^IN \(SELECT")):
            with self.subTest(few=few), patch.object(places, "FEW", few), patch.object(places, "MANY", many):
                self.env.registry.clear_cache()
                self.assertEqual(self.seen(self.acme), expected)
                family = self.acme.with_user(self.reader)._lifecycle_in_family()
                self.assertRegex(family.column, form)
                if few == 2:
                    self.assertEqual(set(re.findall(r"\d+", family.column)), set(map(str, (self.acme | self.acme_buyer).ids)))
        text, _more = self.acme.with_user(self.reader)._lifecycle_question("_lifecycle_ask_timeline")
        self.assertIn(str(places.FAMILY), text)
        self.assertNotIn(str(places.FAMILY), places.filled(text, ["1", "'infinity'", "''", "0", "''", "''"], places.Family("IN (1)")))

    def test_a_long_statement_is_asked_in_parts(self):
        expected, counts = self.plain(self.acme), []
        self.seen(self.acme)
        for most in (1_000_000, places.LONG, 1):
            with self.subTest(most=most), patch.object(places, "LONG", most):
                before = self.env.cr.sql_log_count
                self.assertEqual(self.seen(self.acme), expected)
                counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(sorted(set(counts)), counts, "more statements, each of them shorter")

    def test_who_buys_often_is_looked_for_among_the_newest(self):
        """Mails among everybody's newest, documents by their date: the same is found, whether there is enough of it or not."""
        seller = self.user("lc_seller", "sales_team.group_sale_salesman")
        orders = self.env["sale.order"].search([("partner_id", "in", (self.acme | self.other).ids)])
        orders |= orders.create({"partner_id": self.acme.id, "user_id": seller.id})
        documents = [*orders, *self.env["account.move"].search([("partner_id", "=", self.acme_buyer.id)]), self.acme_buyer, self.other]
        for number in range(60):
            document = documents[number % len(documents)]
            message = document.message_post(body=f"Note {number}", message_type="comment", subtype_xmlid="mail.mt_note")
            message.date = datetime(2026, 2, 1) + timedelta(minutes=number // 2)
        for user in (self.reader, seller):
            expected = self.pages(user)
            self.assertTrue(any(line["kind"] == "message" for page in expected[1:] for line in page))
            for newest in (timeline.NEWEST, 30, 1):
                with self.subTest(user=user.login, newest=newest):
                    with patch.object(places, "OFTEN", 0), patch.object(places, "LATELY", 3650), patch.object(timeline, "NEWEST", newest):
                        self.env.registry.clear_cache()
                        self.assertTrue(self.acme.with_user(user)._lifecycle_in_family().often)
                        self.assertEqual(self.pages(user), expected)
                        self.assertEqual(self.seen(self.acme, user), self.plain(self.acme, user))
                    self.env.registry.clear_cache()
                    self.assertEqual(self.seen(self.acme, user)["timeline"]["lines"], expected[0])

    def test_who_buys_often_did_so_lately(self):
        for often, lately, found in ((0, 3650, True), (0, 1, False), (1000, 3650, False)):
            with self.subTest(often=often, lately=lately), patch.object(places, "OFTEN", often), patch.object(places, "LATELY", lately):
                self.assertEqual(self.acme._lifecycle_in_family().often, found)

    def pages(self, user):
        cursor, pages = None, []
        while cursor or not pages:
            page = self.acme.with_user(user).crm_lifecycle_timeline(cursor=cursor)
            pages.append(page["lines"])
            cursor = page["next"]
        return pages

    def test_what_needs_a_query_is_asked_each_time(self):
        """A rule that looks for records while it is written is never kept, so that it holds for what is there now."""
        partner, original = type(self.acme), type(self.acme)._lifecycle_ask_contact

        def asks(records):
            records.env["res.country"].search([("code", "=", "ID")])
            return original(records)

        asks.__name__ = "_lifecycle_ask_contact"
        with patch.object(partner, "_lifecycle_ask_contact", asks):
            self.env.registry.clear_cache()
            self.assertEqual(self.acme.with_user(self.reader)._lifecycle_question("_lifecycle_ask_contact"), (None, None))
            self.assertIn("contact", self.seen(self.acme))

    def test_readers_do_not_get_what_others_may_see(self):
        seller = self.user("lc_seller", "sales_team.group_sale_salesman")
        admin = self.env.ref("base.user_admin")
        order = self.env["sale.order"].create({"partner_id": self.acme.id, "user_id": admin.id})
        self.assertIn(order.name, str(self.seen(self.acme)))
        self.assertNotIn(order.name, str(self.seen(self.acme, seller)))
        order.user_id = seller
        self.assertIn(order.name, str(self.seen(self.acme, seller)))

    def test_rights_that_change_hold_at_once(self):
        self.assertIn("money", self.seen(self.acme))
        self.assertTrue(self.seen(self.acme)["sales"]["quotations"]["total"])
        self.reader.group_ids = [Command.set(self.env.ref("base.group_user").ids)]
        found = self.seen(self.acme)
        self.assertNotIn("money", found)
        self.assertNotIn("sales", found)
        self.assertFalse({"order", "invoice"} & {line["kind"] for line in found["timeline"]["lines"]})

    def test_rules_that_change_hold_at_once(self):
        self.assertIn("order", {line["kind"] for line in self.seen(self.acme)["timeline"]["lines"]})
        model = self.env["ir.model"]._get_id("sale.order")
        self.env["ir.rule"].create({"name": "None", "model_id": model, "domain_force": "[(0, '=', 1)]"})
        found = self.seen(self.acme)
        self.assertNotIn("order", {line["kind"] for line in found["timeline"]["lines"]})
        self.assertFalse(found["sales"]["quotations"]["total"])

    def test_tomorrow_is_another_day(self):
        self.env["account.move"].search([("partner_id", "child_of", self.acme.id)]).line_ids.date_maturity = "2026-02-10"
        found = []
        for day in ("2026-02-10", "2026-02-11"):
            with freeze_time(f"{day} 12:00:00"):
                found.append(self.seen(self.acme)["money"]["overdue"])
        self.assertEqual(found, [0, 34])

    def test_another_basis_of_purchases(self):
        self.assertTrue(self.seen(self.acme)["worth"]["revenue_12_months"])
        self.company.lifecycle_basis = "orders"
        self.assertEqual(self.seen(self.acme), self.plain(self.acme))

    def test_what_a_browser_sends_along_changes_nothing_of_what_is_kept(self):
        expected = self.plain(self.acme)
        self.env.registry.clear_cache()
        self.acme.with_user(self.reader).with_context(active_test=False, default_name="x").crm_lifecycle_snapshot()
        self.assertEqual(self.seen(self.acme), expected)

    def test_all_pages_by_the_same_question(self):
        self.env["crm.lead"].create([{"name": f"Lead {number}", "partner_id": self.acme.id} for number in range(45)])
        reader, pages = self.acme.with_user(self.reader), self.pages(self.reader)
        self.assertEqual(sum(pages, []), reader.crm_lifecycle_timeline(limit=100)["lines"])
        self.assertEqual(reader.crm_lifecycle_snapshot(["timeline"], "")["sections"]["timeline"]["lines"], pages[0])

    def test_another_language(self):
        english = str(self.acme.with_user(self.reader).crm_lifecycle_timeline()["kinds"])
        self.reader.lang = "id_ID"
        indonesian = self.acme.with_user(self.reader).with_context(lang="id_ID")
        if "id_ID" in dict(self.env["res.lang"].get_installed()):
            self.assertNotEqual(str(indonesian.crm_lifecycle_timeline()["kinds"]), english)
