from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestX(TransactionCase):
    def test_x(self):
        self.env["crm.lifecycle.customer"]._rebuild_all()
