from odoo.fields import Domain

from .common import LifecycleCase


class TestContact(LifecycleCase):
    def reached(self, channel):
        partners = self.env["res.partner"]
        return partners.search(Domain("id", "in", (self.acme | self.acme_buyer).ids) & partners._lifecycle_reachable(channel))

    def test_wishes(self):
        for channel, wish in (("email", "lifecycle_no_mail"), ("phone", "lifecycle_no_call"), ("visit", "lifecycle_no_visit")):
            self.assertIn(self.acme_buyer, self.reached(channel))
            self.acme_buyer[wish] = True
            self.assertEqual(self.reached(channel), self.acme, f"only this contact, and only by {channel}")
            self.acme_buyer[wish] = False

    def test_blacklists(self):
        self.acme_buyer.write({"email": "buyer@acme.example", "phone": "+6281234567890"})
        self.env["mail.blacklist"]._add("buyer@acme.example")
        self.assertEqual(self.reached("email"), self.acme)
        self.assertIn(self.acme_buyer, self.reached("phone"))
        self.env["phone.blacklist"].add("+6281234567890")
        self.assertEqual(self.reached("phone"), self.acme)
