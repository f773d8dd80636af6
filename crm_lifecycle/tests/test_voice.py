import re
from datetime import timedelta

from lxml import etree
from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import LifecycleCase


class VoiceCase(LifecycleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.email = "shop@example.com"
        cls.seller = new_test_user(cls.env, "voice_seller", groups="crm_lifecycle.crm_lifecycle_group_user,sales_team.group_sale_salesman")
        cls.acme.write({"email": "acme@example.com", "user_id": cls.seller.id, "customer_rank": 1})
        cls.acme_buyer.email = "buyer@example.com"
        cls.drain()
        cls.nps = cls.env.ref("crm_lifecycle.crm_voice_survey_nps")
        cls.matters = cls.env.ref("crm_lifecycle.crm_voice_survey_matters")
        cls.factors = cls.matters.factor_ids

    def ask(self, partner=None, survey=None):
        return (survey or self.nps)._ask(partner or self.acme)

    def rested(self):
        self.env.cr.execute("UPDATE res_partner SET voice_asked_at = NULL")
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestVoice(VoiceCase):
    def test_asked_and_answered(self):
        asked = self.ask()
        mail = self.env["mail.mail"].search([("model", "=", "crm.voice.request"), ("res_id", "=", asked.id)])
        self.assertEqual(mail.recipient_ids, self.acme)
        self.assertEqual(re.findall(r"/voice/[\w-]+\?score=(\d+)", mail.body_html), [str(score) for score in range(11)])
        asked.sudo()._answer("9", " Good coffee ")
        self.assertEqual((asked.state, asked.score, asked.mood, asked.points, asked.comment), ("answered", 9, "happy", 100, "Good coffee"))
        self.assertEqual((asked.stage_id, asked.user_id), (self.customer(self.acme).stage_id, self.seller))
        self.assertFalse(asked.activity_ids)
        with self.assertRaisesRegex(UserError, "already"):
            asked.sudo()._answer("1")
        self.assertEqual(asked.score, 9)
        self.assertEqual((self.nps.request_count, self.nps.answer_count, self.nps.measure), (1, 1, 100))

    def test_two_answers_at_once(self):
        """Another one was taken after this one was looked at: the database lets only one of them through."""
        asked = self.ask().sudo()
        self.assertEqual(asked.state, "sent")
        self.env.cr.execute(
            "UPDATE crm_voice_request SET state = 'answered', answered_at = now(), mood = 'happy' WHERE id = %s", [asked.id]
        )
        with self.assertRaisesRegex(UserError, "answered already"):
            asked._answer("3")

    def test_never_too_often(self):
        """One contact of each customer, and nobody before they have rested, by whatever survey."""
        asked = self.ask(self.acme | self.acme_buyer)
        self.assertEqual(len(asked), 1)
        self.assertFalse(self.ask())
        self.assertFalse(self.ask(survey=self.matters))
        self.assertFalse(self.ask(self.acme_buyer))
        self.acme.voice_asked_at = fields.Datetime.now() - timedelta(days=self.nps.rest_days)
        self.assertTrue(self.ask(self.acme_buyer))

    def test_only_who_may_be_written_to(self):
        self.acme.lifecycle_no_mail = True
        self.env["mail.blacklist"]._add(self.acme_buyer.email)
        self.assertFalse(self.ask(self.acme | self.acme_buyer))
        self.assertFalse(self.acme.voice_asked_at, "Who was not asked has not been asked.")

    def test_bad_answers(self):
        asked = self.ask().sudo()
        for bad in (None, "", "11", "-1", "9.5", "ten", "٣", "9" * 50, True, ["9"], {}):
            with self.subTest(bad), self.assertRaises(UserError):
                asked._answer(bad)
        self.assertEqual(asked.state, "sent")
        asked.expires_at = fields.Datetime.now() - timedelta(minutes=1)
        with self.assertRaisesRegex(UserError, "closed"):
            asked._answer("5")

    def test_unhappy_customers_are_talked_to(self):
        asked = self.ask().sudo()
        asked._answer("3", "Late again")
        self.assertEqual(asked.activity_ids.user_id, self.seller)
        self.assertIn("3", asked.activity_ids.summary)
        self.assertIn("Late again", asked.activity_ids.note)
        to_follow = [("mood", "=", "unhappy"), ("activity_state", "!=", False)]
        self.assertIn(asked, asked.search(to_follow))
        asked.activity_ids.action_feedback("Called")
        self.assertNotIn(asked, asked.search(to_follow))
        # Nobody's customer, and a salesperson who has left.
        self.rested()
        self.seller.active = False
        self.nps.user_id = self.env.ref("base.user_admin")
        again = self.ask().sudo()
        again._answer("0")
        self.assertEqual(again.activity_ids.user_id, self.env.ref("base.user_admin"))

    def test_ratings(self):
        asked = self.ask(survey=self.matters).sudo()
        delivery, price = self.factors[2], self.factors[1]
        stranger = self.env["crm.voice.factor"].create({"name": "Not asked"})
        given = {
            (delivery.id, "importance"): "5",
            (delivery.id, "performance"): "2",
            (delivery.id, "other"): "4",
            (price.id, "importance"): "",
        }
        with self.assertRaises(UserError):
            asked._answer("6", ratings={**given, (price.id, "performance"): "6"})
        asked._answer("6", ratings={**given, (stranger.id, "importance"): "5", (price.id, "nonsense"): "5"}, other_supplier="Rival")
        self.assertEqual(
            {(row.factor_id, row.aspect, row.value) for row in asked.voice_rating_ids},
            {(delivery, "importance", 5), (delivery, "performance", 2), (delivery, "other", 4)},
        )
        plain = self.nps
        plain.factor_ids = delivery
        self.rested()
        short = self.ask(survey=plain).sudo()
        short._answer("8", ratings={(delivery.id, "importance"): "5", (delivery.id, "performance"): "4"})
        self.assertEqual(short.voice_rating_ids.mapped("aspect"), ["performance"])

    def test_what_matters(self):
        """The figures of the page are those of the ratings, computed by hand."""
        delivery, price = self.factors[2], self.factors[1]
        answers = ((9, 5, 5, 4), (3, 5, 1, 4), (6, 3, 3, 3)) * 4
        for number, (score, importance, performance, other) in enumerate(answers):
            partner = self.env["res.partner"].create({"name": f"Voice {number}", "email": f"voice{number}@example.com"})
            asked = self.ask(partner, self.matters).sudo()
            asked._answer(
                str(score),
                ratings={
                    (delivery.id, "importance"): str(importance),
                    (delivery.id, "performance"): str(performance),
                    (delivery.id, "other"): str(other),
                    (price.id, "importance"): "2",
                    (price.id, "performance"): "4",
                },
            )
        found = self.env["crm.voice.request"].with_user(self.seller).crm_voice_matrix(self.matters.id)
        self.assertEqual(found["moods"], {"happy": 4, "neutral": 0, "unhappy": 8})
        self.assertAlmostEqual(found["measure"]["value"], 100 * (4 - 8) / 12)
        rows = {row["id"]: row for row in found["factors"]}
        self.assertAlmostEqual(rows[delivery.id]["importance"], 13 / 3)
        self.assertAlmostEqual(rows[delivery.id]["performance"], 3)
        self.assertAlmostEqual(rows[delivery.id]["gap"], 3 - 11 / 3)
        self.assertEqual((rows[delivery.id]["quadrant"], rows[price.id]["quadrant"]), ("concentrate", "overkill"))
        [driver] = found["drivers"]
        self.assertEqual((driver["id"], driver["n"]), (delivery.id, 12), "A factor that everybody rates alike moves nothing.")
        self.assertTrue(driver["clear"] and driver["correlation"] > 0.9)
        self.assertEqual(self.env["crm.voice.request"].search_count(found["domain"]), 12)
        later = self.env["crm.voice.request"].crm_voice_matrix(self.matters.id, date_from="2999-01-01")
        self.assertEqual((later["measure"]["n"], later["factors"], later["drivers"]), (0, [], []))
        for bad in ({"survey_id": 10**6}, {"date_from": "yesterday"}, {"date_to": [1]}):
            with self.subTest(bad), self.assertRaises(UserError):
                self.env["crm.voice.request"].crm_voice_matrix(**bad)

    def test_asks_by_itself(self):
        """Those who have not been asked for longest, so many a day, of the customers it is for."""
        people = self.env["res.partner"].create(
            [{"name": f"Silent {number}", "email": f"silent{number}@example.com", "customer_rank": 1} for number in range(5)]
        )
        self.drain()
        people[4].voice_asked_at = fields.Datetime.now() - timedelta(days=400)
        self.nps.write({"automatic": True, "daily_limit": 3, "customer_domain": f"[('partner_id', 'in', {people.ids})]"})
        self.nps._ask_batch()
        self.assertEqual(self.nps.request_ids.partner_id, people[:3])
        self.nps._ask_batch()
        self.assertEqual(len(self.nps.request_ids), 3, "The day's share is used up.")
        self.env.cr.execute("UPDATE crm_voice_request SET sent_at = sent_at - interval '1 day'")
        self.env.invalidate_all()
        self.nps._ask_batch()
        self.assertEqual(self.nps.request_ids.partner_id, people)

    def test_wizard(self):
        customers = self.customer(self.acme)
        wizard = (
            self.env["crm.voice.ask"]
            .with_user(self.seller)
            .with_context(active_model="crm.lifecycle.customer", active_ids=customers.ids)
            .create({"survey_id": self.nps.id})
        )
        self.assertEqual((wizard.chosen_count, wizard.asked_count), (1, 1))
        wizard.action_ask()
        self.assertTrue(self.acme.voice_asked_at)
        wizard.invalidate_recordset()
        self.assertEqual(wizard.asked_count, 0)
        with self.assertRaises(UserError):
            wizard.action_ask()

    def test_rights(self):
        asked = self.ask()
        with self.assertRaises(AccessError):
            asked.with_user(self.seller).token  # noqa: B018, who has it can answer in the customer's place
        with self.assertRaises(AccessError):
            asked.with_user(self.seller).write({"score": 10})
        other = self.other_company()
        stranger = new_test_user(
            self.env,
            "voice_stranger",
            groups="crm_lifecycle.crm_lifecycle_group_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertFalse(self.env["crm.voice.request"].with_user(stranger).search([]))
        self.assertFalse(self.env["crm.voice.survey"].with_user(stranger).search([]))
        portal = new_test_user(self.env, "voice_portal", groups="base.group_portal")
        with self.assertRaises(AccessError):
            self.env["crm.voice.request"].with_user(portal).search([])
        with self.assertRaises(UserError):
            self.nps.kind = "ces"
        with self.assertRaises(ValidationError):
            self.nps.customer_domain = "[('nothing', '=', 1)]"

    def test_on_the_timeline(self):
        asked = self.ask().sudo()
        self.assertFalse(self.acme.crm_lifecycle_timeline(kinds=["voice"])["lines"], "A question is no event.")
        asked._answer("4", "Late again")
        [line] = self.acme.crm_lifecycle_timeline(kinds=["voice"])["lines"]
        self.assertEqual((line["title"], line["detail"], line["id"]), ("4 / 10", "Late again", asked.id))


@tagged("post_install", "-at_install")
class TestVoicePage(HttpCase, VoiceCase):
    def setUp(self):
        super().setUp()
        self.asked = self.ask(survey=self.matters).sudo()
        self.address = f"/voice/{self.asked.token}"

    def token(self, response):
        return re.search(r'name="csrf_token" value="([^"]+)"', response.text).group(1)

    def test_the_report_over_time_is_of_the_result(self):
        """Of several measures a graph shows the last one only."""
        arch = etree.fromstring(self.env["crm.voice.request"].get_view(view_type="graph")["arch"])
        self.assertEqual([field.get("name") for field in arch.iterfind("field[@type='measure']")], ["points"])

    def test_looking_records_nothing(self):
        """As a program does that opens every link of a mail, some of them by HEAD."""
        for score in range(11):
            page = self.url_open(f"{self.address}?score={score}")
            self.assertEqual(page.status_code, 200)
            [chosen] = re.findall(r"<input[^>]*checked[^>]*>", page.text)
            self.assertIn(f'value="{score}"', chosen)
        self.url_open(f"{self.address}?score=3", method="HEAD")
        self.asked.invalidate_recordset()
        self.assertEqual(self.asked.state, "sent")
        self.assertEqual(page.headers["X-Robots-Tag"], "noindex")

    @mute_logger("odoo.http")
    def test_one_click_and_send(self):
        page = self.url_open(f"{self.address}?score=4")
        delivery = self.factors[2]
        form = {
            "csrf_token": self.token(page),
            "score": "4",
            "comment": "Late <b>again</b>",
            f"importance_{delivery.id}": "5",
            "nonsense": "1",
        }
        thanks = self.url_open(self.address, data=form)
        self.assertIn("o_voice_thanks", thanks.text)
        self.asked.invalidate_recordset()
        self.assertEqual((self.asked.score, self.asked.comment, self.asked.voice_rating_ids.value), (4, "Late <b>again</b>", 5))
        again = self.url_open(self.address, data={**form, "score": "10"})
        self.assertEqual(again.status_code, 400)
        self.asked.invalidate_recordset()
        self.assertEqual(self.asked.score, 4)

    @mute_logger("odoo.http")
    def test_bad_requests(self):
        page = self.url_open(self.address)
        self.assertNotIn('checked="checked"', page.text)
        self.assertEqual(self.url_open("/voice/guess").status_code, 404)
        self.assertEqual(self.url_open(f"/voice/{'a' * 32}").status_code, 404)
        self.assertEqual(self.url_open(f"{self.address}?score=<script>").status_code, 200)
        self.assertEqual(self.url_open(self.address, data={"score": "9"}).status_code, 400, "Without the token of the page.")
        wrong = self.url_open(self.address, data={"csrf_token": self.token(page), "score": "11", "comment": "Kept"})
        self.assertEqual(wrong.status_code, 400)
        self.assertIn("Kept", wrong.text)
        self.asked.invalidate_recordset()
        self.assertEqual(self.asked.state, "sent")

    def test_in_their_language(self):
        self.acme.lang = "id_ID"
        page = self.url_open(self.address)
        self.assertIn("Kirim jawaban saya", page.text)
        self.asked.expires_at = fields.Datetime.now()
        self.assertIn("sudah ditutup", self.url_open(self.address).text)
