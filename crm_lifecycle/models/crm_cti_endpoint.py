import hashlib
import ipaddress
import logging
import secrets
from typing import NamedTuple
from urllib.parse import quote

import requests
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..domain import pbx_configuration

_logger = logging.getLogger(__name__)

PLACEHOLDER = "YOUR-TOKEN"
PATH = "/crm_lifecycle/cti"
ORIGINATE_SECONDS = 5


class Line(NamedTuple):
    """What one query tells of a connection and of the agents that an event names."""

    id: int
    kind: str
    company_id: int
    allowed_networks: str | None
    signature_secret: str | None
    public_url: str | None
    region: str | None
    timezone: str | None
    user_ids: list[int]
    user_partner_ids: list[int]
    team_id: int | None
    team_partner_ids: list[int]


ARRAYS = {"user_ids", "user_partner_ids", "team_partner_ids"}


class CrmCtiEndpoint(models.Model):
    """A telephone system that reports its calls and asks who is calling. Its token is kept as a hash only."""

    _name = "crm.cti.endpoint"
    _description = "Telephone System"
    _order = "name"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True, help="An archived telephone system is answered as if it did not exist.")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, ondelete="cascade")
    kind = fields.Selection(
        [
            ("asterisk", "Asterisk"),
            ("freepbx", "FreePBX"),
            ("3cx", "3CX"),
            ("twilio", "Twilio"),
            ("generic", "Other (generic CTI)"),
        ],
        required=True,
        default="asterisk",
    )
    token_hash = fields.Char(readonly=True, copy=False, groups="base.group_system")
    token_hint = fields.Char(
        "Token", readonly=True, copy=False, help="Its last four characters. The token itself was shown once, when it was made."
    )
    token_date = fields.Datetime("Made on", readonly=True, copy=False)
    country_id = fields.Many2one(
        "res.country",
        "Country of the Trunk",
        default=lambda self: self.env.company.country_id,
        help="In which country numbers without a country code are dialled.",
    )
    team_id = fields.Many2one(
        "crm.team",
        "Default Queue",
        help="The team whose members see a call that names no agent and no other queue.",
        domain="[('company_id', 'in', [False, company_id])]",
    )
    extension_ids = fields.One2many("crm.cti.extension", "endpoint_id", "Agents and Queues", copy=True)
    allowed_networks = fields.Char(
        help="Addresses or networks from which it may speak, such as 203.0.113.7, 10.0.0.0/8. Empty: from anywhere."
    )
    signature_secret = fields.Char(
        groups="crm_lifecycle.crm_lifecycle_group_manager",
        copy=False,
        help="Twilio: the account's auth token. Others: the key of an HMAC-SHA256 over 'timestamp.body', sent as X-CTI-Timestamp and X-CTI-Signature. "
        "Empty: events need no signature.",
    )
    public_url = fields.Char(
        "Public Address",
        default=lambda self: self.env["ir.config_parameter"].sudo().get_param("web.base.url"),
        required=True,
        help="Where the telephone system reaches this server, as it writes it: https://erp.example.com. Twilio's signatures are checked against it.",
    )
    originate_url = fields.Char(
        "Click-to-call Address",
        help="Asked when an agent clicks a number, with {extension} and {number} filled in. Empty: the agent's own telephone program is opened.",
    )
    originate_method = fields.Selection([("POST", "POST"), ("GET", "GET")], required=True, default="POST")
    event_ids = fields.One2many("crm.cti.event", "endpoint_id", "Last Events")
    last_event = fields.Datetime(compute="_compute_last_events")
    error_count = fields.Integer("Errors Today", compute="_compute_last_events")
    call_count = fields.Integer("Calls", compute="_compute_call_count")
    configuration = fields.Text(compute="_compute_configuration")

    _token = models.UniqueIndex("(token_hash) WHERE token_hash IS NOT NULL")

    def _compute_last_events(self):
        rows = self.env["crm.cti.event"]._read_group([("endpoint_id", "in", self.ids)], ["endpoint_id"], ["received_at:max"])
        last = {endpoint.id: moment for endpoint, moment in rows}
        today = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        failed = [("endpoint_id", "in", self.ids), ("result", "!=", "ok"), ("received_at", ">", today)]
        errors = {endpoint.id: count for endpoint, count in self.env["crm.cti.event"]._read_group(failed, ["endpoint_id"], ["__count"])}
        for endpoint in self:
            endpoint.last_event = last.get(endpoint.id)
            endpoint.error_count = errors.get(endpoint.id, 0)

    def _compute_call_count(self):
        counts = {
            endpoint.id: count
            for endpoint, count in self.env["crm.call"]._read_group([("endpoint_id", "in", self.ids)], ["endpoint_id"], ["__count"])
        }
        for endpoint in self:
            endpoint.call_count = counts.get(endpoint.id, 0)

    @api.depends("kind", "public_url", "country_id")
    def _compute_configuration(self):
        for endpoint in self:
            endpoint.configuration = endpoint._configuration(PLACEHOLDER)

    def _configuration(self, token) -> str:
        """What to paste into this telephone system, with ``token`` in it."""
        self.ensure_one()
        base = (self.public_url or "").rstrip("/") + PATH
        return pbx_configuration.configuration(self.kind, base, token, self.env.cr.dbname)

    @api.constrains("allowed_networks")
    def _check_networks(self):
        for endpoint in self:
            for network in _networks(endpoint.allowed_networks):
                try:
                    ipaddress.ip_network(network, strict=False)
                except ValueError:
                    raise ValidationError(
                        self.env._("%(network)s is no address or network: write 203.0.113.7 or 10.0.0.0/8.", network=network[:60])
                    ) from None

    @api.constrains("originate_url", "public_url")
    def _check_urls(self):
        for endpoint in self:
            for url in filter(None, (endpoint.originate_url, endpoint.public_url)):
                if not url.startswith(("https://", "http://")):
                    raise ValidationError(self.env._("%(url)s is no address: begin it with https:// or http://.", url=url[:60]))
            if endpoint.originate_url and "{number}" not in endpoint.originate_url:
                raise ValidationError(self.env._("The click-to-call address must say where the number goes: put {number} into it."))

    def action_new_token(self):
        """Make a token, after which an older one is worthless, and show it this once."""
        self.ensure_one()
        self.check_access("write")
        token = secrets.token_urlsafe(32)
        self.sudo().write({"token_hash": _hash(token), "token_hint": f"…{token[-4:]}", "token_date": fields.Datetime.now()})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Token of %(system)s", system=self.name),
            "res_model": "crm.cti.token",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_endpoint_id": self.id, "default_token": token, "default_configuration": self._configuration(token)},
        }

    def action_revoke(self):
        """Make the token worthless at once."""
        self.check_access("write")
        self.sudo().write({"token_hash": False, "token_hint": False, "token_date": False})

    def action_open_calls(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Calls"),
            "res_model": "crm.call",
            "view_mode": "list,form,graph,pivot",
            "domain": [("endpoint_id", "=", self.id)],
        }

    def action_download_3cx(self):
        """The CRM template of 3CX. The token is not in it: 3CX asks for it when the template is added."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"{PATH}/{self.id}/3cx.xml", "target": "download"}

    # What the telephone system asks

    @api.model
    def _line(self, token, agents=()) -> Line | None:
        """The connection that a token opens, with the first of ``agents`` (extensions, e-mails, queues in lower case) that it knows. One query."""
        if not token or len(token) > 200:
            return None
        self.flush_model()
        self.env["crm.cti.extension"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT e.id, e.kind, e.company_id, e.allowed_networks, e.signature_secret, e.public_url, c.code, address.tz,
                       users.ids, users.partner_ids, team.id,
                       ARRAY(SELECT u.partner_id FROM crm_team_member m JOIN res_users u ON u.id = m.user_id AND u.active
                              WHERE m.crm_team_id = team.id AND m.active)
                  FROM crm_cti_endpoint e
                  LEFT JOIN res_country c ON c.id = e.country_id
                  JOIN res_company company ON company.id = e.company_id
                  JOIN res_partner address ON address.id = company.partner_id
                 CROSS JOIN LATERAL (
                       SELECT array_agg(u.id ORDER BY named.place) AS ids, array_agg(u.partner_id ORDER BY named.place) AS partner_ids
                         FROM (SELECT user_id, min(place) AS place FROM (
                               SELECT x.user_id, array_position(%(agents)s, x.key) AS place FROM crm_cti_extension x
                                WHERE x.endpoint_id = e.id AND x.user_id IS NOT NULL AND x.key = ANY(%(agents)s)
                               UNION ALL
                               SELECT s.id, array_position(%(agents)s, s.login) FROM res_users s
                                 JOIN res_company_users_rel r ON r.user_id = s.id AND r.cid = e.company_id
                                WHERE NOT s.share AND s.login = ANY(%(mails)s)) spelt
                               GROUP BY user_id) named
                         JOIN res_users u ON u.id = named.user_id AND u.active) users
                  LEFT JOIN crm_team team ON team.active AND team.id = COALESCE(
                       (SELECT x.team_id FROM crm_cti_extension x
                         WHERE x.endpoint_id = e.id AND x.team_id IS NOT NULL AND x.key = ANY(%(agents)s)
                         ORDER BY array_position(%(agents)s, x.key) LIMIT 1), e.team_id)
                 WHERE e.token_hash = %(hash)s AND e.active
                """,
                hash=_hash(token),
                agents=SQL("%s::varchar[]", list(agents[:50])),
                mails=SQL("%s::varchar[]", [agent for agent in agents[:50] if "@" in agent]),
            )
        )
        return (
            Line(*(value if value is not None or name not in ARRAYS else [] for name, value in zip(Line._fields, rows[0], strict=True)))
            if rows
            else None
        )

    # Click-to-call

    @api.model
    def originate(self, number) -> bool:
        """Have the current user's extension call ``number``. False where no telephone system offers it to them: dial some other way.

        Raises a UserError where the telephone system refuses or does not answer.
        """
        if not isinstance(number, str) or not number.strip() or len(number) > 60:
            raise UserError(self.env._("There is no number to call."))
        extension = self._own_extension()
        if not extension:
            return False
        endpoint = extension.endpoint_id
        dialled = "".join(letter for letter in number if letter.isdigit() or letter == "+")
        url = endpoint.originate_url.replace("{extension}", quote(extension.name, safe="")).replace("{number}", quote(dialled, safe=""))
        try:
            answer = requests.request(endpoint.originate_method, url, timeout=ORIGINATE_SECONDS, allow_redirects=False)
        except requests.RequestException as error:
            # Its text may hold the password in the address.
            _logger.info("Click-to-call by %s failed: %s", endpoint.id, type(error).__name__)
            raise UserError(self.env._("%(system)s does not answer. Dial the number by hand.", system=endpoint.name)) from None
        if not answer.ok:
            raise UserError(
                self.env._(
                    "%(system)s refused to call (%(status)s). Dial the number by hand.", system=endpoint.name, status=answer.status_code
                )
            )
        return True

    @api.model
    def _own_extension(self):
        """The extension from which the current user calls by click, if any."""
        return (
            self.env["crm.cti.extension"]
            .sudo()
            .search(
                [
                    ("user_id", "=", self.env.uid),
                    ("endpoint_id.active", "=", True),
                    ("endpoint_id.originate_url", "!=", False),
                    ("endpoint_id.company_id", "in", self.env.companies.ids),
                ],
                limit=1,
            )
        )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _networks(text) -> list[str]:
    return (text or "").replace(",", " ").split()


def is_allowed(address: str | None, networks: str | None) -> bool:
    """Whether an address is in one of the networks; in any, where none is named."""
    names = _networks(networks)
    if not names:
        return True
    try:
        found = ipaddress.ip_address((address or "").split("%")[0])
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in ipaddress.ip_network(name, strict=False) for name in names)
