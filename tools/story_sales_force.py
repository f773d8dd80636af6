"""The demo's story, continued: what Budi has to do today, what was planned with customers, and deals on their way to the money."""

import random
from datetime import datetime, time, timedelta

from odoo import Command, fields
from odoo.tools import SQL

CITY_POSITIONS = {
    "Bandung": (-6.9175, 107.6191),
    "Jakarta": (-6.2088, 106.8456),
    "Surabaya": (-7.2575, 112.7521),
    "Semarang": (-6.9667, 110.4167),
    "Yogyakarta": (-7.7956, 110.3695),
    "Denpasar": (-8.6705, 115.2126),
    "Medan": (3.5952, 98.6722),
    "Makassar": (-5.1477, 119.4327),
}
OBJECTIVES = [
    "Menambah kopi Gayo di menu utama",
    "Kontrak pasokan satu tahun",
    "Memasok cabang kedua",
    "Beralih dari gula pasir ke gula aren",
    "Mencoba vanili Papua untuk kue",
    "Pesanan tetap setiap dua minggu",
]
SUMMARIES = ["Tanyakan hasil uji rasa", "Konfirmasi jadwal kirim", "Tawarkan sampel Toraja"]
SHARE_PLANNED = 0.7


def tell(env, today, users, customers, products) -> None:
    """To be told when everybody's stage, class and health are known."""
    chance = random.Random(23)
    budi = users["sales"]
    company = env.company
    company.partner_id.write({"partner_latitude": -6.9147, "partner_longitude": 107.6098})
    for customer in customers:
        latitude, longitude = CITY_POSITIONS[customer.city]
        customer.write(
            {
                "partner_latitude": latitude + chance.uniform(-0.06, 0.06),
                "partner_longitude": longitude + chance.uniform(-0.06, 0.06),
                "zip": str(40110 + chance.randint(0, 80)) if customer.city == "Bandung" else False,
            }
        )
    _deals(env, chance, today, budi, users["manager"], customers, products)
    mine = customers.filtered(lambda customer: customer.user_id == budi)
    _contacts(env, chance, today, customers)
    _plans(env, chance, today, customers)
    _suggested(env, chance, today, customers)
    _today(env, today, budi, mine)
    callers = mine.filtered(lambda customer: customer.lifecycle_health in ("active", "at_risk"))[:12]
    call_list = env["crm.call.list"].create(
        {"name": "Kopi Gayo panen baru", "user_id": budi.id, "goal": "Tawarkan Gayo panen baru, sampel 250 g gratis."}
    )
    call_list._add(callers)
    calls = env["crm.call"].with_user(budi)
    for line in call_list.line_ids[:4]:
        call = calls.log_call(line.partner_id.id, env.ref("crm_lifecycle.crm_call_outcome_question").id, "Minta sampel.")
        env["crm.call.list.line"].with_user(budi)._contacted(line.partner_id, call)
    env["crm.visit.tour"].with_user(budi).create(
        {"date": today + timedelta(days=2), "city": "Bandung", "only_due": False}
    ).action_find_customers()
    env["crm.account.plan"]._cron_refresh()


def _contacts(env, chance, today, customers):
    """Meetings of the last weeks, so that not everybody is due at once."""
    for customer in customers:
        if chance.random() < 0.75:
            start = datetime.combine(today - timedelta(days=chance.randint(3, 80)), time(chance.randint(2, 8)))
            env["calendar.event"].with_context(no_mail_to_attendees=True, mail_create_nolog=True).create(
                {
                    "name": f"Kunjungan ke {customer.name}",
                    "start": start,
                    "stop": start + timedelta(hours=1),
                    "user_id": customer.user_id.id,
                    "partner_ids": [Command.set((customer | customer.user_id.partner_id).ids)],
                }
            )


def _plans(env, chance, today, customers):
    year = {"date_from": today.replace(month=1, day=1), "date_to": today.replace(month=12, day=31)}
    known = env["crm.lifecycle.customer"].search([("partner_id", "in", customers.ids), ("pareto_class", "!=", False)])
    for customer in known:
        if chance.random() < SHARE_PLANNED:
            target = round((customer.net_revenue or 0) * chance.uniform(0.4, 0.9), -5)
            env["crm.account.plan"].make(customer, {**year, "objective": chance.choice(OBJECTIVES), "target_revenue": max(target, 0)})


def _suggested(env, chance, today, customers):
    """What was suggested in three months, and what became of it: what is due again is ordered most often, what is dearer least."""
    accepted, values = {"reorder": 0.4, "cross_sell": 0.16, "up_sell": 0.08}, []
    for customer in customers.filtered("lifecycle_customer_id.purchase_days"):
        for kind, rows in customer._lifecycle_suggested().items():
            for row, week in ((row, week) for row in rows[:3] for week in chance.sample(range(13), 3)):
                dice = chance.random()
                values.append(
                    {
                        "partner_id": customer.id,
                        "company_id": env.company.id,
                        "product_id": row["id"],
                        "kind": kind,
                        "outcome": "added" if dice < accepted[kind] else "shown",
                        "date": today - timedelta(weeks=week, days=1),
                        "user_id": customer.user_id.id,
                    }
                )
    env["crm.product.suggestion"].create(values)


def _today(env, today, budi, mine):
    visited = mine.filtered(lambda customer: customer.city in ("Bandung", "Jakarta"))[:2]
    for number, customer in enumerate(visited):
        # 10:00 and 14:00 in Jakarta.
        start = datetime.combine(today, time(3 + 4 * number))
        env["calendar.event"].with_context(no_mail_to_attendees=True, mail_create_nolog=True).create(
            {
                "name": "Uji rasa panen baru" if number else "Negosiasi harga tahun depan",
                "start": start,
                "stop": start + timedelta(hours=1),
                "location": f"{customer.street}, {customer.city}",
                "user_id": budi.id,
                "partner_ids": [Command.set((customer | budi.partner_id).ids)],
            }
        )
    for number, customer in enumerate((mine - visited)[:3]):
        customer.activity_schedule(
            "mail.mail_activity_data_call", summary=SUMMARIES[number], user_id=budi.id, date_deadline=today - timedelta(days=number)
        )


def _deals(env, chance, today, budi, manager, customers, products):
    """Opportunities of the last five months: most are quoted, many ordered, invoiced and paid; some are lost."""
    stages = env["crm.stage"].search([("is_won", "=", False)])
    won = env["crm.stage"].search([("is_won", "=", True)], limit=1)
    wizard = env["account.payment.register"]
    for number in range(48):
        customer, user = chance.choice(customers), chance.choice([budi, budi, manager])
        begun = today - timedelta(days=chance.randint(8, 150))
        lead = env["crm.lead"].create(
            {
                "name": f"{chance.choice(products).name} untuk {customer.name}",
                "type": "opportunity",
                "partner_id": customer.id,
                "user_id": user.id,
                "stage_id": chance.choice(stages).id,
                "expected_revenue": chance.randint(4, 60) * 250_000,
            }
        )
        _dated(env, lead, begun)
        if chance.random() < 0.25:
            if chance.random() < 0.4:
                lead.action_set_lost()
            continue
        quoted = begun + timedelta(days=chance.randint(1, 12))
        line = {"product_id": chance.choice(products).id, "product_uom_qty": chance.choice([5, 10, 20, 40])}
        order = env["sale.order"].create(
            {"partner_id": customer.id, "user_id": user.id, "opportunity_id": lead.id, "order_line": [Command.create(line)]}
        )
        _dated(env, order, quoted)
        order.write({"state": "sent", "date_order": datetime.combine(quoted, time(4))})
        if number < 3 or chance.random() < 0.3:
            continue
        ordered = min(quoted + timedelta(days=chance.randint(1, 20)), today)
        order.action_confirm()
        order.date_order = datetime.combine(ordered, time(4))
        lead.stage_id = won
        if chance.random() < 0.2:
            continue
        order.order_line.qty_delivered = order.order_line.product_uom_qty
        move = order._create_invoices()
        move.invoice_date = min(ordered + timedelta(days=chance.randint(0, 10)), today)
        move.action_post()
        paid = move.invoice_date + timedelta(days=chance.randint(5, 45))
        if paid <= today:
            wizard.with_context(active_model="account.move", active_ids=move.ids).create({"payment_date": paid})._create_payments()


def _dated(env, record, day):
    env.flush_all()
    env.cr.execute(SQL("UPDATE %s SET create_date = %s WHERE id = %s", SQL.identifier(record._table), f"{day} 03:00:00", record.id))
    record.invalidate_recordset()
    if record._name == "crm.lead":
        record.date_conversion = fields.Datetime.to_datetime(f"{day} 03:00:00")
