from itertools import count

from odoo.tests import new_test_user
from odoo.tests.common import TransactionCase

NUMBERS = count(1)


class ComplaintCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "lang": "en_US", "tracking_disable": False})
        cls.env["res.lang"]._activate_lang("id_ID")
        cls.company = cls.env["res.company"].create({"name": "Toko Sejahtera", "email": "halo@sejahtera.test"})
        cls.domain = cls.env["mail.alias.domain"].create({"name": "sejahtera.test", "company_ids": [(4, cls.company.id)]})
        cls.company.partner_id.lang = "en_US"
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.agent = cls.make_user("agent", "crm_lifecycle_complaints_group_user")
        cls.stranger = cls.make_user("stranger", "crm_lifecycle_complaints_group_user")
        cls.manager = cls.make_user("manager", "crm_lifecycle_complaints_group_manager")
        cls.team = cls.env["crm.complaint.team"].create(
            {
                "name": "Care",
                "company_id": cls.company.id,
                "alias_name": "keluhan",
                "member_ids": [(4, cls.agent.id)],
                "ask_satisfaction": False,
            }
        )
        cls.customer = cls.env["res.partner"].create({"name": "PT Maju", "is_company": True, "email": "info@maju.test"})
        cls.siti = cls.env["res.partner"].create(
            {"name": "Siti Rahmawati", "parent_id": cls.customer.id, "email": "siti@maju.test", "lang": "id_ID"}
        )
        cls.closed = cls.env.ref("crm_lifecycle_complaints.crm_complaint_stage_closed")
        cls.new = cls.env.ref("crm_lifecycle_complaints.crm_complaint_stage_new")

    @classmethod
    def make_user(cls, login, group, company=None):
        company = company or cls.company
        return new_test_user(
            cls.env,
            f"complaint_{login}",
            groups=f"crm_lifecycle_complaints.{group}" if "." not in group else group,
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
            email=f"{login}@sejahtera.test",
        )

    @staticmethod
    def mail(
        body="The jar was cracked.",
        sender="Siti Rahmawati <siti@maju.test>",
        to="keluhan@sejahtera.test",
        subject="Cracked jar",
        message_id=None,
        headers="",
        content="Content-Type: text/plain; charset=utf-8",
    ):
        """The text of a mail; ``None`` leaves a header out."""
        message_id = message_id if message_id is not None else f"<{next(NUMBERS)}.complaint@mail.test>"
        lines = [
            f"From: {sender}" if sender is not None else "",
            f"To: {to}",
            f"Subject: {subject}" if subject is not None else "",
            f"Message-ID: {message_id}" if message_id else "",
            "Date: Fri, 20 Nov 2026 09:00:00 +0700",
            "MIME-Version: 1.0",
            headers.strip("\n"),
            content,
        ]
        return "\n".join(line for line in lines if line) + "\n\n" + body

    def receive(self, raw=None, **values):
        """Hand a mail to the gateway and return the complaints it opened."""
        everything = self.env["crm.complaint"].with_context(active_test=False)
        before = everything.search([])
        self.env["mail.thread"].message_process(None, raw if raw is not None else self.mail(**values))
        self.env.flush_all()
        return everything.search([]) - before

    def acknowledgements(self, complaint):
        return complaint.message_ids.filtered(lambda message: message.message_type == "auto_comment")

    def outgoing(self, message):
        return self.env["mail.mail"].search([("mail_message_id", "=", message.id)])

    def decide_and_close(self, complaint, decision="accept", reason="<p>Packed without padding.</p>"):
        dialog = (
            self.env["crm.complaint.close"]
            .with_context(default_complaint_id=complaint.id)
            .create({"decision": decision, "decision_reason": reason})
        )
        return dialog.action_close()
