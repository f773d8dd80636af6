from odoo import SUPERUSER_ID
from odoo.exceptions import UserError
from odoo.http import Controller, request, route
from odoo.tools import email_normalize

from .uploads import REQUEST_LIMIT, given_text, uploaded_files

FIELDS = ("name", "email", "phone", "reference", "subject", "narrative", "kind", "remedy_sought", "consent")
PER_ADDRESS_AND_HOUR = 10
PER_MAIL_AND_HOUR = 5
# A person does not see this field, and programs fill in whatever there is.
TRAP = "homepage"


class ComplaintForm(Controller):
    @route("/complaints", type="http", auth="public", website=True, methods=["GET"], sitemap=True)
    def show(self, **kwargs):
        """The form, where the company has a team for it."""
        return self._render(self._get_team())

    @route("/complaints", type="http", auth="public", website=True, methods=["POST"], max_content_length=REQUEST_LIMIT)
    def send(self, **kwargs):
        """Receive a complaint; what is wrong is said beside what was written, which stays."""
        team = self._get_team()
        if not team:
            return self._render(team)
        given = {name: kwargs.get(name) if isinstance(kwargs.get(name), str) else "" for name in FIELDS}
        try:
            values = self._get_checked(given)
            files = uploaded_files()
            self._admit(values)
            if kwargs.get(TRAP):
                self._receive(team)._hold_form(team, values)
                number = ""
            else:
                # A hook for captchas: Odoo's own modules for them override it.
                request.env["ir.http"]._verify_request_recaptcha_token("complaint")
                with request.env.cr.savepoint():
                    number = self._receive(team)._create_from_form(team, values, files).number
        except TooMany as error:
            return self._render(team, given, str(error), 429)
        except UserError as error:
            return self._render(team, given, str(error), 400)
        request.session["complaint_number"] = number
        return request.redirect("/complaints/thanks")

    @route("/complaints/thanks", type="http", auth="public", website=True, methods=["GET"], sitemap=False)
    def thank(self, **kwargs):
        """Say that it was received, and its number."""
        return request.render(
            "crm_lifecycle_complaints.public_form_thanks",
            {"number": request.session.get("complaint_number"), "page_name": "complaint_form"},
        )

    def _get_team(self):
        return request.env["crm.complaint.team"]._get_form_team()

    def _receive(self, team):
        complaints = request.env["crm.complaint"].with_user(SUPERUSER_ID).with_company(team.company_id)
        return complaints.with_context(mail_create_nosubscribe=True, mail_create_nolog=True, complaint_form_user=request.env.user.id)

    def _get_checked(self, given):
        env = request.env
        values = {
            "sender": " ".join(given_text(given["name"], 120).split()),
            "email": given_text(given["email"], 254),
            "phone": given_text(given["phone"], 40),
            "reference": given_text(given["reference"], 120),
            "subject": " ".join(given_text(given["subject"], 250).split()),
            "narrative": given_text(given["narrative"]),
        }
        if not email_normalize(values["email"]):
            raise UserError(env._("Please enter a valid e-mail address, so that we can answer you."))
        if not values["subject"] or not values["narrative"]:
            raise UserError(env._("Please tell us what it is about, and what happened."))
        if not given["consent"]:
            raise UserError(env._("Please agree to the use of your details: without them we cannot handle your complaint."))
        complaints = env["crm.complaint"]
        for name in ("kind", "remedy_sought"):
            allowed = dict(complaints._fields[name].selection)
            if given[name] and given[name] not in allowed:
                raise UserError(env._("Please choose one of the options offered."))
            values[name] = given[name] or False
        return values

    def _admit(self, values):
        visitors = request.env["crm.complaint.visitor"]
        if not (
            visitors._admit("form", PER_ADDRESS_AND_HOUR)
            and visitors._admit("mail", PER_MAIL_AND_HOUR, address=email_normalize(values["email"]))
        ):
            raise TooMany(
                request.env._(
                    "We have received several messages from you within the last hour. Please wait an hour, then send this one again."
                )
            )

    def _render(self, team, given=None, error="", status=200):
        partner = request.env.user.partner_id
        known = {} if request.env.user._is_public() else {"name": partner.name, "email": partner.email, "phone": partner.phone}
        values = {
            "team": team,
            "given": given or known,
            "error": error,
            "trap": TRAP,
            "kinds": request.env["crm.complaint"]._fields["kind"]._description_selection(request.env),
            "remedies": request.env["crm.complaint"]._fields["remedy_sought"]._description_selection(request.env),
            "page_name": "complaint_form",
        }
        response = request.render("crm_lifecycle_complaints.public_form", values)
        response.status_code = status if team else 404
        return response


class TooMany(UserError):
    """More from one address than a person sends."""
