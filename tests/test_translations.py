"""Every word a user can see is there in Indonesian."""

from pathlib import Path

import polib
from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import TranslationModuleReader

from tools.ground import ADDONS, ROOT


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    def test_everything_is_translated(self):
        for addon in ADDONS:
            reader = TranslationModuleReader(self.env.cr, modules=[addon])
            terms = {row[4] for row in reader if row[4]}
            path = Path(ROOT, addon, "i18n", "id.po")
            done = {entry.msgid for entry in polib.pofile(path) if entry.msgstr and not entry.fuzzy} if path.exists() else set()
            missing = sorted(terms - done)
            with self.subTest(addon):
                self.assertFalse(missing, f"{addon}: {len(missing)} terms without Indonesian; './workbench translate' lists them")
