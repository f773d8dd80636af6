import base64
import io
from datetime import date
from unittest.mock import patch

import openpyxl
from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..analytics import past_sales as sql
from ..domain import past_sales
from ..models import crm_lifecycle_import, crm_lifecycle_import_check
from .common import LifecycleCase

HEADING = "Customer,E-mail,Telephone,City,Country,Date,Document number,Product,Quantity,Unit price,Currency"
LINES = [
    "PT Maju Jaya,halo@maju.example,+62 22 4200199,Bandung,ID,2024-01-10,F-1,Tea,2,100,",
    "PT Maju Jaya,,,,,2024-02-10,F-2,Tea,1,100,",
    "PT Maju Jaya,,,,,2024-03-12,F-3,Coffee,1,50,",
    "Sari,sari@example.com,,,,2024-03-12,F-4,Tea,1,30,",
    "Sari,sari@example.com,,,,2024-03-12,F-4,Tea,1,30,",
    "Sari,sari@example.com,,,,2024-03-20,F-4R,Tea,-1,30,",
]


class ImportCase(LifecycleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.other_company()
        cls.company.country_id = cls.env.ref("base.id")
        cls.env.user.write({"company_ids": [(4, cls.company.id)], "company_id": cls.company.id})
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids, "lang": "en_US"})
        cls.customers, cls.sales = cls.env["crm.lifecycle.customer"], cls.env["crm.lifecycle.past.sale"]

    @classmethod
    def upload(cls, *lines, heading=HEADING, **values):
        content = "\n".join([heading, *lines]).encode()
        return cls.upload_bytes(content, **values)

    @classmethod
    def upload_bytes(cls, content, **values):
        return cls.env["crm.lifecycle.import"].create(
            {"file": base64.b64encode(content), "file_name": "past.csv", "until": "2025-12-31", **values}
        )

    @classmethod
    def taken(cls, *lines, **values):
        found = cls.upload(*lines, **values)
        found.action_check()
        found.action_import()
        return found

    def counted(self):
        return self.sales.search([("partner_id", "!=", False), ("company_id", "=", self.company.id)])

    def problems(self, found):
        return [(problem.line, problem.code) for problem in found.problem_ids]


@tagged("post_install", "-at_install")
class TestImport(ImportCase):
    def test_nothing_counts_before_it_is_taken_over(self):
        partners = self.env["res.partner"].search_count([])
        found = self.upload(*LINES)
        found.action_check()
        self.assertEqual((found.state, found.sale_count, found.contact_count, found.problem_count), ("checked", 6, 2, 0))
        self.assertEqual((found.day_from, found.day_to, found.amount), (date(2024, 1, 10), date(2024, 3, 20), 380))
        self.assertFalse(self.counted())
        self.assertEqual(self.env["res.partner"].search_count([]), partners)
        self.customers._rebuild_all()
        self.assertFalse(self.customers.search([("company_id", "=", self.company.id)]))

    def test_facts_come_from_past_sales(self):
        found = self.taken(*LINES)
        self.assertEqual(found.state, "done")
        maju = self.env["res.partner"].search([("email", "=", "halo@maju.example")])
        self.assertEqual(
            (maju.name, maju.city, maju.country_id, maju.is_company), ("PT Maju Jaya", "Bandung", self.env.ref("base.id"), True)
        )
        customer = self.customer(maju)
        self.assertEqual((customer.purchase_days, customer.net_revenue, customer.first_purchase_date), (3, 350, date(2024, 1, 10)))
        self.assertEqual(customer.health, "churned")
        sari = self.customer(self.env["res.partner"].search([("email", "=", "sari@example.com")]))
        self.assertEqual((sari.purchase_days, sari.net_revenue, sari.refunded), (1, 30, -30))
        self.assertEqual(self.believed(maju)[0][0], "2024-01-10")

    def test_books_stay_as_they_are(self):
        before = self.env.execute_query(SQL("SELECT count(*), sum(balance) FROM account_move_line"))
        self.taken(*LINES)
        self.assertEqual(self.env.execute_query(SQL("SELECT count(*), sum(balance) FROM account_move_line")), before)

    def test_the_same_file_twice_adds_nothing(self):
        self.taken(*LINES)
        counted = self.counted()
        partners = self.env["res.partner"].search_count([])
        again = self.upload(*LINES)
        again.action_check()
        self.assertEqual((again.sale_count, again.known_count, again.contact_count), (0, 6, 0))
        with self.assertRaises(UserError):
            again.action_import()
        more = self.upload(*LINES, "Sari,sari@example.com,,,,2024-05-01,F-9,Tea,1,10,")
        more.action_check()
        self.assertEqual((more.sale_count, more.known_count, more.duplicate_count), (1, 6, 1))
        more.action_import()
        self.assertEqual(len(self.counted() - counted), 1)
        self.assertEqual(self.env["res.partner"].search_count([]), partners)

    def test_two_imports_of_one_file_at_once(self):
        """Both were checked before either was taken over: each line counts once."""
        first, second = self.upload(*LINES), self.upload(*LINES)
        first.action_check()
        second.action_check()
        first.action_import()
        second.action_import()
        self.assertEqual(len(self.counted()), len(LINES))

    def test_undo(self):
        partners = self.env["res.partner"].search([])
        found = self.taken(*LINES)
        sari = self.env["res.partner"].search([("email", "=", "sari@example.com")])
        self.invoice(sari, "2026-01-05", 70)
        self.drain()
        found.action_undo()
        self.assertEqual(found.state, "undone")
        self.assertFalse(self.counted())
        self.assertEqual(self.env["res.partner"].search([]), partners | sari)
        self.assertIn("1 contact", found.note)
        self.assertEqual(self.customer(sari).net_revenue, 70)
        self.assertFalse(
            self.customers.with_context(active_test=False).search([("company_id", "=", self.company.id), ("partner_id", "!=", sari.id)])
        )
        found.action_check()
        found.action_import()
        self.assertEqual(len(self.counted()), len(LINES))
        self.assertEqual(self.customer(sari).net_revenue, 100)

    def test_what_counts_cannot_be_deleted(self):
        found = self.taken(*LINES)
        with self.assertRaises(UserError):
            found.unlink()
        found.action_undo()
        found.unlink()

    def test_problems_say_line_and_remedy(self):
        found = self.upload(
            *LINES,
            ",,,,,2024-01-01,,,1,10,",
            "Ben,ben@,,,,2024-01-01,,,1,10,",
            "Ben,,,,,13.13.2024,,,1,10,",
            "Ben,,,,,2024-01-01,,,1,ten,",
            "Ben,,,,,2024-01-01,,,1,10,XYZ",
            "Ben,,,,Atlantis,2024-01-01,,,1,10,",
            "Ben,,,,,2026-02-01,,,1,10,",
        )
        found.action_check()
        codes = ["nobody", "email", "date", "number", "currency", "country", "in_odoo"]
        self.assertEqual(self.problems(found), [(8 + place, code) for place, code in enumerate(codes)])
        self.assertEqual((found.problem_count, found.sale_count), (7, 6))
        by_code = {problem.code: problem for problem in found.problem_ids}
        self.assertEqual((by_code["number"].heading, by_code["number"].value), ("Unit price", "ten"))
        self.assertIn("12/31/2025", by_code["in_odoo"].message)
        self.assertEqual(len({problem.message for problem in found.problem_ids}), 7)
        found.action_import()
        self.assertEqual(len(self.counted()), 6, "what is right is taken over, the rest after it was mended")
        mended = self.taken(*LINES, "Ben,,,,,2024-01-01,,,1,10,")
        self.assertEqual((mended.sale_count, len(self.counted())), (1, 7))

    def test_columns_that_lack(self):
        found = self.upload("Aster,3", heading="Customer,Pieces")
        found.action_check()
        self.assertEqual([(problem.line, problem.heading) for problem in found.problem_ids], [(1, "Date"), (1, "Unit price")])

    def test_files_that_are_none(self):
        for content in (b"", b"\n\n", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0 old", b"a\x00b"):
            with self.subTest(content[:8]), self.assertRaises(UserError):
                self.upload_bytes(content or b"\n").action_check()

    def test_duplicates_are_shown_before(self):
        emily, rings, named, gone = self.env["res.partner"].create(
            [
                {"name": "Emily", "email": "Sari@Example.com"},
                {"name": "Rings", "phone": "0812 3456 7890", "country_id": self.env.ref("base.id").id},
                {"name": "Maju Jaya, PT."},
                {"name": "Kencana", "active": False},
            ]
        )
        found = self.upload(*LINES, "Telpon,,+62 812-3456-7890,,,2024-01-01,,,1,1,", "Kencana,,,,,2024-01-01,,,1,1,")
        found.action_check()
        shown = {contact.name: (contact.partner_id, contact.found_by, contact.choice) for contact in found.contact_ids}
        self.assertEqual(shown["Sari"], (emily, "email", "same"))
        self.assertEqual(shown["Telpon"], (rings, "phone", "same"))
        self.assertEqual(shown["PT Maju Jaya"], (named, "name", "same"))
        self.assertEqual(shown["Kencana"], (self.env["res.partner"], False, "new"))
        self.assertEqual(found.duplicate_count, 3)
        contact = found.contact_ids.filtered(lambda contact: contact.name == "Sari")
        with self.assertRaises(ValidationError):
            contact.partner_id = False
        contact.write({"partner_id": False, "choice": "new"})
        found.action_import()
        self.assertEqual(self.customer(named).purchase_days, 3)
        self.assertEqual(self.customer(rings).purchase_days, 1)
        self.assertFalse(self.customer(emily))
        self.assertEqual(self.env["res.partner"].search_count([("email_normalized", "=", "sari@example.com")]), 2)
        with self.assertRaises(ValidationError):
            contact.with_user(self.manager()).write({"choice": "new"})

    def manager(self):
        return new_test_user(
            self.env,
            "import_manager",
            "crm_lifecycle.crm_lifecycle_group_manager",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )

    def test_halves_of_a_customer_meet(self):
        found = self.upload(
            "Aster,,,,,2024-01-01,,,1,1,", "Aster,a@aster.example,,,,2024-01-02,,,1,1,", ",a@aster.example,,Bandung,,2024-01-03,,,1,1,"
        )
        found.action_check()
        self.assertEqual((found.contact_ids.name, found.contact_ids.city, found.contact_ids.sales), ("Aster", "Bandung", 3))

    def test_names_are_compared_alike_in_both_languages(self):
        names = [
            "PT. Maju Jaya, Tbk",
            "Café Ñandú",
            "Toko  Sinar-Pagi",
            "CV",
            "Łódź 24",
            "co-op & co",
            "Übersee GmbH",
            "日本 商店",
            "PT",
            "Ptolemy",
        ]
        [compared] = zip(
            *self.env.execute_query(SQL("SELECT %s FROM unnest(%s) AS name", sql.normal_name(SQL("name")), names)), strict=True
        )
        self.assertEqual(list(compared), [past_sales.normal_name(name) for name in names])

    def test_documents_in_odoo_do_not_count_twice(self):
        move = self.invoice(self.acme, "2024-02-10", 100, ref="F-2")
        found = self.upload(*LINES)
        found.action_check()
        self.assertEqual(self.problems(found), [(3, "in_documents")])
        self.assertEqual(found.sale_count, 5)
        self.assertTrue(move)

    def test_no_day_counts_twice(self):
        """Past sales count up to the day from which on the documents do; the totals of documents stay those of Odoo's invoice report."""
        self.invoice(self.acme, "2025-03-01", 500)
        self.drain()
        proposed = self.env["crm.lifecycle.import"].new({}).until
        self.assertEqual(proposed, date(2025, 2, 28))
        self.taken(*LINES, "Acme,,,,,2025-02-28,,,1,7,", until=proposed)
        self.assertEqual(self.company.lifecycle_past_until, proposed)
        total = sum(self.customers.search([("company_id", "=", self.company.id)]).mapped("net_revenue"))
        [(reported,)] = self.env["account.invoice.report"]._read_group(
            [("company_id", "=", self.company.id), ("state", "=", "posted")], [], ["price_subtotal:sum"]
        )
        self.assertEqual(total, reported + sum(self.counted().mapped("amount")))
        self.company.lifecycle_past_until = "2024-02-29"
        self.customers._rebuild_all()
        total = sum(self.customers.search([("company_id", "=", self.company.id)]).mapped("net_revenue"))
        self.assertEqual(total, 500 + 300)

    def test_other_currencies_go_by_the_rate_of_the_day(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].search([]).unlink()
        found = self.upload("Aster,,,,,2024-01-10,,,2,10,EUR")
        found.action_check()
        self.assertEqual(self.problems(found), [(2, "currency")], "a currency without a rate would count as the own one")
        for day, rate in (("2024-01-01", 0.5), ("2024-02-01", 0.25)):
            self.env["res.currency.rate"].create({"name": day, "rate": rate, "currency_id": euro.id, "company_id": self.company.id})
        found = self.upload("Aster,,,,,2024-01-10,,,2,10,EUR", "Aster,,,,,2024-02-10,,,2,10,eur")
        found.action_check()
        self.assertEqual(sorted(found.past_sale_ids.mapped("amount")), [40, 80])

    def test_template_reads_itself(self):
        for lang in ("en_US", "id_ID"):
            self.env["res.lang"]._activate_lang(lang)
            headings = self.env["crm.lifecycle.import"].with_context(lang=lang)._get_headings()
            self.assertEqual(past_sales.places(list(headings.values())), {column: place for place, column in enumerate(past_sales.COLUMNS)})

    def test_large_files_are_worked_on_in_the_background(self):
        many = [
            f"Customer {number % 30},,,,,2024-{number % 12 + 1:02d}-{number % 27 + 1:02d},D{number},,1,{number}," for number in range(90)
        ]
        with patch.multiple(crm_lifecycle_import, SMALL=10, CONTACTS=7), patch.object(crm_lifecycle_import_check, "LINES", 20):
            found = self.upload(*many)
            triggers = self.env["ir.cron.trigger"].search([])
            found.action_check()
            triggered = self.env["ir.cron.trigger"].search([]) - triggers
            self.assertEqual((found.state, triggered.cron_id), ("checking", self.env.ref("crm_lifecycle.ir_cron_import")))
            committed = []
            found._work(committed.append)
            self.assertEqual((found.state, found.sale_count, found.contact_count, committed), ("checked", 90, 30, [20] * 4))
            found.action_import()
            self.assertEqual(found.state, "importing")

            def killed(done):
                committed.append(done)
                if len(committed) == 6:
                    raise KeyboardInterrupt

            # Not by assertRaises, which would take back what was committed before.
            try:
                found._work(killed)
            except KeyboardInterrupt:
                committed.append("killed")
            self.assertEqual(committed.pop(), "killed")
            self.assertEqual(committed[4:], [7, 7])
            self.assertTrue(0 < len(self.counted()) < 90)
            found._work(committed.append)
            self.assertEqual((found.state, len(self.counted()), committed[4:]), ("done", 90, [7, 7, 7, 7, 2]))
            self.assertEqual(self.env["res.partner"].search_count([("name", "=like", "Customer %")]), 30)

    def test_unreadable_file_in_the_background_says_why(self):
        with patch.object(crm_lifecycle_import, "SMALL", 1):
            found = self.upload_bytes(b"PK\x03\x04 broken")
            found.action_check()
        self.startPatcher(patch.object(self.env.cr, "rollback", lambda: None))
        self.patch(type(self.env["ir.cron"]), "_commit_progress", lambda model, *args, **kwargs: 1)
        self.env["crm.lifecycle.import"]._cron_work()
        self.assertEqual(found.state, "draft")
        self.assertIn(".xlsx", found.note)

    def test_rights(self):
        seller = new_test_user(
            self.env,
            "import_seller",
            "sales_team.group_sale_salesman_all_leads",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        found = self.taken(*LINES)
        with self.assertRaises(AccessError):
            found.with_user(seller).read(["file_name"])
        with self.assertRaises(AccessError):
            self.env["crm.lifecycle.import"].with_user(seller).create({"file": b"eA==", "until": "2025-01-01"})
        rows = self.counted().with_user(seller)
        self.assertEqual(len(rows.mapped("document")), 6)
        with self.assertRaises(AccessError):
            rows.read(["amount"])
        elsewhere = new_test_user(
            self.env, "import_elsewhere", "crm_lifecycle.crm_lifecycle_group_manager", company_id=self.env.ref("base.main_company").id
        )
        self.assertFalse(
            self.env["crm.lifecycle.import"]
            .with_user(elsewhere)
            .with_context(allowed_company_ids=elsewhere.company_ids.ids)
            .search([("id", "=", found.id)])
        )
        manager = self.manager()
        own = (
            self.env["crm.lifecycle.import"]
            .with_user(manager)
            .create({"file": base64.b64encode("\n".join([HEADING, LINES[0].replace("F-1", "F-7")]).encode()), "until": "2025-12-31"})
        )
        own.action_check()
        own.action_import()
        self.assertEqual(own.state, "done", "an administrator of the lifecycle needs no other rights")
        own.action_undo()

    def test_merged_contacts_keep_their_past(self):
        self.taken(*LINES)
        maju = self.env["res.partner"].search([("email", "=", "halo@maju.example")])
        self.env["base.partner.merge.automatic.wizard"]._merge((maju + self.acme).ids, self.acme)
        self.drain()
        self.assertEqual(self.customer(self.acme).purchase_days, 3)

    def test_timeline_shows_the_past(self):
        self.taken(*LINES)
        maju = self.env["res.partner"].search([("email", "=", "halo@maju.example")])
        lines = [line for line in maju.crm_lifecycle_timeline()["lines"] if line["kind"] == "past_sale"]
        self.assertEqual([(line["title"], line["amount"]) for line in lines], [("F-3 Coffee", 50), ("F-2 Tea", 100), ("F-1 Tea", 200)])

    def test_a_rebuild_changes_nothing(self):
        self.taken(*LINES)
        written, transitions = self.customers._refresh(None)
        self.assertEqual((written, len(transitions)), (0, 0))


@tagged("post_install", "-at_install")
class TestSetup(ImportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        lines = []
        for number in range(60):
            gap = 10 + number % 5 * 8
            lines += [
                f"Customer {number},,,,,{fields.Date.add(date(2024, 1, 1), days=number + place * gap + (place * 7 + number) % 6)},D{number}-{place},,1,10,"
                for place in range(1 + number % 12)
            ]
        cls.imported = cls.taken(*lines)

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(fields.Date, "context_today", lambda record, timestamp=None: date(2024, 12, 31)))
        self.customers._rebuild_all()
        self.setup_model = self.env["crm.lifecycle.setup"]

    def counts(self, field):
        return dict(self.customers._read_group([("company_id", "=", self.company.id), (field, "!=", False)], [field], ["__count"]))

    def test_chart_shows_what_a_rebuild_gives(self):
        setup = self.setup_model.create(self.setup_model.default_get(list(self.setup_model._fields)))
        self.assertTrue(setup.has_proposal)
        health, stages = setup.health_chart, setup.stage_chart
        self.assertNotEqual(stages["predicted"]["values"], stages["actual"]["values"])
        order = self.env["crm.lifecycle.stage"].search([])
        for side in ("predicted", "actual"):
            by_health, by_stage = self.counts("health"), self.counts("stage_id")
            with self.subTest(side):
                self.assertEqual([by_health.get(key, 0) for key in ("active", "at_risk", "churned", "won_back")], health[side]["values"])
                self.assertEqual([by_stage.get(stage, 0) for stage in order], stages[side]["values"])
            if side == "predicted":
                action = setup.action_apply()
                self.assertEqual(action["tag"], "crm_lifecycle.rebuild")
                self.customers._rebuild_all()

    def test_proposal_follows_the_rhythm(self):
        values = self.setup_model.default_get(["buyers", "gaps", "at_risk_factor", "churn_factor", "default_gap_days", "stage_ids"])
        self.assertEqual((values["buyers"], values["gaps"]), (60, sum(number % 12 for number in range(60))))
        self.assertTrue(10 < values["default_gap_days"] < 42)
        self.assertTrue(1.2 <= values["at_risk_factor"] < values["churn_factor"])
        asked = [command[2]["purchases"] for command in values["stage_ids"]]
        self.assertEqual(asked, sorted(set(asked)))

    def test_whatever_is_asked_for_can_be_applied(self):
        setup = self.setup_model.create(self.setup_model.default_get(list(self.setup_model._fields)))
        for asked in ([1, 2, 3, 4, 5], [1, 2, 20, 30, 40], [1, 2, 3, 30, 31]):
            for line, purchases in zip(setup.stage_ids, asked, strict=True):
                line.write({"purchases": purchases, "days": purchases})
            setup.action_apply()
            self.assertEqual(setup.stage_ids.stage_id.mapped("min_purchases"), asked)
        setup.stage_ids[-1].write({"purchases": 2, "days": 0})
        with self.assertRaises(ValidationError):
            setup.action_apply()

    def test_too_little_is_known(self):
        self.imported.action_undo()
        values = self.setup_model.default_get(["buyers", "has_proposal", "at_risk_factor"])
        self.assertEqual(
            (values["buyers"], values["has_proposal"], values["at_risk_factor"]), (0, False, self.company.lifecycle_at_risk_factor)
        )

    def test_the_app_opens_where_something_is_to_be_done(self):
        start = "crm_lifecycle_setup_action", "crm_lifecycle_customer_action"
        opened = [self.env.ref(f"crm_lifecycle.{name}").id for name in start]
        self.assertEqual(self.setup_model.action_start()["id"], opened[1])
        self.imported.action_undo()
        self.assertEqual(self.setup_model.action_start()["id"], opened[0])
        seller = new_test_user(
            self.env, "setup_seller", "sales_team.group_sale_salesman", company_id=self.company.id, company_ids=[(6, 0, self.company.ids)]
        )
        self.assertEqual(self.setup_model.with_user(seller).action_start()["id"], opened[1])
        with self.assertRaises(AccessError):
            self.setup_model.with_user(seller).default_get(["buyers"])


@tagged("post_install", "-at_install")
class TestImportPages(HttpCase):
    def test_template(self):
        self.authenticate("admin", "admin")
        answer = self.url_open("/crm_lifecycle/past_sales_template.xlsx")
        rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
        self.assertEqual(len(past_sales.places(rows[0])), len(past_sales.COLUMNS))
        found = self.env["crm.lifecycle.import"].create({"file": base64.b64encode(answer.content), "file_name": "template.xlsx"})
        found.action_check()
        self.assertEqual((found.problem_count, found.sale_count, found.contact_count), (0, 3, 2))
        new_test_user(self.env, "template_seller", "sales_team.group_sale_salesman")
        self.authenticate("template_seller", "template_seller")
        with mute_logger("odoo.http"):
            self.assertNotEqual(self.url_open("/crm_lifecycle/past_sales_template.xlsx").status_code, 200)
