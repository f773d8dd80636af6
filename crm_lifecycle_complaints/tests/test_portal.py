from html import escape

from odoo.tests import tagged
from odoo.tools import mute_logger

from .portal_case import ACTIONS, PAYLOADS, PortalCase


@tagged("post_install", "-at_install")
class TestPortalRights(PortalCase):
    def state(self):
        complaint = self.complaint
        complaint.invalidate_recordset()
        ratings = complaint.rating_ids.filtered("consumed").mapped("rating")
        return complaint.is_closed, bool(complaint.accepted_at), ratings, len(complaint.message_ids)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.models")
    def test_every_route_for_everybody(self):
        self.close()
        token = self.complaint._portal_ensure_token()
        self.env.flush_all()
        readers = {
            "public": (None, None),
            "public with a wrong token": (None, "00000000-0000-0000-0000-000000000000"),
            "portal of another customer": (self.portal_stranger, None),
            "follower of another customer": (self.follower, None),
            "clerk": (self.clerk, None),
            "agent of another team": (self.stranger, None),
            "agent of another company": (self.outsider, None),
        }
        for name, (user, given) in readers.items():
            self.login(user)
            before = self.state()
            for action in ACTIONS:
                with self.subTest(reader=name, action=action):
                    self.assertEqual(self.act(action, given).status_code, 404, f"{name}: {action}")
            self.assertEqual(self.state(), before, name)
        for name, user, given in (("public with the link", None, token), ("the same customer", self.family, None)):
            self.login(user)
            for action in ACTIONS:
                with self.subTest(reader=name, action=action), self.env.cr.savepoint() as savepoint:
                    expected = 200 if action in ("read", "attachment") else 303
                    self.assertEqual(self.act(action, given).status_code, expected, f"{name}: {action}")
                    savepoint.close(rollback=True)
                self.env.invalidate_all()
        self.login(self.agent)
        for action, expected in zip(ACTIONS, (200, 303, 303, 400, 400, 400, 200), strict=True):
            with self.subTest(reader="agent", action=action):
                self.assertEqual(self.act(action).status_code, expected, f"agent: {action}")
        self.assertTrue(self.complaint.is_closed, "an agent does not answer in the customer's place")

    @mute_logger("odoo.http")
    def test_changes_need_post_and_csrf(self):
        self.close()
        self.login(self.family)
        base = f"/my/complaints/{self.complaint.id}"
        before = self.state()
        for action in ("message", "accept", "reopen", "rate"):
            self.assertEqual(self.url_open(f"{base}/{action}?text=x&rate=5").status_code, 405)
            self.assertEqual(self.post(f"{base}/{action}", csrf=False, text="x", rate="5").status_code, 400)
        self.assertEqual(self.state(), before)

    @mute_logger("odoo.http")
    def test_ids_that_are_none(self):
        self.login(self.family)
        for key in ("abc", "-1", "1.5", "0x1", "99999999999999999999", "2147483648", "1;drop", "0"):
            for path in (f"/my/complaints/{key}", f"/my/complaints/{self.complaint.id}/attachments/{key}"):
                status = self.url_open(path, allow_redirects=False).status_code
                self.assertTrue(400 <= status < 500, f"{path}: {status}")

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_nothing_internal_is_shown(self):
        self.login(self.family)
        pages = [self.act("read").text, self.url_open("/my/complaints").text]
        messages = {"thread_model": "crm.complaint", "thread_id": self.complaint.id}
        pages.append(self.make_jsonrpc_request("/mail/thread/messages", {**messages, "fetch_params": {}}).__repr__())
        for page in pages:
            self.assertNotIn("SECRET", page)
        self.assertIn("Shown to the customer", pages[0])
        self.assertNotIn("grave", pages[0].lower())
        self.assertNotIn(self.agent.email, pages[0])
        secret, shown = self.file("secret.txt"), self.file("shown.txt")
        for path in (f"/web/content/{secret.id}", f"/my/complaints/{self.complaint.id}/attachments/{secret.id}"):
            response = self.url_open(path, allow_redirects=False)
            self.assertNotIn("SECRET", response.text)
            self.assertNotEqual(response.status_code, 200, path)
        self.assertEqual(self.url_open(f"/my/complaints/{self.complaint.id}/attachments/{shown.id}").text, "shown")

    def test_portal_home_and_list(self):
        self.login(self.family)
        self.assertIn("/my/complaints", self.url_open("/my").text)
        page = self.url_open("/my/complaints").text
        self.assertIn(self.complaint.number, page)
        self.assertIn("We have received it", page)
        self.login(self.portal_stranger)
        self.assertNotIn(self.complaint.number, self.url_open("/my/complaints").text)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.models")
    def test_lists_and_links_for_everybody(self):
        """What is not one's own appears in no list, and links that Odoo puts into mails lead nowhere."""
        readers = {
            "public": None,
            "portal of another customer": self.portal_stranger,
            "follower of another customer": self.follower,
            "clerk": self.clerk,
            "agent of another team": self.stranger,
            "agent of another company": self.outsider,
            "agent": self.agent,
        }
        paths = (
            "/my",
            "/my/complaints",
            "/my/complaints/page/1",
            "/complaints/thanks",
            f"/mail/view?model=crm.complaint&res_id={self.complaint.id}",
            f"/web/content?model=crm.complaint&id={self.complaint.id}&field=narrative",
            f"/web/image/crm.complaint/{self.complaint.id}/name",
        )
        for name, user in readers.items():
            self.login(user)
            for path in paths:
                with self.subTest(reader=name, path=path):
                    page = self.url_open(path).text
                    if name != "agent" or path.startswith("/my"):
                        for words in (self.complaint.number, "Cracked jar", "SECRET"):
                            self.assertNotIn(words, page)
        self.login(self.family)
        self.assertIn(self.complaint.number, self.url_open(f"/mail/view?model=crm.complaint&res_id={self.complaint.id}").text)

    def test_list_costs_the_same_for_many(self):
        complaints = self.env["crm.complaint"]
        complaints.create([{"name": f"No. {number}", "partner_id": self.siti.id, "team_id": self.team.id} for number in range(25)])
        self.login(self.family)
        self.url_open("/my/complaints")
        with self.assertQueryCount(40):
            self.assertIn("No. 24", self.url_open("/my/complaints").text)


@tagged("post_install", "-at_install")
class TestPortalUse(PortalCase):
    def setUp(self):
        super().setUp()
        self.login(self.family)

    def test_payloads_are_text(self):
        for payload in PAYLOADS:
            with self.subTest(payload=payload):
                self.complaint.write({"name": payload, "narrative": payload})
                self.assertEqual(self.post(f"/my/complaints/{self.complaint.id}/message", text=payload).status_code, 303)
                page = self.act("read").text
                self.assertNotIn(payload, page)
                self.assertIn(escape(payload, quote=False), page.replace("&#34;", '"').replace("&#39;", "'"))
                error = self.post(f"/my/complaints/{self.complaint.id}/reopen", text=payload)
                self.assertEqual(error.status_code, 400)
                self.assertNotIn(payload, error.text)

    def test_files_are_downloads(self):
        hostile = {
            "x.svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "image/svg+xml"),
            "x.html": (b"<html><script>alert(1)</script></html>", "text/html"),
            "x.xhtml": (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', "application/xhtml+xml"),
            "x.pdf": (b"%PDF-1.4 fake", "application/pdf"),
        }
        self.post(
            f"/my/complaints/{self.complaint.id}/message", text="Files", files=[("files", (name, *each)) for name, each in hostile.items()]
        )
        self.assertEqual(len(self.complaint.message_ids[0].attachment_ids), 4)
        for name in hostile:
            attachment = self.file(name)
            response = self.url_open(f"/my/complaints/{self.complaint.id}/attachments/{attachment.id}")
            self.assertTrue(response.headers["Content-Disposition"].startswith("attachment"), name)
            self.assertEqual(response.headers["X-Content-Type-Options"], "nosniff")
            self.assertNotIn(attachment.mimetype, ("image/svg+xml", "text/html", "application/xhtml+xml"), name)

    @mute_logger("odoo.http")
    def test_limits(self):
        path = f"/my/complaints/{self.complaint.id}/message"
        before = len(self.complaint.message_ids)
        eleven = self.post(path, text="Keep me", files=[("files", (f"{n}.txt", b"x", "text/plain")) for n in range(11)])
        self.assertEqual(eleven.status_code, 400)
        self.assertIn("at most 10 files", eleven.text)
        self.assertIn("Keep me", eleven.text, "what was written is not lost")
        large = self.post(path, text="x", files=[("files", ("large.bin", b"\0" * (10 * 1024 * 1024 + 1), "application/octet-stream"))])
        self.assertEqual(large.status_code, 400)
        self.assertIn("larger than 10 MB", large.text)
        self.assertEqual(self.post(path, text="x" * 20_001).status_code, 400)
        self.assertEqual(self.post(path, text="  ").status_code, 400)
        self.assertEqual(
            self.post(path, files=[("files", ("huge.bin", b"\0" * (33 * 1024 * 1024), "application/octet-stream"))]).status_code, 413
        )
        self.assertEqual(len(self.complaint.message_ids), before)

    def test_answers_like_a_mail(self):
        self.post(
            f"/my/complaints/{self.complaint.id}/message", text="Here is the photo\x00.", files=[("files", ("jar.png", b"x", "image/png"))]
        )
        message = self.complaint.message_ids[0]
        self.assertEqual(message.author_id, self.family.partner_id)
        self.assertIn("Here is the photo.", str(message.body))
        self.assertEqual(message.attachment_ids.mapped("name"), ["jar.png"])
        self.close()
        self.post(f"/my/complaints/{self.complaint.id}/message", text="Thank you very much!")
        self.complaint.invalidate_recordset()
        self.assertTrue(self.complaint.is_closed, "a bare thank-you opens nothing")
        self.post(f"/my/complaints/{self.complaint.id}/message", text="It is still broken.")
        self.complaint.invalidate_recordset()
        self.assertFalse(self.complaint.is_closed)

    def test_accept_and_reopen(self):
        self.close()
        self.assertEqual(self.act("accept").status_code, 303)
        self.complaint.invalidate_recordset()
        first = self.complaint.accepted_at
        self.assertTrue(first)
        self.assertIn("You have accepted the solution", self.act("read").text)
        self.assertEqual(self.act("reopen").status_code, 303)
        self.complaint.invalidate_recordset()
        self.assertFalse(self.complaint.is_closed)
        self.assertFalse(self.complaint.accepted_at)
        self.assertEqual(self.act("reopen").status_code, 400, "open already")

    def test_too_late_to_reopen(self):
        self.close()
        self.team.reopen_days = 0
        self.complaint.closed_at = "2020-01-01"
        response = self.act("reopen")
        self.assertEqual(response.status_code, 400)
        self.assertIn("closed too long ago", response.text)

    def test_rating_is_given_once(self):
        self.close()
        token = self.complaint._get_rating_token()
        for rate in (5, 3, 1):
            self.assertIn("only what you send is recorded", self.url_open(f"/rate/{token}/{rate}").text)
            self.assertEqual(self.url_open(f"/rate/{token}/submit_feedback?rate={rate}").status_code, 200)
        self.assertFalse(self.complaint.rating_ids.filtered("consumed"), "a link scanner's GET is no rating")
        self.assertEqual(self.act("rate").status_code, 303)
        rating = self.complaint.rating_ids
        self.env.invalidate_all()
        self.assertEqual((rating.rating, rating.consumed), (5, True))
        page = self.url_open(f"/rate/{token}/1").text
        self.assertIn("You have answered already", page)
        self.assertNotIn("submit_feedback", page)
        self.assertTrue(self.complaint.is_closed, "a rating opens nothing")
        again = self.post(f"/rate/{token}/submit_feedback", rate="1", feedback="changed")
        self.assertEqual(again.status_code, 200)
        self.assertEqual(self.act("rate").status_code, 400)
        self.env.invalidate_all()
        self.assertEqual((rating.rating, rating.feedback or ""), (5, ""))

    def test_rating_is_asked_once_for_each_closing(self):
        def asked():
            return len(self.complaint.message_ids.filtered(lambda message: "How did we handle it" in (message.subject or "")))

        self.close()
        self.assertEqual(asked(), 1)
        self.complaint.stage_id = self.closed
        self.complaint.name = "Renamed"
        self.assertEqual(asked(), 1)
        self.act("rate")
        self.complaint.action_reopen()
        self.close()
        self.assertEqual(asked(), 2)
        self.env.invalidate_all()
        self.assertEqual(len(self.complaint.rating_ids), 2)
        self.assertEqual(len(self.complaint.rating_ids.filtered("consumed")), 1)

    def test_nobody_is_asked_for_a_rating_without_an_address(self):
        self.complaint.write({"partner_id": False, "email_from": False})
        self.close()
        self.assertTrue(self.complaint.is_closed)
        self.assertFalse(self.complaint.rating_ids)

    @mute_logger("odoo.http")
    def test_posts_are_limited(self):
        from ..controllers import portal

        self.patch(portal, "POSTS_PER_HOUR", 2)
        statuses = [self.act("message").status_code for _turn in range(4)]
        self.assertEqual(statuses, [303, 303, 400, 400])
