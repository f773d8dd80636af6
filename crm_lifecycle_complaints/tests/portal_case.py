import re

from odoo.tests import HttpCase

from .common import ComplaintCase

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '"><iframe src="javascript:alert(1)">',
    "</textarea><script>alert(1)</script>",
    "</title><body onload=alert(1)>",
    "{{7*7}}<t t-out='request'/>",
    "<a href=\"javascript:alert(1)\" onmouseover='alert(1)'>x</a>",
    "<math><mtext></p><img src onerror=alert(1)>",
]
ACTIONS = ("read", "message", "upload", "accept", "reopen", "rate", "attachment")


class PortalCase(ComplaintCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.siti.lang = "en_US"
        cls.team.ask_satisfaction = True
        family = cls.make_user("portal", "base.group_portal")
        family.partner_id.write({"parent_id": cls.customer.id, "name": "Budi Family"})
        cls.family = family
        cls.portal_stranger = cls.make_user("portal_stranger", "base.group_portal")
        cls.follower = cls.make_user("follower", "base.group_portal")
        cls.clerk = cls.make_user("clerk", "base.group_user")
        cls.other_company = cls.env["res.company"].create({"name": "Other"})
        cls.outsider = cls.make_user("outsider", "crm_lifecycle_complaints_group_manager", cls.other_company)
        cls.complaint = cls.make_complaint()

    @classmethod
    def make_complaint(cls):
        complaint = cls.env["crm.complaint"].create(
            {
                "name": "Cracked jar",
                "narrative": "It arrived cracked.",
                "partner_id": cls.siti.id,
                "team_id": cls.team.id,
                "user_id": cls.agent.id,
                "severity": "grave",
                "decision": "accept",
                "decision_reason": "<p>SECRET REASON</p>",
            }
        )
        complaint.message_subscribe(cls.follower.partner_id.ids)
        complaint.with_user(cls.agent).message_post(
            body="Shown to the customer", message_type="comment", subtype_xmlid="mail.mt_comment", attachments=[("shown.txt", b"shown")]
        )
        complaint.with_user(cls.agent).message_post(
            body="SECRET NOTE", message_type="comment", subtype_xmlid="mail.mt_note", attachments=[("secret.txt", b"SECRET FILE")]
        )
        return complaint

    def file(self, name):
        return self.env["ir.attachment"].search(
            [("res_model", "=", "crm.complaint"), ("res_id", "=", self.complaint.id), ("name", "=", name)]
        )

    def close(self):
        self.complaint.write({"decision": "accept", "decision_reason": "<p>Because.</p>", "stage_id": self.closed.id})
        self.env.flush_all()

    def login(self, user):
        self.authenticate(user and user.login, user and user.login)

    def csrf(self):
        page = self.url_open("/web/login?db=" + self.env.cr.dbname if not self.session.uid else "/my").text
        found = re.search(r'csrf_token:\s*"([^"]+)"', page) or re.search(r'name="csrf_token" value="([^"]+)"', page)
        return found[1]

    def post(self, path, csrf=True, files=None, **values):
        if csrf:
            values["csrf_token"] = self.csrf()
        return self.url_open(path, data=values, files=files, allow_redirects=False, method="POST")

    def act(self, action, token=None):
        base = f"/my/complaints/{self.complaint.id}"
        query = f"?access_token={token}" if token else ""
        given = {"access_token": token} if token else {}
        if action == "read":
            return self.url_open(base + query, allow_redirects=False)
        if action == "attachment":
            return self.url_open(f"{base}/attachments/{self.file('shown.txt').id}{query}", allow_redirects=False)
        if action == "message":
            return self.post(f"{base}/message", text="Written on the portal", **given)
        if action == "upload":
            return self.post(f"{base}/message", files=[("files", ("photo.txt", b"a photo", "text/plain"))], **given)
        if action == "rate":
            return self.post(f"{base}/rate", rate="5", **given)
        return self.post(f"{base}/{action}", text="I do not agree.", **given)
