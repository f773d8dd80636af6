"""Every word a user can see is there in Indonesian."""

from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import TranslationModuleReader

from tools.ground import ADDONS

# Words that are the same in both languages, or names.
SAME = {"E-mail", "Email", "Portal", "Status", "Total", "Normal", "Data", "Server", "Menu", "SLA", "ID", "Program"}


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    def test_everything_is_translated(self):
        for addon in ADDONS:
            reader = TranslationModuleReader(self.env.cr, modules=[addon], lang="id_ID")
            missing = sorted({source for _module, _kind, _name, _id, source, value, _comments in reader if source and not value} - SAME)
            with self.subTest(addon):
                self.assertFalse(missing, f"{addon}: {len(missing)} words without Indonesian")
