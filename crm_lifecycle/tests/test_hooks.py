from odoo import Command
from odoo.tests import tagged

from .common import LifecycleCase


@tagged("post_install", "-at_install")
class TestHooks(LifecycleCase):
    """Everything that changes the documents or the family marks the customer."""

    def waiting(self):
        self.env.flush_all()
        self.env.cr.execute("SELECT DISTINCT partner_id FROM crm_lifecycle_dirty")
        return self.env["res.partner"].browse(row[0] for row in self.env.cr.fetchall())

    def test_draft_invoice_marks_nobody(self):
        self.drain()
        self.invoice(self.acme, "2026-01-10", post=False)
        self.assertFalse(self.waiting())

    def test_post_reset_and_cancel(self):
        move = self.invoice(self.acme, "2026-01-10")
        self.assertIn(self.acme, self.waiting())
        self.drain()
        self.assertFalse(self.waiting())
        move.button_draft()
        self.assertIn(self.acme, self.waiting())
        self.drain()
        # Posting made the contact a customer in Odoo's eyes: known, but without a purchase.
        self.assertEqual(self.customer(self.acme).stage_id, self.stage("prospect"))
        self.assertEqual([stage for _day, stage in self.believed(self.acme)], [self.stage("prospect")])
        move.action_post()
        self.drain()
        self.assertEqual(self.customer(self.acme).purchase_days, 1)
        move.button_draft()
        move.button_cancel()
        self.drain()
        self.assertEqual(self.customer(self.acme).purchase_days, 0)

    def test_bills_mark_nobody(self):
        self.drain()
        self.invoice(self.acme, "2026-01-10", move_type="in_invoice")
        self.assertFalse(self.waiting())

    def test_reparenting_moves_the_documents(self):
        holding = self.env["res.partner"].create({"name": "Holding", "is_company": True})
        person = self.env["res.partner"].create({"name": "Sole Trader"})
        department = self.env["res.partner"].create({"name": "Department", "parent_id": person.id})
        desk = self.env["res.partner"].create({"name": "Desk", "parent_id": department.id})
        self.invoice(desk, "2026-01-10")
        self.drain()
        self.assertEqual(self.customer(person).purchase_days, 1)
        person.parent_id = holding
        self.drain()
        self.assertEqual(self.customer(holding).purchase_days, 1)
        self.assertFalse(self.customer(person))
        self.assertEqual(self.believed(holding), [("2026-01-10", self.stage("first_purchase"))])
        person.parent_id = False
        self.drain()
        self.assertFalse(self.customer(holding))
        self.assertEqual(self.customer(person).purchase_days, 1)

    def test_merge_joins_the_histories(self):
        twin = self.env["res.partner"].create({"name": "Acme", "is_company": True})
        self.invoice(self.acme, "2026-01-10")
        self.invoice(twin, "2026-01-10")
        self.invoice(twin, "2026-02-10")
        self.drain()
        self.env["base.partner.merge.automatic.wizard"]._merge((self.acme + twin).ids, self.acme, extra_checks=False)
        self.drain()
        self.assertEqual(self.customer(self.acme).purchase_days, 2)
        self.assertEqual(self.believed(self.acme), [("2026-01-10", self.stage("first_purchase")), ("2026-02-10", self.stage("developing"))])
        closed = self.transitions.search_count([("partner_id", "=", self.acme.id), ("superseded_at", "!=", False), ("kind", "=", "stage")])
        self.assertEqual(closed, 2, "what was believed of the twin moved along")

    def test_archived_contact_is_an_archived_customer(self):
        self.invoice(self.acme, "2026-01-10")
        self.acme.action_archive()
        self.drain()
        self.assertFalse(self.customer(self.acme).active)
        self.acme.action_unarchive()
        self.drain()
        self.assertTrue(self.customer(self.acme).active)

    def test_what_segments_are_made_of_marks(self):
        tag = self.env["res.partner.category"].create({"name": "Retail"})
        for change in (
            lambda: self.acme.write({"country_id": self.env.ref("base.id").id}),
            lambda: self.acme.write({"industry_id": self.env["res.partner.industry"].create({"name": "Tea"}).id}),
            lambda: self.acme.write({"category_id": [Command.link(tag.id)]}),
            lambda: tag.write({"partner_ids": [Command.unlink(self.acme.id)]}),
            lambda: tag.write({"partner_ids": [Command.link(self.acme.id)]}),
        ):
            self.drain()
            change()
            self.assertIn(self.acme, self.waiting())

    def test_deleted_firm_leaves_its_people_behind(self):
        self.env["sale.order"].create({"partner_id": self.acme_buyer.id, "company_id": self.company.id})
        self.drain()
        self.acme.unlink()
        self.drain()
        self.assertEqual(self.customer(self.acme_buyer).stage_id, self.stage("lead"))

    def test_credit_note_follows_the_day_of_its_invoice(self):
        """Whoever the credit note is for: its day is that of the invoice, as long as that is posted."""
        move = self.invoice(self.acme, "2026-01-10")
        note = self.credit(move, "2026-03-01")
        note.button_draft()
        other = self.env["res.partner"].create({"name": "Another"})
        note.partner_id = other
        note.action_post()
        self.invoice(other, "2026-01-10", 60)
        self.drain()
        self.assertEqual(self.customer(other).purchase_days, 0, "taken back on its day")
        move.button_draft()
        self.drain()
        self.assertEqual(self.customer(other).purchase_days, 1, "a credit note of its own day takes nothing back")

    def test_order_and_lead(self):
        order = self.env["sale.order"].create({"partner_id": self.acme_buyer.id, "company_id": self.company.id})
        self.drain()
        self.assertEqual(self.customer(self.acme).stage_id, self.stage("lead"))
        order.unlink()
        self.drain()
        self.assertFalse(self.customer(self.acme))
        lead = self.env["crm.lead"].create({"name": "x", "type": "lead", "partner_id": self.acme.id, "company_id": self.company.id})
        self.drain()
        self.assertEqual(self.customer(self.acme).stage_id, self.stage("prospect"))
        lead.convert_opportunity(self.acme)
        self.drain()
        self.assertEqual(self.customer(self.acme).stage_id, self.stage("lead"))
        lead.unlink()
        self.drain()
        self.assertFalse(self.customer(self.acme))

    def test_document_given_to_another_customer(self):
        other = self.env["res.partner"].create({"name": "Another"})
        lead = self.env["crm.lead"].create({"name": "x", "type": "lead", "partner_id": self.acme_buyer.id, "company_id": self.company.id})
        self.drain()
        self.assertTrue(self.customer(self.acme))
        lead.partner_id = other
        self.drain()
        self.assertFalse(self.customer(self.acme))
        self.assertEqual(self.customer(other).stage_id, self.stage("prospect"))

    def test_marking_costs_one_query(self):
        partners = self.acme + self.acme_buyer
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.env["crm.lifecycle.dirty"]._mark(partners)
        with self.assertQueryCount(0):
            self.env["crm.lifecycle.dirty"]._mark(self.env["res.partner"])

    def test_posting_a_batch_costs_one_more_query(self):
        """The hook's share of posting: its one insert, however many invoices are posted."""
        partners = self.env["res.partner"].create([{"name": f"P{number}"} for number in range(5)])
        moves = self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "invoice_date": "2026-01-10",
                    "invoice_line_ids": [Command.create({"name": "x", "price_unit": 5, "tax_ids": []})],
                }
                for partner in partners
            ]
        )
        statements = []
        execute = type(self.env.cr).execute

        def count(cursor, query, *args, **kwargs):
            statements.append(str(getattr(query, "code", query)))
            return execute(cursor, query, *args, **kwargs)

        self.patch(type(self.env.cr), "execute", count)
        moves.action_post()
        self.assertEqual(
            [text for text in statements if "crm_lifecycle" in text], ["INSERT INTO crm_lifecycle_dirty (partner_id) SELECT unnest(%s)"]
        )

    def test_killed_job_loses_no_key(self):
        self.invoice(self.acme, "2026-01-10")
        self.env.flush_all()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.assertGreaterEqual(self.drain(), 1)
            raise ZeroDivisionError
        self.env.invalidate_all()
        self.assertIn(self.acme, self.waiting())
        self.drain()
        self.assertEqual(self.customer(self.acme).purchase_days, 1)
