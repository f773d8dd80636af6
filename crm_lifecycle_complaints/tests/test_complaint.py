from odoo.tests import tagged
from odoo.tests.common import TransactionCase


@tagged("post_install", "-at_install")
class TestComplaint(TransactionCase):
    def test_x(self):
        c = self.env["crm.complaint"].create({"name": "x"})
        self.assertTrue(c.number)
