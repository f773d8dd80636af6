import re

from odoo.tests import tagged

from .portal_case import PortalCase


@tagged("post_install", "-at_install")
class TestPortalRelationship(PortalCase):
    def opened(self, login):
        self.authenticate(login, login)
        text = self.url_open("/my/relationship").text
        return re.search(r"Open complaints and requests.*?>\s*(\d+)\s*<", text, re.DOTALL).group(1)

    def test_open_complaints_of_the_own_family(self):
        self.assertEqual(self.opened("complaint_portal"), "1")
        self.assertEqual(self.opened("complaint_portal_stranger"), "0")
        self.close()
        self.assertEqual(self.opened("complaint_portal"), "0")
