from markupsafe import Markup, escape
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

RECOMMENDED = 4
VISITS = 5
CHANNELS = {"mail": "lifecycle_no_mail", "call": "lifecycle_no_call", "visit": "lifecycle_no_visit"}


class ResPartner(models.Model):
    """What customers see and ask for on their own page in the portal. ``self`` is the contact who has logged in."""

    _inherit = "res.partner"

    def _lifecycle_recommended(self, limit=RECOMMENDED):
        """What to offer this customer: ``[{"product": product.product, "reason": str}, …]`` in the contact's language, what goes with their
        purchases before what they reorder.

        Seen with all rights: the customer may know what they bought, whoever shows it to them.
        """
        self.ensure_one()
        family = self.commercial_partner_id.sudo().with_context(lang=self.lang or self.env.lang)
        self.env.flush_all()
        found = family._lifecycle_answered({"next_best": family._lifecycle_section_next_best()})["next_best"] or {}
        reasons = {}
        for kind in ("cross_sell", "up_sell", "reorder"):
            for row in found.get(kind, ()):
                reasons.setdefault(row["id"], row["reason"])
        products = family.env["product.product"].browse(list(reasons)[:limit])
        return [{"product": product, "reason": reasons[product.id]} for product in products]

    def _lifecycle_planned_visits(self):
        """Meetings to come to which somebody of the family is invited; of private ones nothing is told."""
        self.ensure_one()
        domain = [
            ("partner_ids", "any", [("commercial_partner_id", "=", self.commercial_partner_id.id)]),
            ("stop", ">=", fields.Datetime.now()),
            ("privacy", "!=", "private"),
        ]
        return self.env["calendar.event"].sudo().search(domain, order="start", limit=VISITS)

    def _lifecycle_open_survey(self):
        """The newest question to this contact that is still open, if any."""
        self.ensure_one()
        domain = [("partner_id", "=", self.id), ("state", "=", "sent"), ("expires_at", ">", fields.Datetime.now())]
        return self.env["crm.voice.request"].sudo().search(domain, order="id desc", limit=1)

    def _lifecycle_set_wishes(self, allowed):
        """Write by which channels the contact may be approached, as they said themselves; noted on the contact with its day.

        :param set allowed: of ``CHANNELS``
        """
        self.ensure_one()
        self.sudo().write({field: channel not in allowed for channel, field in CHANNELS.items()})

    def _lifecycle_get_wishes(self):
        """``{channel: whether allowed}``, and whether the address is blacklisted, which outdoes them."""
        self.ensure_one()
        me = self.sudo()
        return {channel: not me[field] for channel, field in CHANNELS.items()} | {"blacklisted": me.is_blacklisted}

    def _lifecycle_callback(self):
        """The call-back that somebody of the family has asked for and nobody has made yet."""
        self.ensure_one()
        domain = Domain("res_model", "=", "res.partner") & Domain(
            "activity_type_id", "=", self.env.ref("crm_lifecycle.mail_activity_callback").id
        )
        family = self.sudo().search([("commercial_partner_id", "=", self.commercial_partner_id.id)])
        return self.env["mail.activity"].sudo().search(domain & Domain("res_id", "in", family.ids), limit=1)

    def _lifecycle_request_callback(self, number="", text=""):
        """Have the salesperson call. What is asked while a call is pending is added to it.

        :raise UserError: where there is nothing to call
        """
        self.ensure_one()
        number = (number or self.phone or "").strip()
        if not any(sign.isdigit() for sign in number) or len(number) > 40:
            raise UserError(self.env._("Please enter the number at which we can call you."))
        user = self._lifecycle_caretaker()
        here = self.sudo().with_context(lang=user.lang)
        note = Markup("<p>%s</p>") % here.env._("Asked for a call at %(number)s.", number=number)
        if text:
            note += Markup("<p>%s</p>") % Markup("<br/>").join(escape(line) for line in text.splitlines())
        pending = self._lifecycle_callback()
        if pending:
            # Otherwise whoever presses the button again and again would fill the list of a salesperson.
            if len(pending.note or "") < 4000:
                pending.note = (pending.note or Markup()) + note
            return pending
        return here.activity_schedule(
            "crm_lifecycle.mail_activity_callback",
            date_deadline=fields.Date.context_today(here.with_context(tz=user.tz)),
            summary=here.env._("Call back: %(name)s", name=self.display_name),
            note=note,
            user_id=user.id,
        )

    @api.model
    def _lifecycle_is_staff(self, user):
        return bool(user) and user.active and not user.share

    def _lifecycle_caretaker(self):
        """Who looks after this contact: their salesperson, the firm's, the leader of the first sales team, or the administrator."""
        me = self.sudo()
        team = me.env["crm.team"].search([("company_id", "in", [False, me.env.company.id]), ("user_id", "!=", False)], limit=1)
        candidates = (me.user_id, me.commercial_partner_id.user_id, team.user_id)
        return next((user for user in candidates if self._lifecycle_is_staff(user)), me.env.ref("base.user_admin"))
