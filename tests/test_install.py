"""The addons come and go without a trace and without a warning, together and each alone."""

from odoo.tests import tagged

from .common import ADDONS, OwnDatabase

LEFT = """
SELECT relname FROM pg_class WHERE relkind IN ('r', 'v') AND (relname LIKE 'crm_lifecycle%' OR relname LIKE 'crm_complaint%' OR relname LIKE 'crm_loyalty%' OR relname LIKE 'crm_voice%')
UNION ALL
SELECT model FROM ir_model WHERE model LIKE 'crm.lifecycle%' OR model LIKE 'crm.complaint%' OR model LIKE 'crm.loyalty%' OR model LIKE 'crm.voice%'
UNION ALL
SELECT module || '.' || name FROM ir_model_data WHERE module LIKE 'crm_lifecycle%'
"""
AT_ONCE = """
SELECT DISTINCT data.name FROM ir_cron_trigger due JOIN ir_model_data data ON data.model = 'ir.cron' AND data.res_id = due.cron_id
 WHERE data.module = 'crm_lifecycle' AND data.name IN ('ir_cron_affinity', 'ir_cron_fit') ORDER BY 1
"""


@tagged("post_install", "-at_install")
class TestInstall(OwnDatabase):
    def uninstall(self, database, addons):
        names = ", ".join(repr(addon) for addon in addons)
        self.shell(database, f"env['ir.module.module'].search([('name', 'in', [{names}])]).button_immediate_uninstall()\nenv.cr.commit()\n")

    def test_all_together_and_away_again(self):
        database = self.database(self.workshop.product())
        self.workshop.run_odoo(database, ["-u", ",".join(ADDONS), "--stop-after-init"], "updating the addons")
        self.uninstall(database, ["crm_lifecycle"])
        self.assertEqual(self.workshop.server.query(LEFT, database), [])
        self.workshop.install(database, ADDONS, "installing again")
        self.assertIn("crm_lifecycle_customer", self.workshop.server.query(LEFT, database))
        self.assertEqual(self.workshop.server.query(AT_ONCE, database), ["ir_cron_affinity", "ir_cron_fit"])

    def test_each_alone(self):
        for addon in ADDONS:
            with self.subTest(addon):
                database = self.database(self.workshop.base())
                self.workshop.install(database, [addon], f"installing {addon} alone")
                self.uninstall(database, [addon])
                left = self.workshop.server.query(LEFT, database)
                if addon == "crm_lifecycle":
                    self.assertEqual(left, [])
                else:
                    prefix = addon.replace("crm_lifecycle_", "crm_").rstrip("s")
                    self.assertFalse([name for name in left if name.startswith((prefix, f"{addon}."))])
