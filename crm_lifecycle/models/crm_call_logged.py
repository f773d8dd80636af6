from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..domain import phone
from .crm_call import QUIETLY

# A call that the telephone system has reported so recently is the one that somebody writes up now.
JUST_NOW = timedelta(minutes=60)
NOTE_LENGTH = 10_000
CONTACT = {"partner_id", "commercial_partner_id", "state", "started_at", "outcome_id"}


class CrmCall(models.Model):
    """Calls that somebody made without a telephone system, or writes up afterwards."""

    _inherit = "crm.call"

    @api.model_create_multi
    def create(self, vals_list):
        calls = super().create(vals_list)
        if not self._is_reported():
            self._refresh_contacts(calls.filtered(lambda call: call.state == "done"))
        return calls

    def write(self, vals):
        result = super().write(vals)
        if CONTACT & vals.keys() and not self._is_reported():
            self._refresh_contacts(self)
        return result

    def _is_reported(self):
        """Whether a telephone system speaks, whose reports cost few queries: plans hear of the call by its outcome, or at night."""
        return bool(self.env.context.get("crm_lifecycle_reported"))

    @api.model
    def _refresh_contacts(self, calls):
        self.env["crm.account.plan"]._refresh_customers(calls.commercial_partner_id.ids)

    @api.model
    def log_call(self, partner_id, outcome_id=False, note=""):
        """Keep that the current user has spoken with a contact just now, and what came of it. Returns the call.

        The call that the telephone system reported of it within the last hour is used where there is one. Calls of the
        customer's that waited to be returned no longer do, unless the outcome is that somebody calls again.

        :raise AccessError: for those who may not read the contact or write calls
        """
        self.check_access("write")
        partner = self.env["res.partner"].browse(partner_id).exists()
        if not partner:
            raise UserError(self.env._("The contact does not exist any more."))
        partner.check_access("read")
        outcome = self.env["crm.call.outcome"].browse(int(outcome_id or 0)).exists()
        family, now = partner.commercial_partner_id, fields.Datetime.now()
        said = {"outcome_id": outcome.id, "note": (note or "").strip()[:NOTE_LENGTH]}
        call = self.search(
            [
                ("commercial_partner_id", "=", family.id),
                ("user_id", "=", self.env.uid),
                ("company_id", "=", self.env.company.id),
                ("state", "=", "done"),
                ("outcome_id", "=", False),
                ("endpoint_id", "!=", False),
                ("started_at", ">=", now - JUST_NOW),
            ],
            limit=1,
        )
        if call:
            call.write(said)
        else:
            region = partner.country_id.code or self.env.company.country_id.code
            read = phone.read(partner.phone, region) if partner.phone else None
            # sudo(): what telephone systems report is not for agents to write; that they spoke is.
            call = (
                self.sudo()
                .with_context(**QUIETLY)
                .create(
                    {
                        **said,
                        "company_id": self.env.company.id,
                        "direction": "out",
                        "state": "done",
                        "match": "chosen",
                        "partner_id": partner.id,
                        "number": partner.phone,
                        "e164": read and read.e164,
                        "user_id": self.env.uid,
                        "started_at": now,
                        "answered_at": now,
                        "ended_at": now,
                        "hour": fields.Datetime.context_timestamp(self, now).strftime("%H:00"),
                        "to_return": outcome.callback,
                    }
                )
                .sudo(False)
            )
        self._spoken_with(family, call)
        return call

    @api.model
    def _spoken_with(self, family, call):
        """Whoever of this customer's waited for a call has been heard; ``call`` (may be empty) says itself whether somebody calls again."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE crm_call SET to_return = false WHERE to_return AND commercial_partner_id = %s AND company_id = %s AND id <> %s",
                family.id,
                self.env.company.id,
                call.id or 0,
            )
        )
        self.invalidate_model(["to_return"])
