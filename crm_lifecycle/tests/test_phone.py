from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ..domain.phone import read
from .common_calls import CallCase

SPELLINGS = (
    "+6281234567890",
    "0062 812 3456 7890",
    "0812 3456 7890",
    "0812/3456.7890",
    "+62 (0)812 3456 7890",
    "0812.3456.7890",
    "0812\u00a03456\u00a07890",
    "+62 812 3456 7890 ext. 12",
    "(0812) 3456-7890",
    "6281234567890",
    "tel:+62-812-3456-7890",
    "０８１２ ３４５６ ７８９０",
)
NOBODY = (None, "", "anonymous", "+266696687", "112", "sip:+6281234567890@pbx", "' OR 1=1 --", "x" * 10_240, "0" * 10_240, "\x00")


@tagged("post_install", "-at_install")
class TestPhone(CallCase):
    def match(self, number, company=None):
        return self.phones._match(number, "ID", (company or self.company).id)

    def names(self, number):
        return [match.name for match in self.match(number)]

    def test_every_spelling_finds_the_contact(self):
        for spelling in SPELLINGS:
            with self.subTest(spelling):
                (found,) = self.match(spelling)
                self.assertEqual((found.partner_id, found.known), (self.acme.id, True))

    def test_stored_in_any_spelling(self):
        for spelling in SPELLINGS:
            with self.subTest(spelling):
                self.acme.phone = spelling
                self.assertEqual(self.names("+6281234567890"), ["Acme"])

    def test_nobody(self):
        for text in NOBODY:
            with self.subTest(text):
                self.assertEqual(self.match(text), [])

    def test_maybe_only_without_a_known(self):
        # Nobody says in which country this is dialled, so only its last nine digits can be compared.
        vague = self.env["res.partner"].create({"name": "Vague", "phone": "999 812 3456 7890"})
        self.assertEqual(self.names("+6281234567890"), ["Acme"])
        self.acme.phone = False
        (found,) = self.match("+6281234567890")
        self.assertEqual((found.partner_id, found.known), (vague.id, False))
        self.env["res.partner"].create([{"name": f"Vague {number}", "phone": "999 812 3456 7890"} for number in range(9)])
        self.assertEqual(len(self.match("+6281234567890")), 6)

    def test_kept_by_create_write_archive_and_delete(self):
        partner = self.env["res.partner"].create({"name": "Beta", "phone": "0813 1111 2222", "country_id": self.indonesia.id})
        self.assertEqual(self.names("+6281311112222"), ["Beta"])
        partner.phone = "0813 3333 4444"
        self.assertEqual((self.names("+6281311112222"), self.names("+6281333334444")), ([], ["Beta"]))
        partner.country_id = self.env.ref("base.be")
        self.assertFalse([found for found in self.match("+6281333334444") if found.known])
        partner.write({"phone": "0475/12.34.56"})
        self.assertEqual(self.names("+32475123456"), ["Beta"])
        partner.active = False
        self.assertEqual(self.names("+32475123456"), [])
        partner.active = True
        self.assertEqual(self.names("+32475123456"), ["Beta"])
        partner.unlink()
        self.assertFalse(self.phones.search([("e164", "=", "+32475123456")]))

    def test_unreadable_numbers_are_listed(self):
        self.acme.phone = "ask Rina"
        row = self.phones.search([("partner_id", "=", self.acme.id)])
        self.assertEqual((row.number, row.e164, row.suffix), ("ask Rina", False, False))

    def test_two_numbers_in_one_field(self):
        self.acme.phone = "021-5551234 / 0812 3456 7890"
        self.assertEqual((self.names("+62215551234"), self.names("+6281234567890")), (["Acme"], ["Acme"]))

    def test_further_numbers(self):
        self.acme.lifecycle_phone_ids = [Command.create({"number": "0811 222 3333", "label": "Mobile"})]
        self.assertEqual(self.names("+628112223333"), ["Acme"])
        with self.assertRaisesRegex(ValidationError, "area code"):
            self.acme.lifecycle_phone_ids = [Command.create({"number": "reception"})]

    def test_leads(self):
        lead = self.env["crm.lead"].create({"name": "Beans", "contact_name": "Rina", "phone": "+62 811 9999 000"})
        (found,) = self.match("0811 9999 000")
        self.assertEqual((found.lead_id, found.name, found.partner_id), (lead.id, "Rina", None))
        lead.partner_id = self.acme_buyer
        (found,) = self.match("0811 9999 000")
        self.assertEqual((found.partner_id, found.lead_id), (self.acme_buyer.id, None))
        lead.action_archive()
        self.assertEqual(self.match("0811 9999 000"), [])

    def test_a_lead_follows_its_contact(self):
        lead = self.env["crm.lead"].create({"name": "Beans", "partner_id": self.acme.id})
        self.assertEqual(lead.phone, self.acme.phone)
        self.assertEqual(self.names("+6281234567890"), ["Acme"])
        self.acme.phone = "+62 811 7777 666"
        self.assertEqual((self.names("+6281234567890"), self.names("+628117777666")), ([], ["Acme"]))

    def test_merged_leads_keep_one(self):
        leads = self.env["crm.lead"].create(
            [{"name": name, "phone": number} for name, number in (("A", "+628118888001"), ("B", "+628118888002"))]
        )
        kept = leads.merge_opportunity()
        self.assertEqual(self.match(kept.phone)[0].lead_id, kept.id)
        self.assertEqual(len(self.phones.search([("lead_id", "in", leads.ids)])), 1)

    def test_merged_contacts_keep_all_numbers(self):
        twin = self.env["res.partner"].create({"name": "Acme Inc", "phone": "+62 811 5555 444", "country_id": self.indonesia.id})
        same = self.env["res.partner"].create({"name": "ACME", "phone": "0812.3456.7890", "country_id": self.indonesia.id})
        self.env["base.partner.merge.automatic.wizard"]._merge((self.acme | twin | same).ids, self.acme)
        self.assertEqual((self.names("+628115555444"), self.names("+6281234567890")), (["Acme"], ["Acme"]))
        rows = self.phones.search([("partner_id", "=", self.acme.id)])
        self.assertEqual(sorted(rows.mapped("e164")), ["+628115555444", "+6281234567890"])

    def test_an_answer_is_remembered(self):
        twin = self.env["res.partner"].create({"name": "Twin", "phone": "081234567890", "country_id": self.indonesia.id})
        self.assertEqual(self.names("+6281234567890"), ["Acme", "Twin"])
        self.phones._remember("0812 3456 7890", "ID", twin)
        self.assertEqual(self.names("+6281234567890"), ["Twin"])
        twin.country_id = False
        twin.country_id = self.indonesia
        self.phones._remember("0812 3456 7890", "ID", self.acme)
        self.assertEqual(self.names("+6281234567890"), ["Acme"])
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        self.phones._remember("+6281234567890", "ID", stranger)
        self.assertEqual(self.names("+6281234567890"), ["Stranger"])

    def test_a_remembered_answer_survives_a_save(self):
        twin = self.env["res.partner"].create({"name": "Twin", "phone": "081234567890", "country_id": self.indonesia.id})
        self.phones._remember("0812 3456 7890", "ID", twin)
        twin.phone = twin.phone
        self.assertEqual(self.names("+6281234567890"), ["Twin"])

    def test_other_companies_are_not_found(self):
        other = self.other_company()
        self.acme.company_id = other
        self.assertEqual(self.names("+6281234567890"), [])
        self.assertEqual([found.name for found in self.match("+6281234567890", other)], ["Acme"])

    def test_backfill(self):
        self.env.cr.execute("UPDATE res_partner SET phone = '0813 4444 5555' WHERE id = %s", [self.acme.id])
        self.env.invalidate_all()
        self.assertEqual(self.names("+6281344445555"), [])
        batches = []
        self.assertEqual(self.phones._backfill(limit=1, progress=lambda count: batches.append(count) or True), 1)
        self.assertEqual((self.names("+6281344445555"), self.names("+6281234567890"), batches), (["Acme"], [], [1]))
        self.assertEqual(self.phones._backfill(), 0)
        self.acme.phone = "nothing to read"
        self.assertEqual(self.phones._backfill(), 0)

    def test_backfill_forgets_what_another_program_removed(self):
        self.acme.lifecycle_phone_ids = [Command.create({"number": "0811 222 3333"})]
        self.env.flush_all()
        self.env.cr.execute("UPDATE res_partner SET phone = NULL WHERE id = %s", [self.acme.id])
        self.env.invalidate_all()
        self.assertEqual(self.names("+6281234567890"), ["Acme"])
        self.phones._backfill()
        self.assertEqual((self.names("+6281234567890"), self.names("+628112223333")), ([], ["Acme"]))

    def test_the_country_of_the_company_comes_later(self):
        self.company.country_id = False
        partner = self.env["res.partner"].create({"name": "Early", "phone": "0813 4444 5555", "company_id": self.company.id})
        foreign = self.env["res.partner"].create({"name": "Far", "phone": "0813 7777 8888", "country_id": self.env.ref("base.be").id})
        row = self.phones.search([("partner_id", "=", partner.id)])
        self.assertEqual((row.e164, row.suffix), (False, "344445555"))
        self.company.country_id = self.indonesia
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", self.env.ref("crm_lifecycle.ir_cron_phones").id)]))
        self.phones.with_company(self.company)._backfill()
        (found,) = self.match("+6281344445555")
        self.assertEqual((found.partner_id, found.known), (partner.id, True))
        self.assertFalse(self.phones.search([("partner_id", "=", foreign.id)]).e164)

    def test_a_killed_backfill_goes_on(self):
        partners = self.env["res.partner"].create([{"name": f"P{number}"} for number in range(5)])
        self.env.flush_all()
        self.env.cr.execute("UPDATE res_partner SET phone = '+62813666' || (id %% 10000 + 10000) WHERE id = ANY(%s)", [partners.ids])
        self.env.invalidate_all()
        self.assertEqual(self.phones._backfill(limit=2, progress=lambda count: False), 2)
        self.assertEqual(self.phones._backfill(limit=2), 3)

    def test_costs(self):
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.match("+6281234567890")
        partners = self.env["res.partner"].create([{"name": f"P{number}"} for number in range(20)])
        self.env.flush_all()
        self.env.invalidate_all()
        statements = []
        execute = type(self.env.cr).execute

        def count(cursor, query, *args, **kwargs):
            statements.append(str(getattr(query, "code", query)))
            return execute(cursor, query, *args, **kwargs)

        self.patch(type(self.env.cr), "execute", count)

        def written(work):
            statements.clear()
            work()
            self.env.flush_all()
            return len([text for text in statements if "INTO crm_lifecycle_phone" in text])

        def one_by_one(numbers):
            for partner, number in zip(partners, numbers, strict=True):
                partner.phone = number

        self.assertEqual(written(lambda: partners.write({"phone": "+62 813 0000 1111"})), 1)
        self.assertEqual(written(lambda: partners.write({"phone": "+62 813 0000 1111"})), 0)
        self.assertEqual(written(lambda: partners.write({"comment": "no number"})), 0)
        numbers = [f"+62 813 0000 {number:04d}" for number in range(2000, 2020)]
        self.assertEqual(written(lambda: one_by_one(numbers)), 1)
        self.assertEqual([self.names(number) for number in numbers], [[partner.name] for partner in partners])
        self.assertEqual(written(lambda: self.env["res.partner"].create([{"name": "N", "phone": number} for number in numbers])), 1)

    def test_reading_the_numbers_writes_what_waits(self):
        self.acme.phone = "0813 4444 5555"
        self.assertEqual(self.phones.search([("partner_id", "=", self.acme.id)]).e164, "+6281344445555")
        lead = self.env["crm.lead"].create({"name": "Beans", "partner_id": self.acme.id})
        self.acme.phone = "0813 6666 7777"
        self.assertEqual(self.phones.search([("lead_id", "=", lead.id)]).e164, "+6281366667777")
        row = self.phones.search([("partner_id", "=", self.acme.id)])
        row.preferred = True
        self.acme.write({"phone": "0813 6666 7777", "country_id": self.indonesia.id})
        self.env.flush_all()
        self.assertTrue(row.preferred)

    def test_no_sequential_scan(self):
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        query = self.phones._match_query(read("+6281234567890"), self.company.id)
        plan = "\n".join(row[0] for row in self.env.execute_query(SQL("EXPLAIN %s", query)))
        self.assertNotIn("Seq Scan on crm_lifecycle_phone", plan)
        self.assertIn("crm_lifecycle_phone_e164_idx", plan)
        self.assertIn("crm_lifecycle_phone_suffix_idx", plan)

    def test_rights(self):
        portal = new_test_user(self.env, "cc_portal", "base.group_portal")
        employee = new_test_user(self.env, "cc_employee", "base.group_user", company_id=self.company.id)
        with self.assertRaises(AccessError):
            self.phones.with_user(portal).search([])
        with self.assertRaises(AccessError):
            self.phones.with_user(employee).create({"partner_id": self.acme.id, "number": "+628111"})
        other = self.other_company()
        stranger = new_test_user(
            self.env, "cc_stranger", "crm_lifecycle.crm_lifecycle_group_user", company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        self.acme.company_id = self.company
        self.assertFalse(self.phones.with_user(stranger).search([("partner_id", "=", self.acme.id)]))
