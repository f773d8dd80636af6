from odoo.tests import HttpCase, new_test_user, tagged

from .common import LoyaltyCommon


@tagged("post_install", "-at_install")
class TestPortalRelationship(HttpCase, LoyaltyCommon):
    def test_points_of_the_own_family_only(self):
        mine = new_test_user(self.env, "loyalty_mine", groups="base.group_portal")
        mine.partner_id.parent_id = self.customer
        own = self._card(mine.partner_id, points=120)
        family = self._card(self.customer, points=35)
        theirs = new_test_user(self.env, "loyalty_theirs", groups="base.group_portal")
        self.authenticate("loyalty_mine", "loyalty_mine")
        page = self.url_open("/my/relationship").text
        for word in ("Stars", "120 stars", "35 stars", f"/my/loyalty_card/{own.id}/history"):
            self.assertIn(word, page)
        self.assertNotIn(f"/my/loyalty_card/{family.id}/history", page, "a statement is for whose card it is")
        self.authenticate("loyalty_theirs", "loyalty_theirs")
        page = self.url_open("/my/relationship").text
        self.assertNotIn("stars", page)
        self.assertFalse(theirs.partner_id.commercial_partner_id == self.customer)
