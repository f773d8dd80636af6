"""Where telephone systems report calls and ask who is calling. They have a token, no session and no user."""

import json
import logging
import os
import re
import time
from urllib.parse import urlsplit

from odoo import SUPERUSER_ID, fields, http
from odoo.http import request
from odoo.tools import config
from werkzeug.exceptions import NotFound, abort

from ..domain import cti, flood, pbx_configuration, signature
from ..models.crm_cti_endpoint import PATH, is_allowed

LARGEST_BODY = 16 * 1024
UNKEPT = ("Cache-Control", "no-store")
SHOWN_NAME = 60
OPTIONS = {
    "type": "http",
    "auth": "none",
    "methods": ["GET", "POST"],
    "csrf": False,
    "save_session": False,
    "max_content_length": LARGEST_BODY,
    "crm_lifecycle_raw_body": True,
}
PAGES = {"res.partner": "customer-360", "crm.lead": "crm.lead"}
REFUSALS = {
    "unreadable": (400, ""),
    "signature": (403, "The signature is wrong."),
    "stale": (403, "The timestamp is too far from this server's clock."),
    "replayed": (409, "This was sent before."),
}
# Ten thousand calls an hour are 14 a second; a server with two workers answers some 50.
requests_per_line = flood.Bucket(rate=20, burst=300, path=os.path.join(config["data_dir"], "crm_lifecycle_requests"))
_logger = logging.getLogger(__name__)


class TokenFilter(logging.Filter):
    """Keeps the tokens in the paths of requests out of the access log."""

    TOKEN = re.compile(rf"({PATH}/)[^/\s?\"']+(?=/(?:event|lookup))")

    def filter(self, record):
        text = record.getMessage()
        if PATH in text:
            record.msg, record.args = self.TOKEN.sub(r"\1***", text), ()
        return True


for name in ("werkzeug", "odoo.http", "odoo.addons.base.models.ir_http"):
    logging.getLogger(name).addFilter(TokenFilter())


class Cti(http.Controller):
    @http.route([f"{PATH}/<string:cti_token>/event", f"{PATH}/event"], readonly=False, **OPTIONS)
    def event(self, cti_token=None, **_parameters):
        """Take a report of a call. 204, or what the telephone system wants to hear; 4xx says what is wrong with a report."""
        env = request.env(user=SUPERUSER_ID, su=True)
        try:
            event, problem = cti.read_event(_parameters_of(request.httprequest), fields.Datetime.now()), None
        except cti.Unreadable as error:
            event, problem = None, str(error)
        line = self._open(env, cti_token, event.agents if event else ())
        log = env["crm.cti.event"]
        result, proof = _judge(line)
        detail = _detail(event) if event else problem
        if result == "ok" and problem:
            result = "unreadable"
        if result != "ok":
            return _refuse(line, result, problem or detail)
        call_id = env["crm.call"]._receive(line, event)
        if not log._log(line.id, "ok", detail, call_id, proof):
            env.cr.rollback()
            return _refuse(line, "replayed", detail)
        return _thank(line.kind)

    @http.route([f"{PATH}/<string:cti_token>/lookup", f"{PATH}/lookup"], readonly=True, **OPTIONS)
    def lookup(self, cti_token=None, **_parameters):
        """Who is calling: a name as text, or the contacts as JSON where ``format=json`` or the Accept header asks for it."""
        env = request.env(user=SUPERUSER_ID, su=True)
        line = self._open(env, cti_token)
        result, _proof = _judge(line)
        if result != "ok":
            return _refuse(line, result)
        try:
            parameters = {name.lower(): values for name, values in _parameters_of(request.httprequest).items()}
        except cti.Unreadable:
            parameters = {}
        number = next((cti.clean(str(parameters[name][0])) for name in cti.NUMBER if parameters.get(name)), "")
        matches = env["crm.lifecycle.phone"]._match(number, line.region, line.company_id)
        if parameters.get("format", [""])[0] == "json" or "application/json" in request.httprequest.headers.get("Accept", ""):
            contacts = [_contact(match, line.public_url) for match in matches]
            body = json.dumps({"contacts": contacts}, ensure_ascii=False)
            return request.make_response(body, [("Content-Type", "application/json; charset=utf-8"), UNKEPT])
        return request.make_response(_shown_name(matches), [("Content-Type", "text/plain; charset=utf-8"), UNKEPT])

    @http.route(f"{PATH}/<int:endpoint_id>/3cx.xml", type="http", auth="user", methods=["GET"], readonly=True)
    def template_3cx(self, endpoint_id):
        """The CRM template that 3CX imports."""
        endpoint = request.env["crm.cti.endpoint"].search([("id", "=", endpoint_id)])
        if not endpoint:
            raise NotFound()
        body = pbx_configuration.template_3cx((endpoint.public_url or "").rstrip("/") + PATH, request.env.cr.dbname)
        headers = [("Content-Type", "application/xml; charset=utf-8"), ("Content-Disposition", http.content_disposition("odoo-3cx.xml"))]
        return request.make_response(body, headers)

    def _open(self, env, token, agents=()):
        """The connection that the request's token opens. Without one, what a path that does not exist answers."""
        scheme, _space, credentials = request.httprequest.headers.get("Authorization", "").partition(" ")
        if not token and scheme.lower() == "bearer":
            # Asterisk sends a header twice that was set twice.
            token = credentials.partition(",")[0].strip()
        line = env["crm.cti.endpoint"]._line(token, agents)
        if not line:
            raise _not_found()
        if not requests_per_line.admits((env.cr.dbname, line.id, _address())):
            headers = [("Content-Type", "text/plain"), ("Retry-After", "10")]
            abort(request.make_response("Too many requests.\n", headers, status=429))
        return line


def _address() -> str | None:
    """Where the request comes from."""
    return request.httprequest.remote_addr


def _judge(line):
    """(result, proof) of a request on a connection: from an allowed network, and signed where a secret is set."""
    asked = request.httprequest
    if not is_allowed(_address(), line.allowed_networks):
        return "network", None
    if not line.signature_secret:
        return "ok", None
    body = asked.get_data() or asked.query_string
    if line.kind == "twilio":
        query = f"?{asked.query_string.decode('latin-1')}" if asked.query_string else ""
        url = (
            (line.public_url or "").rstrip("/")
            + urlsplit(asked.environ.get("RAW_URI") or asked.environ.get("REQUEST_URI") or asked.path).path
            + query
        )
        parameters = {name: asked.form.getlist(name) for name in asked.form}
        given = asked.headers.get("X-Twilio-Signature", "")
        return ("ok" if signature.is_twilio(line.signature_secret, url, parameters, asked.get_data(), given) else "signature"), None
    timestamp, given = asked.headers.get("X-CTI-Timestamp", ""), asked.headers.get("X-CTI-Signature", "")
    # Either of the two is covered, so the other one could be anybody's.
    if asked.get_data() and asked.query_string:
        return "signature", None
    if not signature.is_generic(line.signature_secret, timestamp, body, given):
        return "signature", None
    if not signature.is_fresh(timestamp, time.time()):
        return "stale", None
    # Not as it was given: a second spelling of it must not pass for another one.
    return "ok", signature.generic(line.signature_secret, timestamp, body)


def _thank(kind):
    """The answer to a report that was taken: what this kind of telephone system can read."""
    if kind == "twilio":
        return request.make_response('<?xml version="1.0" encoding="UTF-8"?><Response/>', [("Content-Type", "text/xml")])
    if kind == "3cx":
        return request.make_response("{}", [("Content-Type", "application/json")])
    return request.make_response("", status=204)


def _refuse(line, result, detail=None):
    """The answer to a request that is not taken. What it said is kept for the administrator. From a foreign network, the connection seems not to exist."""
    if detail:
        # By a cursor of its own, since what this request did is taken back.
        with request.env.registry.cursor() as cr:
            request.env(cr=cr, user=SUPERUSER_ID, su=True)["crm.cti.event"]._log(line.id, result, f"{detail} · {_address()}")
    if result == "network":
        raise _not_found()
    status, text = REFUSALS[result]
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff")]
    return request.make_response(f"{detail if result == 'unreadable' else text}\n", headers, status=status)


def _not_found():
    """What Odoo answers to a path that does not exist, to the letter: the routing is asked for one again."""
    if hasattr(request, "is_frontend"):
        del request.is_frontend
    try:
        request.env["ir.http"]._match(request.httprequest.path + "/nothing")
    except NotFound as error:
        return error
    return NotFound()


def _parameters_of(asked) -> dict[str, list[str]]:
    """The parameters of a request by name: of its query, its form or its JSON body."""
    found = {name: asked.args.getlist(name) for name in asked.args}
    found |= {name: asked.form.getlist(name) for name in asked.form}
    if asked.mimetype == "application/json" or asked.mimetype.endswith("+json"):
        try:
            body = json.loads(asked.get_data() or b"{}")
        except (ValueError, RecursionError):
            raise cti.Unreadable("the body is no JSON") from None
        if isinstance(body, dict):
            found |= {str(name): value if isinstance(value, list) else [value] for name, value in body.items() if value is not None}
    return found


def _detail(event) -> str:
    parts = (event.kind, event.direction, event.number, " ".join(event.agents), event.call_id)
    return " · ".join(part for part in parts if part)


def _shown_name(matches) -> str:
    """What a handset shows: the name, with a question mark where it is not sure, and how many others share the number."""
    if not matches:
        return ""
    name = "".join(letter for letter in matches[0].name if letter.isprintable()).strip()[:SHOWN_NAME]
    others = len(matches) - 1
    return name + ("" if matches[0].known else "?") + (f" +{others}" if others else "")


def _contact(match, public_url) -> dict:
    firm, _comma, person = match.name.rpartition(", ")
    model, record_id = ("res.partner", match.partner_id) if match.partner_id else ("crm.lead", match.lead_id)
    return {
        "id": f"{model},{record_id}",
        "name": match.name,
        "firstname": person or match.name,
        "lastname": "",
        "company": firm,
        "match": "known" if match.known else "maybe",
        "url": f"{(public_url or '').rstrip('/')}/odoo/{PAGES[model]}/{record_id}",
    }
