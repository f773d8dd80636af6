"""The demo's story: PT Nusantara Rasa, a coffee and spice wholesaler in Bandung, and its customers over two years. Runs inside Odoo."""

import random
from collections import defaultdict
from datetime import date, timedelta

from freezegun import freeze_time
from odoo import Command, fields
from odoo.addons.crm_lifecycle.domain.cti import read_event
from odoo.tools import convert_file

from . import story_complaints, story_sales_force
from .story_market import plan_visit, tell_campaign, tell_voice

PEOPLE = {
    "agent": (
        "Dewi Lestari",
        [
            "crm_lifecycle.crm_lifecycle_group_user",
            "sales_team.group_sale_salesman",
            "crm_lifecycle_complaints.crm_lifecycle_complaints_group_user",
        ],
    ),
    "sales": ("Budi Santoso", ["sales_team.group_sale_salesman"]),
    "accountant": ("Siti Rahmawati", ["account.group_account_manager", "crm_lifecycle.crm_lifecycle_group_user"]),
    "manager": (
        "Ratna Wijaya",
        [
            "sales_team.group_sale_manager",
            "crm_lifecycle.crm_lifecycle_group_manager",
            "crm_lifecycle_complaints.crm_lifecycle_complaints_group_manager",
            "account.group_account_invoice",
            "mass_mailing.group_mass_mailing_user",
            "mass_mailing.group_mass_mailing_campaign",
        ],
    ),
}
KINDS = ["Kedai Kopi", "Warung", "Toko", "Kafe", "Restoran", "Hotel", "CV", "Roti & Kopi", "Katering", "Koperasi"]
NAMES = [
    "Sinar Pagi", "Maju Bersama", "Tiga Putri", "Laras Jaya", "Bumi Asri", "Cahaya Timur", "Melati", "Gunung Sari", "Sumber Rejeki",
    "Langit Biru", "Pelangi", "Anggrek", "Mutiara", "Samudra", "Kencana", "Harum Manis", "Daun Hijau", "Rimba", "Nusa Indah", "Bintang Lima",
    "Padma", "Sekar Arum", "Tirta Mas", "Jembatan Merah", "Sawah Besar", "Kampung Baru", "Senja", "Surya Kencana", "Lestari", "Merpati",
]  # fmt: skip
CITIES = {
    "Bandung": "jb",
    "Jakarta": "jk",
    "Surabaya": "ji",
    "Semarang": "jt",
    "Yogyakarta": "yo",
    "Denpasar": "ba",
    "Medan": "su",
    "Makassar": "sn",
}
CONTACTS = ["Agus Prasetyo", "Rina Kartika", "Hendra Gunawan", "Yuni Astuti", "Eko Nugroho", "Maya Sari", "Fajar Hidayat", "Lina Marlina"]
PRODUCTS = {
    "Kopi": {
        "Kopi Gayo Arabika 1 kg": 185_000,
        "Kopi Toraja Sapan 1 kg": 210_000,
        "Kopi Flores Bajawa 1 kg": 195_000,
        "Kopi Robusta Lampung 1 kg": 98_000,
    },
    "Teh dan Gula": {"Teh Melati 500 g": 62_000, "Gula Aren Cair 1 L": 54_000},
    "Rempah": {
        "Kayu Manis Kerinci 250 g": 48_000,
        "Pala Banda 250 g": 76_000,
        "Lada Hitam Lampung 500 g": 88_000,
        "Vanili Papua 50 g": 165_000,
    },
}
MOBILE = ["811", "812", "813", "821", "822", "852", "856", "857", "858", "878", "896"]
TERMS = ["30days", "15days", "30days", "45days"]
CUSTOMERS = 90
DAYS = 730


def tell(env) -> None:
    """Write the story into a database that has just the addons."""
    chance = random.Random(19)
    today = date.today()
    company = env.company
    company.write(
        {
            "name": "PT Nusantara Rasa",
            "street": "Jl. Braga 99",
            "city": "Bandung",
            "phone": "+62 22 4200 199",
            "email": "halo@nusantara-rasa.example",
        }
    )
    company.partner_id.tz = "Asia/Jakarta"
    company.currency_id.rounding = 1  # nobody in Indonesia writes sen
    users = _people(env)
    products = _products(env)
    customers = _customers(env, chance, users)
    _sales(env, chance, today, customers[:72], products)
    _payments(env, random.Random(7), today)
    _interest(env, chance, customers[72:86], products, users)
    _met(env, chance, today, customers)
    story_complaints.tell(env, chance, users)
    _loyalty(env, today)
    _calls(env, chance, users, customers)
    # A firm of ninety customers has fewer who come back than forecasts ask for by default.
    company.write({"lifecycle_value_min_repeat": 30, "lifecycle_rfm_min_customers": 20})
    env["crm.lifecycle.customer"]._rebuild_all()
    env["crm.lifecycle.cut.points"]._draw_missing()
    env["crm.lifecycle.value.fit"]._fit(company)
    env["crm.product.affinity"]._compute_company(company)
    env.flush_all()
    story_sales_force.tell(env, today, users, customers, products)
    tell_campaign(env, chance, today, products)
    tell_voice(env, chance, customers[:72])
    env["crm.lifecycle.dirty"]._drain(limit=100_000)
    _playbooks(env, today)
    portal = env.ref("base.group_portal")
    best = env["crm.lifecycle.customer"].search([], order="purchase_days desc", limit=1).partner_id.child_ids[:1]
    env["res.users"].with_context(no_reset_password=True).create(
        {
            "name": best.name,
            "login": "customer",
            "password": "customer",
            "partner_id": best.id,
            "group_ids": [Command.set(portal.ids)],
            "lang": "id_ID",
        }
    )
    _members(env, chance, today, best, products)
    plan_visit(env, best, users["sales"], today)
    story_complaints.tell_customer(env, best, users["agent"])
    env.ref("base.user_admin").password = "admin"
    # Nothing leaves this machine: what would be sent is to be seen under Settings > Technical > Emails.
    for cron in ("mail.ir_cron_mail_scheduler_action", "crm_iap_enrich.ir_cron_lead_enrichment"):
        if found := env.ref(cron, raise_if_not_found=False):
            found.active = False


def _playbooks(env, today):
    """Most playbooks have been on for four months; what they find now is dated back to the day of the event, so that their results show."""
    names = ("welcome", "second_purchase", "at_risk", "win_back", "champion")
    playbooks = env["crm.lifecycle.playbook"].union(*(env.ref(f"crm_lifecycle.crm_lifecycle_playbook_{name}") for name in names))
    days = {playbook: playbook.within_days for playbook in playbooks}
    playbooks.write({"state": "on", "within_days": 120})
    playbooks.switched_on_at = fields.Datetime.to_datetime(today - timedelta(days=120))
    for playbook in playbooks:
        playbook._claim(env.company)
        while playbook._run_batch(env.company):
            env.cr.execute("UPDATE crm_lifecycle_playbook_run SET ran_at = event_date + interval '2 hours' WHERE ran_at > event_date + 1")
            env.invalidate_all()
    for playbook, within_days in days.items():
        playbook.within_days = within_days
    env.ref("crm_lifecycle.crm_lifecycle_playbook_reorder").state = "dry_run"
    env["crm.lifecycle.playbook"]._update_results()


def _calls(env, chance, users, customers):
    """A telephone system and the calls of the last days, as it reported them."""
    endpoint = env["crm.cti.endpoint"].create(
        {
            "name": "Kantor Bandung",
            "kind": "asterisk",
            "public_url": "https://erp.nusantara-rasa.example",
            "team_id": env.ref("sales_team.team_sales_department").id,
            "extension_ids": [
                Command.create({"name": str(101 + number), "user_id": users[login].id})
                for number, login in enumerate(("agent", "sales", "manager"))
            ],
        }
    )
    token = endpoint.action_new_token()["context"]["default_token"]
    env["crm.lifecycle.phone"]._backfill()
    now = fields.Datetime.now()
    outcomes = env["crm.call.outcome"].search([])
    for number in range(60):
        ringing = now - timedelta(days=chance.randint(0, 13), minutes=chance.randint(30, 600))
        known = chance.random() < 0.85
        about = {
            "from": chance.choice(customers).phone if known else f"+62 813 {chance.randint(1000, 9999)} {chance.randint(1000, 9999)}",
            "to": str(chance.choice((101, 101, 102))),
            "callId": f"story-{number}",
        }
        answered = chance.random() < 0.8
        steps = [("newCall", 0), *([("answer", chance.randint(4, 25))] if answered else []), ("hangup", chance.randint(40, 600))]
        for event, seconds in steps:
            report = read_event({**about, "event": event, "timestamp": (ringing + timedelta(seconds=seconds)).isoformat()}, now)
            line = env["crm.cti.endpoint"]._line(token, report.agents)
            call = env["crm.call"].browse(env["crm.call"]._receive(line, report))
        if answered and chance.random() < 0.7:
            call.outcome_id = chance.choice(outcomes)


def _loyalty(env, today):
    """The addon's own demo program, whose rule has been rewarding loyal customers for a year."""
    convert_file(env, "crm_lifecycle_loyalty", "demo/crm_lifecycle_loyalty_demo.xml", {}, mode="init", noupdate=True)
    env.ref("crm_lifecycle_loyalty.demo_program").write({"name": "Sahabat Nusantara", "portal_point_name": "poin"})
    env.ref("crm_lifecycle_loyalty.demo_rule_loyal").write(
        {"name": "Terima kasih atas kesetiaan Anda", "date_from": today - timedelta(days=365)}
    )


def _members(env, chance, today, best, products):
    """What members ordered, earned and used in three months, their tiers, the month's liability, and a quotation for the portal's customer."""
    program, company = env.ref("crm_lifecycle_loyalty.demo_program"), env.company
    program.write(
        {
            "company_id": company.id,
            "hold_until": "days",
            "hold_days": 7,
            "expiry_policy": "term",
            "expire_after": 12,
            "tier_window": "calendar",
            "correction_limit": 500,
            "point_value": 100,
            "expected_redemption": 90,
            "reward_ids": [
                Command.create(
                    {"discount_mode": "per_point", "discount": 100, "required_points": 10, "description": "Rp 100 untuk setiap poin"}
                )
            ],
        }
    )
    money = program.reward_ids.filtered(lambda reward: reward.discount_mode == "per_point")
    program.rule_ids.write({"reward_point_mode": "money", "reward_point_amount": 0.001})
    env["crm.loyalty.tier"].create(
        [
            {"name": name, "program_id": program.id, "threshold": threshold, "multiplier": multiplier, "benefits": benefits, "color": color}
            for name, threshold, multiplier, benefits, color in (
                ("Perak", 2_000, 1.1, "Gratis ongkos kirim di Pulau Jawa", 8),
                ("Emas", 10_000, 1.5, "Gratis ongkos kirim dan kopi musiman setiap ulang tahun", 3),
            )
        ]
    )
    account, journal = env["account.account"], env["account.journal"].search([("type", "=", "general")], limit=1)
    company.write(
        {
            "loyalty_revenue_account_id": account.search([("account_type", "=", "income")], limit=1).id,
            "loyalty_liability_account_id": account.search([("account_type", "=", "liability_current")], limit=1).id,
            "loyalty_journal_id": journal.id,
        }
    )
    families = env["crm.lifecycle.customer"].search([("purchase_days", ">", 3)], order="purchase_days desc", limit=9).partner_id
    for number, partner in enumerate((best, best, best, *families[1:], *families[1:4], best)):
        with freeze_time(f"{today - timedelta(days=58 - 4 * number)} 03:00:00"):
            order = _order(env, chance, partner, products)
            spendable = env["loyalty.card"].search([("partner_id", "=", partner.id), ("points", ">", 300)], limit=1)
            if spendable and number > 3:
                order.points_to_spend = 250
                order._apply_program_reward(money, spendable)
            order.action_confirm()
            env["sale.order.coupon.points"].search([("pending", "=", True), ("release_date", "<=", fields.Date.today())])._release_due()
    # No background job has run in the story: what it would have made usable by today.
    env["sale.order.coupon.points"].search([("pending", "=", True), ("release_date", "<=", today)])._release_due()
    card = env["loyalty.card"].search([("partner_id", "=", best.id), ("program_id", "=", program.id)], limit=1)
    env["crm.loyalty.entry"]._post(
        [
            {
                "card_id": card.id,
                "points": 150,
                "event_key": "story:opening",
                "company_id": company.id,
                "description": "Undian pembukaan gudang",
                "expiration_date": today + timedelta(days=20),
            }
        ]
    )
    users = {user.login: user for user in env["res.users"].search([("login", "in", ("agent", "sales", "manager"))])}
    for login, points, reason in (
        ("agent", 120, "Poin acara cicip kopi yang tertinggal"),
        ("sales", 2_500, "Poin dari kartu kertas yang lama"),
        ("manager", -40, "Pesanan dicatat dua kali"),
    ):
        correction = env["crm.loyalty.correction"].with_user(users[login])
        correction.create({"card_id": card.id, "points": points, "reason": reason}).action_submit()
    env["crm.loyalty.correction"].search([("points", "=", 120)]).with_user(users["manager"]).action_approve()
    env["crm.loyalty.tier"]._cron_judge()
    env["crm.loyalty.liability"]._close(company, today.replace(day=1) - timedelta(days=1))
    quote = _order(env, chance, best, products)
    quote.message_subscribe(best.ids)
    quote.state = "sent"


def _order(env, chance, partner, products):
    lines = [
        Command.create({"product_id": product.id, "product_uom_qty": chance.choice([5, 10, 12])})
        for product in chance.sample(list(products), 2)
    ]
    order = env["sale.order"].create({"partner_id": partner.id, "order_line": lines})
    order._update_programs_and_rewards()
    return order


def _people(env):
    users = {}
    for login, (name, groups) in PEOPLE.items():
        group_ids = [env.ref(group).id for group in ["base.group_user", *groups]]
        users[login] = (
            env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": name,
                    "login": login,
                    "password": login,
                    "email": f"{login}@nusantara-rasa.example",
                    "tz": "Asia/Jakarta",
                    "group_ids": [Command.set(group_ids)],
                    "lang": "en_US",
                }
            )
        )
    return users


def _products(env):
    categories = {name: env["product.category"].create({"name": name}) for name in PRODUCTS}
    return env["product.product"].create(
        [
            {
                "name": name,
                "list_price": price,
                "standard_price": round(price * 0.62, -2),
                "type": "consu",
                "taxes_id": [Command.clear()],
                "categ_id": categories[category].id,
            }
            for category, prices in PRODUCTS.items()
            for name, price in prices.items()
        ]
    )


def _customers(env, chance, users):
    country = env.ref("base.id")
    tags = env["res.partner.category"].create(
        [{"name": name, "color": color} for name, color in (("HoReCa", 3), ("Ritel", 5), ("Grosir", 10))]
    )
    cities = list(CITIES)
    names = chance.sample([f"{kind} {name}" for kind in KINDS for name in NAMES], CUSTOMERS)
    values = []
    for number, name in enumerate(names):
        city = chance.choice(cities)
        slug = name.lower().replace(" & ", "-").replace(" ", "-")
        values.append(
            {
                "name": name,
                "is_company": True,
                "customer_rank": 1,
                "street": f"Jl. Merdeka {chance.randint(1, 240)}",
                "city": city,
                "country_id": country.id,
                "state_id": env.ref(f"base.state_id_{CITIES[city]}", raise_if_not_found=False)
                and env.ref(f"base.state_id_{CITIES[city]}").id,
                "phone": f"+62 {chance.choice(MOBILE)} {chance.randint(1000, 9999)} {chance.randint(1000, 9999)}",
                "email": f"halo@{slug}.example",
                "lang": "id_ID",
                "property_payment_term_id": env.ref(f"account.account_payment_term_{TERMS[number % len(TERMS)]}").id,
                "user_id": chance.choice([users["sales"], users["agent"], users["manager"]]).id,
                "category_id": [Command.link(chance.choice(tags).id)],
                "child_ids": [
                    Command.create({"name": chance.choice(CONTACTS), "email": f"pembelian{number}@{slug}.example", "lang": "id_ID"})
                ],
            }
        )
    return env["res.partner"].create(values)


def _sales(env, chance, today, customers, products):
    """Invoices in each customer's own rhythm; some stop, some return goods."""
    invoices = []
    for customer in customers:
        rhythm = chance.choice([14, 21, 30, 30, 45, 60, 90])
        day = today - timedelta(days=chance.randint(20, DAYS))
        stop = today if chance.random() < 0.75 else day + timedelta(days=chance.randint(1, 300))
        favourites = chance.sample(list(products), chance.randint(2, 5))
        while day <= min(stop, today):
            lines = [
                Command.create({"product_id": product.id, "quantity": chance.choice([2, 5, 10, 12, 24]), "tax_ids": [Command.clear()]})
                for product in chance.sample(favourites, chance.randint(1, len(favourites)))
            ]
            invoices.append({"move_type": "out_invoice", "partner_id": customer.id, "invoice_date": day, "invoice_line_ids": lines})
            if chance.random() < 0.04:
                break
            day += timedelta(days=max(3, round(chance.lognormvariate(0, 0.35) * rhythm)))
    invoices.sort(key=lambda values: values["invoice_date"])
    moves = env["account.move"].create(invoices)
    moves.action_post()
    returned = moves.filtered(lambda move: move.invoice_date < today - timedelta(days=30))[::23]
    for move in returned:
        move._reverse_moves(
            [{"invoice_date": move.invoice_date + timedelta(days=9), "date": move.invoice_date + timedelta(days=9)}], cancel=True
        )


def _payments(env, chance, today):
    """What customers have paid, twice a month: most on time, some weeks late, a few invoices never."""
    late = defaultdict(lambda: chance.choice([-10, -5, -2, 0, 3, 8, 35]))
    runs = defaultdict(list)
    for move in env["account.move"].search(
        [("move_type", "=", "out_invoice"), ("state", "=", "posted"), ("payment_state", "=", "not_paid")]
    ):
        day = max(move.invoice_date_due + timedelta(days=late[move.partner_id] + chance.randint(-3, 6)), move.invoice_date)
        day = day.replace(day=15 if day.day <= 15 else 28)
        if move.invoice_date <= day <= today and chance.random() < 0.98:
            runs[day].append(move.id)
    for day in sorted(runs):
        wizard = env["account.payment.register"].with_context(active_model="account.move", active_ids=runs[day])
        wizard.create({"payment_date": day, "group_payment": True})._create_payments()


def _interest(env, chance, customers, products, users):
    """Opportunities and quotations of those who have not bought yet."""
    for number, customer in enumerate(customers):
        if number % 2:
            env["sale.order"].create(
                {
                    "partner_id": customer.id,
                    "user_id": users["sales"].id,
                    "order_line": [Command.create({"product_id": chance.choice(products).id, "product_uom_qty": chance.choice([5, 10])})],
                }
            )
        else:
            env["crm.lead"].create(
                {
                    "name": f"Pasokan kopi untuk {customer.name}",
                    "type": "opportunity",
                    "partner_id": customer.id,
                    "user_id": users["sales"].id,
                    "expected_revenue": chance.randint(2, 40) * 500_000,
                }
            )


def _met(env, chance, today, customers):
    """Enter contacts when the firm met them: before the first invoice, and not all on one day."""
    first = dict(env["account.move"]._read_group([("partner_id", "in", customers.ids)], ["partner_id"], ["invoice_date:min"]))
    env.flush_all()
    for customer in customers:
        met = first.get(customer, today) - timedelta(days=chance.randint(2, 60))
        env.cr.execute("UPDATE res_partner SET create_date = %s WHERE id = %s", (f"{met} 03:00:00", customer.id))
