"""Points for a completed survey, where the app is installed."""

from odoo.tests import tagged

from .common import OwnDatabase

SCRIPT = """
env["account.chart.template"].try_loading("generic_coa", company=env.company, install_demo=False)
customer, other = env["res.partner"].create([{"name": "Customer", "email": "customer@example.com"}, {"name": "Other"}])
for partner in customer, other:
    env["account.move"].create(
        {"move_type": "out_invoice", "partner_id": partner.id, "invoice_date": "2026-01-01",
         "invoice_line_ids": [(0, 0, {"name": "Coffee", "price_unit": 100, "tax_ids": []})]}
    ).action_post()
env["crm.lifecycle.dirty"]._drain(limit=100_000)
program = env["loyalty.program"].create(
    {"name": "Club", "program_type": "loyalty", "applies_on": "both", "trigger": "auto", "reward_ids": [(0, 0, {"required_points": 200})]}
)
rule = env["crm.loyalty.event.rule"].create(
    {"name": "Thank you", "event": "survey", "program_id": program.id, "points": 50, "date_from": "2026-01-01", "customer_cap": 2}
)
surveys = env["survey.survey"].create([{"title": f"How was it? {number}"} for number in range(3)])


def answer(partner, survey, **values):
    env["survey.user_input"].create(
        {"survey_id": survey.id, "partner_id": partner.id, "state": "done", "end_datetime": "2026-02-01 12:00:00", **values}
    )


def given():
    for __ in range(2):
        rule._reward(rule._candidates_now())
    return {partner.name: sum(env["loyalty.card"].search([("partner_id", "=", partner.id)]).mapped("points")) for partner in (customer, other)}


answer(other, surveys[0], state="in_progress", end_datetime=False)
answer(other, surveys[0], test_entry=True)
assert given() == {"Customer": 0, "Other": 0}, given()
answer(customer, surveys[0])
answer(customer, surveys[0])
assert given() == {"Customer": 50, "Other": 0}, given()
answer(customer, surveys[1])
answer(customer, surveys[2])
assert given() == {"Customer": 100, "Other": 0}, given()
assert env["mail.mail"].search_count([("recipient_ids", "in", customer.ids)]) == 2
env.cr.rollback()
"""


@tagged("post_install", "-at_install")
class TestLoyaltySurvey(OwnDatabase):
    def test_a_completed_survey_is_rewarded_once_and_within_the_cap(self):
        database = self.database(self.workshop.product())
        self.workshop.install(database, ["survey"], "installing surveys")
        self.shell(database, SCRIPT)
