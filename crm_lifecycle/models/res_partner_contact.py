from odoo import api, fields, models
from odoo.fields import Domain


class ResPartner(models.Model):
    """How a contact wishes to be approached. Whatever approaches customers asks here first."""

    _inherit = "res.partner"

    lifecycle_no_mail = fields.Boolean("No Offers by Mail", tracking=True, help="No playbook or mailing writes to this contact.")
    lifecycle_no_call = fields.Boolean("No Sales Calls", tracking=True, help="No playbook or call list asks to telephone this contact.")
    lifecycle_no_visit = fields.Boolean("No Sales Visits", tracking=True, help="No playbook or tour asks to visit this contact.")

    @api.model
    def _lifecycle_reachable(self, channel: str) -> Domain:
        """The contacts that may be approached unasked by ``email``, ``phone`` or ``visit``. Extend it to hold back for other reasons.

        Says nothing of whether there is an address or number. What the customer waits for (an answer, an invoice) needs no leave.
        """
        # Odoo's own searches for blacklisted contacts list the ids of everybody else.
        match channel:
            case "email":
                return Domain("lifecycle_no_mail", "=", False) & Domain(
                    "email_normalized", "not in", self._listed("mail.blacklist", "email")
                )
            case "phone":
                return Domain("lifecycle_no_call", "=", False) & Domain(
                    "phone_sanitized", "not in", self._listed("phone.blacklist", "number")
                )
            case "visit":
                return Domain("lifecycle_no_visit", "=", False)
        raise ValueError(f"no such channel: {channel}")

    def _listed(self, blacklist: str, field: str) -> list[str]:
        # sudo(): whoever plans a mailing or a call need not be allowed to read the blacklist.
        return self.env[blacklist].sudo().search([]).mapped(field)
