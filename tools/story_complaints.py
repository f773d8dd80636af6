"""The part of the demo's story in which things go wrong: a year of complaints, what was done about them, and what is open today. Runs inside Odoo."""

import base64
from datetime import timedelta
from io import BytesIO
from unittest.mock import patch

from freezegun import freeze_time
from odoo import Command, fields
from odoo.tools import convert_file
from PIL import Image, ImageDraw

ADDON = "crm_lifecycle_complaints"
# Subject, what the customer writes, category, cause (none: not found out), severity, how often in the year, what was decided.
TOPICS = [
    (
        "Kemasan sobek saat diterima",
        "Sebagian kemasan sobek dan isinya tumpah di dalam dus.",
        "delivery",
        "packing",
        "minor",
        9,
        "<p>Barang dikemas tanpa bantalan. Kami mengganti yang rusak.</p>",
    ),
    (
        "Kiriman terlambat",
        "Barang tiba tiga hari setelah tanggal yang dijanjikan.",
        "delivery",
        "late",
        "serious",
        6,
        "<p>Armada kami tertunda. Kami mohon maaf atas keterlambatan ini.</p>",
    ),
    (
        "Barang tidak sesuai pesanan",
        "Kami memesan bubuk, tetapi menerima biji utuh.",
        "delivery",
        "wrong",
        "minor",
        4,
        "<p>Label tertukar di gudang. Barang yang benar sudah kami kirim.</p>",
    ),
    (
        "Aroma kopi kurang segar",
        "Kopi yang kami terima sudah tidak harum, padahal tanggalnya masih baru.",
        "product",
        "material",
        "serious",
        4,
        "<p>Kantong dari pemasok tidak kedap udara.</p>",
    ),
    (
        "Harga di faktur keliru",
        "Harga per kilogram di faktur lebih tinggi daripada di penawaran.",
        "invoice",
        "entry",
        "minor",
        3,
        "<p>Harga lama masih tercatat pada pesanan.</p>",
    ),
    (
        "Telepon tidak dijawab",
        "Sudah beberapa kali menelepon, tetapi tidak ada yang mengangkat.",
        "service",
        None,
        "minor",
        3,
        "<p>Kami menambah petugas pada jam sibuk.</p>",
    ),
]
REMARKS = {
    5: ["Cepat ditangani, terima kasih.", "Puas dengan penggantiannya.", ""],
    3: ["Cukup baik, tetapi agak lama.", ""],
    1: ["Baru dijawab setelah kami menelepon."],
}
AUTOMATIC = """From: Info Pelanggan <info@kedai-jauh.example>
To: complaints@nusantara-rasa.example
Subject: Balasan otomatis: Kantor tutup
Message-ID: <story-automatic@kedai-jauh.example>
Auto-Submitted: auto-replied

Kantor kami tutup sampai hari Senin.
"""
SPAM = """From: Promo <promo@hadiah.example>
To: complaints@nusantara-rasa.example
Subject: Selamat, Anda menang!
Message-ID: <story-spam@hadiah.example>
X-Spam-Flag: YES

Klik di sini untuk mengambil hadiah Anda.
"""


def tell(env, chance, users) -> None:
    """The addon's own demo complaints, in the hands of the story's people, a mailbox to send more to, and the year before."""
    company = env.company
    company.alias_domain_id = env["mail.alias.domain"].create({"name": "nusantara-rasa.example"})
    convert_file(env, ADDON, "demo/crm_complaint_demo.xml", {}, mode="init", noupdate=True)
    for name in ("warung", "tini", "hotel", "kafe"):
        env.ref(f"{ADDON}.res_partner_demo_{name}").lang = "id_ID"
    team = env.ref(f"{ADDON}.crm_complaint_team_default")
    team.write(
        {
            "alias_domain_id": company.alias_domain_id.id,
            "member_ids": [Command.set((users["agent"] | users["manager"]).ids)],
            "user_id": users["manager"].id,
            "public_form": True,
        }
    )
    env["crm.complaint.redress.limit"].search([("unlimited", "=", False)]).write({"per_case": 500_000, "per_customer": 1_500_000})
    env["crm.complaint"].search([("user_id", "!=", False)]).user_id = users["agent"]
    products = env["product.product"].search([("type", "=", "consu"), ("name", "=like", "%g")])
    for name, several in (("PT Kemasan Prima", products[:5]), ("CV Rempah Nusantara", products[5:])):
        supplier = env["res.partner"].create({"name": name, "is_company": True, "supplier_rank": 1})
        env["product.supplierinfo"].create([{"partner_id": supplier.id, "product_tmpl_id": each.product_tmpl_id.id} for each in several])
    with patch.object(type(env["crm.complaint"]), "_send_decision", lambda complaint: None):
        _past(env, chance, users["agent"])
    _open(env, users)
    env["crm.complaint.cluster"]._cron_detect()
    for mail in (AUTOMATIC, SPAM):
        env["mail.thread"].message_process(None, mail)


def tell_customer(env, contact, agent) -> None:
    """What the portal's customer sees: an open complaint, and one that was closed last week and waits for their word."""
    complaints = env["crm.complaint"]
    now = fields.Datetime.now()
    complaints.create(
        {
            "name": "Kemasan teh melati sobek",
            "narrative": "Tiga dari dua puluh kemasan teh melati sobek saat kami terima. Mohon diganti.",
            "partner_id": contact.id,
            "channel": "portal",
            "remedy_sought": "replacement",
        }
    )
    with freeze_time(now - timedelta(days=9)):
        late = complaints.create(
            {
                "name": "Kiriman gula aren terlambat",
                "narrative": "Gula aren cair yang dijanjikan hari Selasa baru kami terima hari Jumat.",
                "partner_id": contact.id,
                "user_id": agent.id,
                "channel": "portal",
                "remedy_sought": "explanation",
                "category_id": env.ref(f"{ADDON}.crm_complaint_category_delivery").id,
                "occurrence_cause_id": env.ref(f"{ADDON}.crm_complaint_cause_late").id,
            }
        )
    with freeze_time(now - timedelta(days=6)):
        late.with_user(agent).write(
            {
                "decision": "accept",
                "decision_reason": "<p>Armada kami tertunda karena jalan rusak. Mulai bulan ini kami memberi kabar bila kiriman akan terlambat.</p>",
                "stage_id": env.ref(f"{ADDON}.crm_complaint_stage_closed").id,
            }
        )


def _past(env, chance, agent):
    """What was received and closed within the last year, some of it with a credit note and most of it rated."""
    now = fields.Datetime.now()
    lines = env["account.move.line"].search(
        [
            ("move_id.move_type", "=", "out_invoice"),
            ("parent_state", "=", "posted"),
            ("product_id", "!=", False),
            ("move_id.reversal_move_ids", "=", False),
        ]
    )
    topics = [topic for topic in TOPICS for _each in range(topic[5])]
    for line in chance.sample(lines.filtered(lambda each: each.date > now.date() - timedelta(days=300)), len(topics)):
        subject, narrative, category, cause, severity, _often, reason = topics.pop()
        received = fields.Datetime.to_datetime(line.date) + timedelta(days=chance.randint(1, 6), hours=chance.randint(2, 9))
        closed = received + timedelta(days=chance.randint(1, 9), hours=chance.randint(1, 5))
        if closed > now - timedelta(days=2):
            continue
        with freeze_time(received):
            complaint = env["crm.complaint"].create(
                {
                    "name": subject,
                    "narrative": narrative,
                    "partner_id": line.partner_id.id,
                    "user_id": agent.id,
                    "category_id": env.ref(f"{ADDON}.crm_complaint_category_{category}").id,
                    "occurrence_cause_id": cause and env.ref(f"{ADDON}.crm_complaint_cause_{cause}").id,
                    "product_id": line.product_id.id,
                    "severity": severity,
                    "channel": chance.choice(["mail", "mail", "phone", "portal", "visit"]),
                    "received_at": received,
                    "first_response_at": received + timedelta(hours=chance.randint(1, 12)),
                }
            )
        with freeze_time(closed):
            decision = "reject" if chance.random() < 0.15 else "accept"
            if decision == "accept" and cause in ("packing", "wrong", "material", "entry"):
                redress = (
                    env["crm.complaint.redress"]
                    .with_user(agent)
                    .create(
                        {
                            "complaint_id": complaint.id,
                            "move_id": line.move_id.id,
                            "line_ids": [Command.create({"move_line_id": line.id, "quantity": 1})],
                        }
                    )
                )
                redress.action_request()
            complaint.write(
                {
                    "decision": decision,
                    "decision_reason": reason,
                    "stage_id": env.ref(f"{ADDON}.crm_complaint_stage_closed").id,
                }
            )
            if chance.random() < 0.7:
                rate = chance.choice([5, 5, 5, 3, 1])
                complaint.rating_apply(rate, token=complaint._rating_get_access_token(), feedback=chance.choice(REMARKS[rate]))


def _open(env, users):
    """What waits today: redress for approval, a visit ahead, and one whose report is signed."""
    late = env.ref(f"{ADDON}.crm_complaint_demo_late")
    move = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": late.partner_id.id,
            "invoice_date": fields.Date.today() - timedelta(days=5),
            "invoice_line_ids": [
                Command.create(
                    {
                        "product_id": env["product.product"].search([("name", "like", "Kopi Gayo")], limit=1).id,
                        "quantity": 40,
                        "tax_ids": [Command.clear()],
                    }
                )
            ],
        }
    )
    move.action_post()
    late.write({"invoice_id": move.id, "product_id": move.invoice_line_ids.product_id.id})
    redress = (
        env["crm.complaint.redress"]
        .with_user(users["agent"])
        .create(
            {
                "complaint_id": late.id,
                "move_id": move.id,
                "line_ids": [Command.create({"move_line_id": move.invoice_line_ids.id, "quantity": 4})],
                "note": "Selisih harga yang dibayar pelanggan di tempat lain",
            }
        )
    )
    redress.action_request()
    glass = env.ref(f"{ADDON}.crm_complaint_demo_glass")
    today = fields.Datetime.now().replace(hour=3, minute=0, second=0, microsecond=0)
    values = {"technician_id": users["agent"].id, "duration": 1.5, "travel_minutes": 45}
    points = ["Sisa botol diamankan", "Nomor lot difoto", "Rak penyimpanan diperiksa"]
    visits = env["crm.complaint.visit"].create(
        [
            {
                **values,
                "complaint_id": glass.id,
                "start": start,
                "checklist_ids": [Command.create({"name": point}) for point in points],
            }
            for start in (today + timedelta(days=2), today - timedelta(days=1))
        ]
    )
    visited = visits[1]
    visited.checklist_ids.done = True
    visited.write(
        {
            "report": "<p>Serpihan berasal dari leher botol. Delapan botol lain dari lot yang sama ditarik dari rak.</p>",
            "signature": _signature(),
            "signed_by": "Putri Anggraini",
        }
    )
    visited.action_done()


def _signature():
    picture = Image.new("RGB", (320, 90), "white")
    ImageDraw.Draw(picture).line(
        [(10, 60), (50, 15), (70, 70), (110, 30), (140, 65), (190, 25), (220, 60), (300, 40)], fill="navy", width=4
    )
    stream = BytesIO()
    picture.save(stream, "PNG")
    return base64.b64encode(stream.getvalue())
