from datetime import date
from tempfile import TemporaryFile
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import tagged

from ..analytics import binary, documents, replay
from .common import LifecycleCase


@tagged("post_install", "-at_install")
class TestEngine(LifecycleCase):
    def test_facts_of_a_buyer(self):
        self.invoice(self.acme_buyer, "2026-01-10", 100)
        self.invoice(self.acme_buyer, "2026-01-10", 50)
        second = self.invoice(self.acme, "2026-02-20", 30)
        self.credit(second, "2026-03-01", 10)
        self.drain()
        customer = self.customer(self.acme)
        self.assertRecordValues(
            customer,
            [
                {
                    "stage_id": self.stage("developing").id,
                    "stage_since": date(2026, 2, 20),
                    "first_purchase_date": date(2026, 1, 10),
                    "last_purchase_date": date(2026, 2, 20),
                    "purchase_days": 2,
                    "net_revenue": 170.0,
                    "refunded": -10.0,
                    "phase": "enhance",
                    "known_since": date(2026, 1, 10),
                }
            ],
        )
        self.assertFalse(self.customer(self.acme_buyer), "a contact of a firm is no customer of its own")

    def test_total_equals_the_invoice_report(self):
        for day, amount in (("2026-01-10", 99.99), ("2026-01-11", 0.01), ("2026-04-02", 1234.56)):
            self.credit(self.invoice(self.acme_buyer, day, amount), "2026-05-01", amount / 3)
        currency = self.env["res.currency"].create(
            {"name": "LCT", "symbol": "¤", "rate_ids": [Command.create({"name": "2026-01-01", "rate": 3.7, "company_id": self.company.id})]}
        )
        self.invoice(self.acme, "2026-05-05", 77.7, currency_id=currency.id)
        self.drain()
        [(reported,)] = self.env["account.invoice.report"]._read_group(
            [
                ("commercial_partner_id", "=", self.acme.id),
                ("state", "=", "posted"),
                ("move_type", "in", documents.SALES_MOVES),
                ("company_id", "=", self.company.id),
            ],
            [],
            ["price_subtotal:sum"],
        )
        self.assertAlmostEqual(self.customer(self.acme).net_revenue, reported, 2)

    def test_full_credit_note_takes_the_purchase_back(self):
        self.invoice(self.acme, "2026-01-10")
        second = self.invoice(self.acme, "2026-02-10")
        self.drain()
        self.assertEqual(self.customer(self.acme).stage_id, self.stage("developing"))
        self.credit(second, "2026-03-15")
        self.drain()
        self.assertEqual(self.customer(self.acme).stage_id, self.stage("first_purchase"))
        self.assertEqual(self.believed(self.acme), [("2026-01-10", self.stage("first_purchase"))])
        corrected = self.transitions.search([("partner_id", "=", self.acme.id), ("superseded_at", "!=", False), ("kind", "=", "stage")])
        self.assertEqual(corrected.to_stage_id, self.stage("developing"), "what was believed before stays")

    def test_receipts_count_and_bills_do_not(self):
        self.invoice(self.acme, "2026-01-10", move_type="out_receipt")
        self.invoice(self.acme, "2026-02-10", move_type="in_invoice")
        self.drain()
        self.assertEqual(self.customer(self.acme).purchase_days, 1)

    def test_days_of_nothing_are_no_purchases(self):
        self.invoice(self.acme, "2026-01-10", 0)
        self.invoice(self.acme, "2026-01-11", 40)
        self.invoice(self.acme, "2026-01-12", 40, move_type="out_refund")
        self.drain()
        customer = self.customer(self.acme)
        self.assertEqual((customer.purchase_days, customer.net_revenue, customer.last_purchase_date), (1, 0.0, date(2026, 1, 11)))

    def test_back_dated_invoice_rewrites_what_is_believed(self):
        self.invoice(self.acme, "2026-03-10")
        self.drain()
        self.invoice(self.acme, "2026-01-10")
        self.drain()
        self.assertEqual(self.believed(self.acme), [("2026-01-10", self.stage("first_purchase")), ("2026-03-10", self.stage("developing"))])

    def test_rerun_writes_nothing(self):
        self.invoice(self.acme, "2026-01-10")
        self.credit(self.invoice(self.acme, "2026-02-10"), "2026-02-11")
        self.drain()
        written, transitions = self.customers._refresh(documents.partners(self.acme.ids))
        self.assertEqual((written, len(transitions)), (0, 0))
        written, transitions = self.customers._refresh(None)
        self.customers._refresh(None)
        written, transitions = self.customers._refresh(None)
        self.assertEqual((written, len(transitions)), (0, 0))

    def test_rebuild_gives_what_the_daily_runs_gave(self):
        for day in ("2026-01-10", "2026-02-10", "2026-03-20", "2026-04-20"):
            self.invoice(self.acme_buyer, day)
            self.drain()
        archived = self.env["res.partner"].create({"name": "Closed down", "company_id": self.company.id})
        self.invoice(archived, "2026-01-10")
        archived.active = False
        facts, believed, indexes = self.customer(self.acme).read(), self.believed(self.acme), self._get_indexes()
        self.assertIn("crm_lifecycle_transition_pkey", [name for *_index, name, _key in indexes], "since the installation")
        jobs = "odoo.addons.crm_lifecycle.models.crm_lifecycle_customer_jobs"
        volatile = {"id", "create_date", "write_date", "transition_ids", "display_name"}
        for reading in ({"DOCUMENTS": 0}, {"PARTS": 2}):
            with self.subTest(reading), patch.multiple(jobs, PARTNERS=3, **reading):
                self.env.cr.execute("DELETE FROM crm_lifecycle_customer")
                self.env.cr.execute("DELETE FROM crm_lifecycle_transition")
                self.env.invalidate_all()
                self.customers._rebuild_all()
                again = self.customer(self.acme).read()
                self.assertEqual(
                    [{key: row[key] for key in row if key not in volatile} for row in again],
                    [{key: row[key] for key in row if key not in volatile} for row in facts],
                )
                self.assertEqual(self.believed(self.acme), believed)
                self.assertEqual(self._get_indexes(), indexes, "they wait while the first history is written")
        self.assertFalse(self.customers.with_context(active_test=False).search([("partner_id", "=", archived.id)]).active)

    def _get_indexes(self):
        self.env.cr.execute(
            """
            SELECT pg_get_indexdef(indexrelid), obj_description(indexrelid, 'pg_class'), conname, pg_get_constraintdef(pg_constraint.oid)
              FROM pg_index LEFT JOIN pg_constraint ON conindid = indexrelid AND conrelid = indrelid
             WHERE indrelid IN ('crm_lifecycle_customer'::regclass, 'crm_lifecycle_transition'::regclass)
             ORDER BY 1
            """
        )
        return self.env.cr.fetchall()

    def test_what_changed_since_it_was_read_is_left_alone(self):
        """A rebuild judges what it has read some transactions ago: it must not take back what others have found since."""
        gone, stays = self.env["res.partner"].create([{"name": name, "company_id": self.company.id} for name in ("Gone", "Stays")])
        for partner in (self.acme, stays):
            self.invoice(partner, "2026-01-10")
        self.env["crm.lead"].create({"name": "Wants 5", "partner_id": gone.id, "company_id": self.company.id})
        self.drain()
        self.env.cr.execute("UPDATE crm_lifecycle_customer SET purchase_days = 7 WHERE partner_id = %s", [stays.id])
        today = fields.Date.context_today(self.customers)
        with TemporaryFile() as aside:
            read = self.customers._read(aside, 0, 100_000, today, False)
            self.invoice(self.acme_buyer, "2026-03-10")
            self.customers._refresh_partners(self.acme)
            gone.unlink()
            believed, written = self.believed(self.acme), self.transitions.search_count([])
            self.customers._rebuild_chunk(read, range(len(read.parts)), today, False)
        self.assertEqual(self.customer(self.acme).last_purchase_date, date(2026, 3, 10))
        self.assertEqual(self.believed(self.acme), believed)
        self.assertFalse(self.transitions.search([("partner_id", "=", gone.id), ("superseded_at", "=", False)]))
        self.assertEqual(self.transitions.search_count([]), written, "nothing is recorded of a contact that is no more")
        self.assertEqual(self.customer(stays).purchase_days, 1, "the others are judged")

    def test_the_rhythm_of_segments_from_the_documents_at_hand(self):
        for partner in (self.acme, self.env["res.partner"].create({"name": "Other", "company_id": self.company.id})):
            for day in ("2026-01-10", "2026-02-10", "2026-02-10", "2026-03-20"):
                self.invoice(partner, day)
            self.credit(self.invoice(partner, "2026-04-20"), "2026-04-21")
        rhythms, found = self.env["crm.lifecycle.rhythm"], []
        aside = self.enterContext(TemporaryFile())
        for read in (False, True):
            rhythms.search([]).unlink()
            moments = binary.fetch_parted(self.env.cr, self.customers._moments(None), replay.MOMENT, "partner_id", [2**31 - 1], aside)
            rhythms._ensure(date(2026, 6, 1), moments if read else None)
            rows = rhythms.search([("company_id", "=", self.company.id)], order="month")
            found.append([(row.segment, row.month, row.mean_log_gap, row.gaps) for row in rows])
        self.assertEqual(found[0], found[1])
        self.assertEqual(found[0][-1][-1], 4, "two gaps of each: several invoices of a day are one, a credited one is none")

    def test_acquire_before_the_first_purchase(self):
        partner = self.env["res.partner"].create({"name": "Maybe", "customer_rank": 1, "company_id": self.company.id})
        self.drain()
        self.assertEqual(self.customer(partner).stage_id, self.stage("prospect"))
        self.env["crm.lead"].create({"name": "Wants 5", "type": "opportunity", "partner_id": partner.id, "company_id": self.company.id})
        self.drain()
        self.assertEqual(self.customer(partner).stage_id, self.stage("lead"))
        self.assertEqual(self.believed(partner)[-1][1], self.stage("lead"))

    def test_vendor_is_no_customer(self):
        vendor = self.env["res.partner"].create({"name": "Vendor", "supplier_rank": 1})
        self.invoice(vendor, "2026-01-10", move_type="in_invoice")
        self.customers._rebuild_all()
        self.assertFalse(self.customers.search([("partner_id", "=", vendor.id)]))

    def test_days_are_days_of_the_company(self):
        self.company.partner_id.tz = "Asia/Jakarta"
        lead = self.env["crm.lead"].create({"name": "Early", "type": "lead", "partner_id": self.acme.id, "company_id": self.company.id})
        self.env.flush_all()
        self.env.cr.execute("UPDATE crm_lead SET create_date = '2026-01-09 22:30:00' WHERE id = %s", [lead.id])
        self.customers._refresh(documents.partners(self.acme.ids))
        self.assertEqual(self.customer(self.acme).known_since, date(2026, 1, 10), "half past five in the morning in Jakarta")

    def test_reason_in_plain_words(self):
        self.env["res.lang"]._activate_lang("id_ID")
        self.invoice(self.acme, "2026-01-10")
        self.invoice(self.acme, "2026-02-10")
        self.drain()
        last = self.transitions.search([("partner_id", "=", self.acme.id), ("kind", "=", "stage")], limit=1)
        self.assertEqual(last.reason, "Purchase no. 2, 31 days after the first one")
        self.assertEqual(last.with_context(lang="id_ID").reason, "Pembelian ke-2, 31 hari setelah yang pertama")

    def test_second_company_has_its_own_view(self):
        other = self.other_company()
        self.invoice(self.acme, "2026-01-10")
        with self.subTest("invoice of the other company"):
            self.env["account.move"].with_company(other).create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.acme.id,
                    "invoice_date": fields.Date.to_date("2026-02-02"),
                    "company_id": other.id,
                    "invoice_line_ids": [Command.create({"name": "x", "price_unit": 5, "tax_ids": []})],
                }
            ).action_post()
        self.drain()
        self.assertEqual(self.customer(self.acme).purchase_days, 1)
        self.assertEqual(self.customer(self.acme, other).net_revenue, 5)
        self.assertEqual(self.believed(self.acme, other), [("2026-02-02", self.stage("first_purchase"))])
