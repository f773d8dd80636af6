import random
import re
from pathlib import Path

from hypothesis import settings
from odoo.tests import tagged

from .common import ComplaintCase
from .mail_accidents import damaged, damaged_body
from .mail_corpus import BROKEN, MACHINES, PEOPLE


@tagged("post_install", "-at_install")
class TestMailCorpus(ComplaintCase):
    """No mail is lost and none raises, whatever state it is in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.stranger_limit = 0
        cls.quarantine = cls.env["crm.complaint.quarantine"].with_context(active_test=False)

    def test_it_is_large_enough(self):
        self.assertGreaterEqual(len(PEOPLE) + len(MACHINES) + len(BROKEN), 60)

    def test_each_mail_of_a_person_opens_one_complaint(self):
        for name, raw in PEOPLE.items():
            with self.subTest(mail=name), self.env.cr.savepoint():
                complaint = self.receive(raw)
                self.assertEqual(len(complaint), 1, name)
                self.assertEqual(complaint.team_id, self.team)
                self.assertTrue(complaint.name)
                [message] = complaint.message_ids.filtered(lambda message: message.message_type == "email")
                self.assertTrue(complaint.narrative or message.attachment_ids, f"what was written is kept: {name}")
                self.assertFalse(self.receive(raw), "the same mail again is known")

    def test_no_mail_of_a_machine_opens_one(self):
        for name, raw in MACHINES.items():
            with self.subTest(mail=name), self.env.cr.savepoint():
                sent, held = self.env["mail.mail"].search([]), self.quarantine.search([])
                self.assertFalse(self.receive(raw))
                found = self.quarantine.search([]) - held
                self.assertEqual(len(found), 1, name)
                self.assertTrue(found.cause)
                self.assertEqual(self.env["mail.mail"].search([]), sent, "nobody is answered")
                self.assertFalse(self.receive(raw))
                self.assertEqual(self.quarantine.search([]) - held, found, "the same mail again is known")

    def test_broken_mail_is_kept_somewhere(self):
        for name, raw in BROKEN.items():
            with self.subTest(mail=name), self.env.cr.savepoint():
                held = self.quarantine.search([])
                opened = self.process("crm.complaint", raw)
                self.assertEqual(len(opened) + len(self.quarantine.search([]) - held), 1, name)

    def test_some_of_it_by_the_fallback_of_a_mail_server(self):
        """A mail server may name the model instead of an address: nothing in the mail need say that it is for complaints."""
        for name, raw in list({**PEOPLE, **MACHINES}.items())[::4]:
            elsewhere = raw.replace(b"keluhan@sejahtera.test", b"info@elsewhere.test").replace(b"@people.test>", b"@fallback.test>")
            with self.subTest(mail=name), self.env.cr.savepoint():
                held = self.quarantine.search([])
                opened = self.process("crm.complaint", elsewhere)
                self.assertEqual(len(opened), name in PEOPLE, name)
                self.assertEqual(len(self.quarantine.search([]) - held), name in MACHINES)

    def test_mails_that_python_tests_its_own_parser_with(self):
        """Mails made to break parsers, by others than us: each is kept somewhere, and nothing raises."""
        try:
            from test import test_email
        except ImportError:
            # Some distributions pack them apart; the corpus of the project runs everywhere.
            self.skipTest("this Python comes without its tests")
        files = sorted((Path(test_email.__file__).parent / "data").glob("msg_*.txt"))
        self.assertGreater(len(files), 30)
        for file in files:
            # Several of them have the same id: they would be the same mail.
            raw = re.sub(rb"(?im)^message-id:.*$", b"Message-ID: <%s@python.test>" % file.name.encode(), file.read_bytes(), count=1)
            with self.subTest(mail=file.name):
                self.assertEqual(sum(self.outcome(raw)), 1, file.name)

    def test_mails_damaged_on_the_way(self):
        """Bytes flipped, lines lost, headers repeated, parts cut off: kept somewhere, and nothing raises. 1,000 under the profile "full"."""
        chance = random.Random(20)
        mails = [*PEOPLE.values(), *MACHINES.values(), *BROKEN.values()]
        lost = 0
        for _turn in range(settings().max_examples):
            raw = damaged(chance.choice(mails), chance)
            opened, held = self.outcome(raw)
            with self.subTest(mail=raw[:2000]):
                lost += opened + held != 1
                self.assertEqual(opened + held, 1)
        self.assertFalse(lost, "mails that were lost, or came twice")

    def test_a_persons_mail_whose_body_is_damaged_opens_a_complaint(self):
        """Where the headers came through, nothing in the body sends a person's mail into quarantine."""
        chance = random.Random(21)
        # An answer to an invitation is told by a part of the body.
        mails = [raw for raw in PEOPLE.values() if b"\n\n" in raw and b"text/calendar" not in raw]
        for _turn in range(settings().max_examples // 4):
            raw = damaged_body(chance.choice(mails), chance)
            with self.subTest(mail=raw[:2000]):
                self.assertEqual(self.outcome(raw), (1, 0))

    def outcome(self, raw):
        """(complaints opened, mails held in quarantine); undone afterwards."""
        with self.env.cr.savepoint() as savepoint:
            held = self.quarantine.search_count([])
            opened = len(self.process("crm.complaint", raw))
            result = opened, self.quarantine.search_count([]) - held
            savepoint.close(rollback=True)
        self.env.invalidate_all()
        return result

    def process(self, model, raw):
        everything = self.env["crm.complaint"].with_context(active_test=False)
        before = everything.search([])
        self.env["mail.thread"].message_process(model, raw)
        return everything.search([]) - before
