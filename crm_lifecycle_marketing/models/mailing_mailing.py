from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..analytics import campaign

MODELS = ("res.partner", "mailing.contact")
NEVER_SENT = ("cancel", "error", "bounce")


class MailingMailing(models.Model):
    """Mailings to a segment as it is when they are sent, without those who are not to be written to, and those held out."""

    _inherit = "mailing.mailing"

    lifecycle_segment_id = fields.Many2one(
        "crm.lifecycle.segment",
        "Segment",
        index="btree_not_null",
        ondelete="restrict",
        help="Write to the customers who belong to the segment when the mailing is sent. On a mailing list: to those subscribers only "
        "whose address belongs to one of them.",
    )
    lifecycle_holdout = fields.Integer(
        "Held Out (%)",
        compute="_compute_lifecycle_holdout",
        inverse="_inverse_lifecycle_holdout",
        readonly=False,
        help="Share of the customers whom the campaign leaves alone, chosen by chance and the same ones in all its mailings: "
        "what they buy without it shows what it brought.",
    )
    lifecycle_customer_count = fields.Integer("Customers in the Segment", compute="_compute_lifecycle_reach")
    lifecycle_address_count = fields.Integer("Addresses", compute="_compute_lifecycle_reach")
    lifecycle_suppressed_count = fields.Integer(
        "Not to Be Written to", compute="_compute_lifecycle_reach", help="Blacklisted, asked not to, or held back for an open complaint."
    )
    lifecycle_capped_count = fields.Integer("Had Enough Mailings Lately", compute="_compute_lifecycle_reach")
    lifecycle_held_count = fields.Integer("Held Out", compute="_compute_lifecycle_reach")
    lifecycle_recipient_count = fields.Integer("Will Get It", compute="_compute_lifecycle_reach")

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------

    @api.depends("campaign_id.lifecycle_holdout")
    def _compute_lifecycle_holdout(self):
        for mailing in self:
            mailing.lifecycle_holdout = mailing.campaign_id.lifecycle_holdout if mailing.campaign_id else self._get_default_holdout()

    def _inverse_lifecycle_holdout(self):
        for mailing in self.filtered("campaign_id"):
            if mailing.campaign_id.lifecycle_holdout != mailing.lifecycle_holdout:
                mailing.campaign_id.lifecycle_holdout = mailing.lifecycle_holdout

    def _get_default_holdout(self):
        return self.env["utm.campaign"].default_get(["lifecycle_holdout"]).get("lifecycle_holdout", 0)

    @api.depends("lifecycle_segment_id", "mailing_model_id", "mailing_domain", "contact_list_ids", "campaign_id", "lifecycle_holdout")
    def _compute_lifecycle_reach(self):
        for mailing in self:
            segment = mailing.lifecycle_segment_id
            counts = dict.fromkeys(("customer", "address", "suppressed", "capped", "held", "recipient"), 0)
            if segment and mailing.mailing_model_real in MODELS:
                there = mailing._in_segment_company()
                model = there.env[there.mailing_model_real].sudo()
                addressed = Domain(there._parse_mailing_domain()) & there._get_segment_domain()
                welcome = addressed & there._get_welcome_domain()
                uncapped = welcome & there._get_uncapped_domain()
                counts["customer"] = segment.customer_count
                counts["address"] = model.search_count(addressed)
                allowed = model.search_count(welcome)
                counts["suppressed"] = counts["address"] - allowed
                counts["recipient"] = model.search_count(uncapped & there._get_expected_domain())
                counts["held"] = model.search_count(uncapped) - counts["recipient"]
                counts["capped"] = allowed - counts["held"] - counts["recipient"]
            for name, count in counts.items():
                mailing[f"lifecycle_{name}_count"] = count

    @api.onchange("lifecycle_segment_id")
    def _onchange_lifecycle_segment_id(self):
        listless = self.mailing_on_mailing_list and not self.contact_list_ids
        if self.lifecycle_segment_id and (listless or self.mailing_model_real not in MODELS):
            self.mailing_model_id = self.env["ir.model"]._get("res.partner")

    @api.constrains("lifecycle_segment_id", "mailing_model_id", "use_exclusion_list", "campaign_id")
    def _check_lifecycle_segment(self):
        for mailing in self.filtered("lifecycle_segment_id"):
            if mailing.mailing_model_real not in MODELS:
                raise ValidationError(self.env._("A segment can be written to as contacts or through mailing lists only."))
            if not mailing.use_exclusion_list:
                raise ValidationError(self.env._("A mailing to a segment never goes to those who are on the exclusion list."))
            if mailing.campaign_id.company_id not in (mailing.lifecycle_segment_id.company_id, self.env["res.company"]):
                raise ValidationError(self.env._("The campaign and the segment belong to different companies."))

    @api.model_create_multi
    def create(self, vals_list):
        mailings = super().create(vals_list)
        for mailing, vals in zip(mailings, vals_list, strict=True):
            mailing._ensure_campaign(vals.get("lifecycle_holdout"))
        return mailings

    def write(self, vals):
        holdout = vals.get("lifecycle_holdout")
        result = super().write(vals)
        if vals.get("lifecycle_segment_id") or "campaign_id" in vals:
            for mailing in self:
                mailing._ensure_campaign(holdout)
        return result

    def _ensure_campaign(self, holdout=None):
        """What went to a segment is measured, and what is measured is a campaign."""
        if self.lifecycle_segment_id and not self.campaign_id:
            values = {
                "title": self.subject,
                "user_id": self.user_id.id or self.env.uid,
                "company_id": self.lifecycle_segment_id.company_id.id,
            }
            if holdout is not None:
                values["lifecycle_holdout"] = holdout
            self.campaign_id = self.env["utm.campaign"].create(values)

    # ------------------------------------------------------------------
    # Whom it reaches
    # ------------------------------------------------------------------

    def _get_recipients_domain(self):
        """Those who belong to the segment now and may be written to now, without those held out."""
        domain = super()._get_recipients_domain()
        if self.use_exclusion_list and "email_normalized" in self.env[self.mailing_model_real]._fields:
            there = self._in_segment_company()
            domain &= there._get_welcome_domain() & there._get_uncapped_domain()
        if self.lifecycle_segment_id:
            domain &= self._in_segment_company()._get_segment_domain() & ~self._get_held_domain()
        return domain

    def _get_remaining_recipients(self):
        """Chance decides who is held out when the mailing is about to go, and that is kept."""
        if self.lifecycle_segment_id and not self.ab_testing_is_winner_mailing:
            self._assign()
        return super()._get_remaining_recipients()

    def _action_send_mail(self, res_ids=None):
        for mailing in self:
            there = mailing._in_segment_company() if mailing.lifecycle_segment_id else mailing
            super(MailingMailing, there)._action_send_mail(res_ids)
        return True

    def _assign(self):
        """Put the customers whom the mailing would reach on its campaign's register, some of them as held out."""
        self.ensure_one()
        self._ensure_campaign()
        there = self._in_segment_company().sudo()
        domain = (
            Domain(there._parse_mailing_domain()) & there._get_segment_domain() & there._get_welcome_domain() & there._get_uncapped_domain()
        )
        found = there.env[there.mailing_model_real]._search(domain)
        if there.mailing_model_real == "mailing.contact":
            partners = there.env["res.partner"]._search(there.lifecycle_segment_id._get_partner_domain())
            partners.add_where(SQL("%s IN (%s)", SQL.identifier(partners.table, "email_normalized"), found.select("email_normalized")))
            found = partners
        self.env.flush_all()
        self.env.cr.execute(
            campaign.assign(
                self.campaign_id.id,
                self.id,
                self.lifecycle_segment_id.company_id.id,
                self.campaign_id.lifecycle_holdout,
                found.select(SQL.identifier(found.table, "commercial_partner_id")),
            )
        )
        self.env["crm.lifecycle.campaign.member"].invalidate_model()

    def _in_segment_company(self):
        """The mailing seen from the company of its segment; sent by the scheduler, it would be seen from another one."""
        self.ensure_one()
        company = self.sudo().lifecycle_segment_id.company_id or self.campaign_id.company_id or self.user_id.company_id or self.env.company
        return self.with_context(allowed_company_ids=company.ids)

    def _get_segment_domain(self):
        """The recipients who belong to the segment, as a domain on contacts or on those of mailing lists."""
        domain = self.lifecycle_segment_id._get_partner_domain()
        if self.mailing_model_real == "res.partner":
            return domain
        partners = self.env["res.partner"].sudo()._search(domain)
        return self._with_address(partners.select("email_normalized"))

    def _get_welcome_domain(self):
        """Without the addresses of contacts who may not be approached. An address that two contacts share is held back for both."""
        partners = self.env["res.partner"].sudo()
        unwelcome = partners._search(~partners._lifecycle_reachable("email") & Domain("email_normalized", "!=", False))
        domain = ~self._with_address(unwelcome.select("email_normalized"))
        blacklisted = self.env["mail.blacklist"].sudo()._search([])
        return domain & ~self._with_address(blacklisted.select(SQL("email AS email_normalized")))

    def _get_uncapped_domain(self):
        """Without the addresses that have had as many other mailings lately as the company allows."""
        company = self.env.company
        if not company.lifecycle_mail_cap:
            return Domain.TRUE
        self.env["mailing.trace"].flush_model()
        return ~self._with_address(
            SQL(
                """SELECT email AS email_normalized FROM mailing_trace
                    WHERE create_date >= %s AND trace_type = 'mail' AND trace_status NOT IN %s AND is_test_trace IS NOT TRUE
                      AND mass_mailing_id <> %s AND email IS NOT NULL
                    GROUP BY email HAVING count(DISTINCT mass_mailing_id) >= %s""",
                self.env.cr.now() - timedelta(days=company.lifecycle_mail_cap_days),
                NEVER_SENT,
                self._origin.id or 0,
                company.lifecycle_mail_cap,
            )
        )

    def _get_held_domain(self):
        """Those whom the campaign holds out by its register."""
        held = SQL(
            "SELECT partner_id FROM crm_lifecycle_campaign_member WHERE campaign_id = %s AND held_out", self.campaign_id._origin.id or 0
        )
        self.env["crm.lifecycle.campaign.member"].flush_model()
        return self._of_families(held)

    def _get_expected_domain(self):
        """Those who will get the mailing by what chance has decided already, or will decide."""
        number, percent = self.campaign_id._origin.id or 0, self.lifecycle_holdout

        def not_held(family):
            return SQL(
                """COALESCE((SELECT NOT held_out FROM crm_lifecycle_campaign_member WHERE campaign_id = %(campaign)s AND partner_id = %(family)s),
                            ('x' || left(md5(%(campaign)s || ':' || %(family)s), 8))::bit(32)::bigint * 100 >= %(percent)s * 4294967296)""",
                campaign=number,
                family=family,
                percent=percent,
            )

        if self.mailing_model_real == "res.partner":
            return Domain.custom(to_sql=lambda model, alias, query: not_held(model._field_to_sql(alias, "commercial_partner_id", query)))
        partners = self.env["res.partner"].sudo()._search(self.lifecycle_segment_id._get_partner_domain())
        partners.add_where(SQL("NOT %s", not_held(SQL.identifier(partners.table, "commercial_partner_id"))))
        return ~self._with_address(partners.select("email_normalized"))

    def _of_families(self, families: SQL):
        """Recipients who belong to these commercial partners, by themselves or by their address."""
        if self.mailing_model_real == "res.partner":
            return Domain.custom(
                to_sql=lambda model, alias, query: SQL("%s IN (%s)", model._field_to_sql(alias, "commercial_partner_id", query), families)
            )
        addresses = SQL("SELECT email_normalized FROM res_partner WHERE active AND commercial_partner_id IN (%s)", families)
        return self._with_address(addresses)

    def _with_address(self, addresses: SQL):
        """Recipients whose address is among those of a statement of ``email_normalized``."""

        def to_sql(model, alias, query):
            return SQL(
                "EXISTS (SELECT FROM (%s) listed WHERE listed.email_normalized = %s)",
                addresses,
                model._field_to_sql(alias, "email_normalized", query),
            )

        return Domain.custom(to_sql=to_sql)

    def _get_unwelcome(self, emails):
        """Which of these addresses belong to a contact who may not be approached."""
        partners = self._in_segment_company().env["res.partner"].sudo()
        found = partners.search(Domain("email_normalized", "in", list(emails)) & ~partners._lifecycle_reachable("email"))
        return found.mapped("email_normalized")

    def action_open_campaign_results(self):
        """Open what the campaign of this mailing returned."""
        self.ensure_one()
        return self.campaign_id.action_open_lifecycle_results()
