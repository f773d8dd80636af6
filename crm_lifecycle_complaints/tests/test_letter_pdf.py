from io import BytesIO
from unittest import skipIf

from odoo.addons.base.models.ir_actions_report import _wkhtml
from odoo.tests import HttpCase, tagged
from odoo.tools.pdf import PdfFileReader

from .redress_case import RedressCase


@tagged("post_install", "-at_install")
@skipIf(_wkhtml().state not in ("ok", "workers"), "there is no wkhtmltopdf on this machine")
class TestLetterPdf(RedressCase, HttpCase):
    """The letter as the PDF that wkhtmltopdf makes of it; what it says is tested on its HTML, since Debian's wkhtmltopdf draws the words."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param("report.url", cls.base_url())

    def check(self, content):
        self.assertTrue(content.startswith(b"%PDF"))
        [page] = PdfFileReader(BytesIO(content)).pages
        self.assertAlmostEqual(float(page.mediabox.height) / float(page.mediabox.width), 297 / 210, delta=0.01)
        self.assertGreater(len(page.get_contents().get_data()), 10_000, "the page is not blank")

    def test_it_is_attached_as_a_pdf(self):
        complaint = self.complain(
            name="Retak – “toples” 100 %", decision="redress", decision_reason="<p>Kemasannya <b>kurang</b> rapat.</p>"
        )
        self.draft(complaint, self.invoice(), 2).action_request()
        complaint.with_context(force_report_rendering=True).stage_id = self.closed
        [decision] = self.acknowledgements(complaint)
        [letter] = self.outgoing(decision).attachment_ids
        self.assertEqual((letter.mimetype, letter.name), ("application/pdf", f"Keputusan {complaint.number.replace('/', '-')}.pdf"))
        self.check(letter.raw)

    def test_it_is_printed_from_the_form(self):
        complaint = self.complain(decision="reject", decision_reason="<p>Used against the instructions.</p>")
        action = complaint.with_user(self.agent).action_print_letter()
        report = self.env["ir.actions.report"].with_user(self.agent).with_context(force_report_rendering=True)
        content, kind = report._render_qweb_pdf(action["report_name"], complaint.ids)
        self.assertEqual(kind, "pdf")
        self.check(content)
