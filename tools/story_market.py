"""The part of the demo's story in which customers are written to and say what they think. Runs inside Odoo."""

from datetime import timedelta

from odoo import Command

COMMENTS = {
    "happy": ["Kopinya selalu segar.", "Pesanan cepat dilayani, terima kasih!", "Mas Budi selalu membantu.", ""],
    "neutral": ["Bagus, tetapi harganya naik.", "Pilihan rempah bisa lebih banyak.", ""],
    "unhappy": ["Pengiriman terlambat lagi.", "Teh melati sering kosong.", "Sulit dihubungi lewat telepon."],
}
# How much each factor matters to customers, how the firm does, and how the best other supplier does: means on the scale of 1 to 5.
FACTORS = {
    "quality": (4.6, 4.4, 4.0),
    "price": (4.0, 3.4, 3.7),
    "delivery": (4.5, 3.1, 3.9),
    "range": (3.3, 3.9, 3.5),
    "advice": (3.0, 4.2, 3.2),
    "complaints": (3.9, 3.6, None),
}
MONTHS = 6


def tell_campaign(env, chance, today, products):
    """A mailing of four weeks ago to all buyers, half of them held out; who was written to has bought more."""
    segment = env["crm.lifecycle.segment"].create(
        {"name": "Pelanggan Kopi", "purpose": "Tawarkan panen baru", "customer_domain": "[('purchase_days', '>', 0)]", "recipients": "firm"}
    )
    template = env.ref("crm_lifecycle_marketing.mailing_offers")
    mailing = template.copy({"lifecycle_segment_id": segment.id, "subject": "Panen baru dari Gayo"})
    campaign = mailing.campaign_id
    campaign.write({"title": "Panen Baru Gayo", "lifecycle_holdout": 50, "lifecycle_spend": 2_500_000})
    mailing.action_send_mail()
    env.flush_all()
    env.cr.execute("UPDATE crm_lifecycle_campaign_member SET assigned_on = %s", [today - timedelta(days=28)])
    env.invalidate_all()
    members = env["crm.lifecycle.campaign.member"].search([("campaign_id", "=", campaign.id)])
    moves = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": member.partner_id.id,
                "invoice_date": today - timedelta(days=chance.randint(5, 24)),
                "campaign_id": campaign.id,
                "invoice_line_ids": [
                    Command.create({"product_id": products[0].id, "quantity": chance.choice([10, 12, 24]), "tax_ids": [Command.clear()]})
                ],
            }
            for member in members.filtered(lambda each: not each.held_out)
            if chance.random() < 0.6
        ]
    )
    moves.action_post()


def tell_voice(env, chance, customers):
    """Answers of half a year: late deliveries cost most."""
    survey = env.ref("crm_lifecycle.crm_voice_survey_matters")
    factors = {name: env.ref(f"crm_lifecycle.crm_voice_factor_{name}").id for name in FACTORS}
    asked = survey._ask(customers)
    chosen = [each for each in asked if chance.random() < 0.75]

    def rating(mean):
        return min(5, max(1, round(chance.gauss(mean, 0.9))))

    for request in chosen:
        given = {name: (rating(matters), rating(we), other and rating(other)) for name, (matters, we, other) in FACTORS.items()}
        moved = 1.3 * (given["delivery"][1] - 3.1) + 0.8 * (given["quality"][1] - 4.4) + 0.5 * (given["price"][1] - 3.4)
        score = min(10, max(0, round(7.6 + moved + chance.gauss(0, 0.9))))
        ratings = {
            (factors[name], aspect): str(value)
            for name, values in given.items()
            for aspect, value in zip(("importance", "performance", "other"), values, strict=True)
            if value
        }
        mood = "happy" if score >= 9 else "unhappy" if score <= 6 else "neutral"
        request.sudo()._answer(
            str(score), chance.choice(COMMENTS[mood]), ratings, chance.choice(["Rasa Abadi", "Rasa Abadi", "Sumber Kopi", ""])
        )
    env.flush_all()
    for table in ("crm_voice_request", "crm_voice_rating"):
        env.cr.execute(
            f"UPDATE {table} SET answered_at = answered_at - ((7 * {'id' if table == 'crm_voice_request' else 'request_id'}) %% %s) * interval '1 day'"
            " WHERE answered_at IS NOT NULL",
            [30 * MONTHS],
        )
    env.invalidate_all()


def plan_visit(env, partner, user, today):
    """A visit that the customer sees on their page of the portal."""
    start = f"{today + timedelta(days=5)} 03:00:00"
    env["calendar.event"].create(
        {
            "name": f"Kunjungan ke {partner.commercial_partner_id.name}",
            "location": partner.commercial_partner_id.city,
            "start": start,
            "stop": f"{today + timedelta(days=5)} 04:00:00",
            "partner_ids": [Command.set((partner | user.partner_id).ids)],
            "user_id": user.id,
        }
    )
