import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import email_normalize, formatLang, ormcache
from psycopg2 import OperationalError

from ..analytics import expiry as sql
from ..analytics import ledger
from ..domain import expiry
from ..domain.rewards import POINT_DIGITS

KEPT_BY = {"program_type", "applies_on"}
EXPIRE_CHUNK = 50_000
WARN_CHUNK = 500
RETRIES = 5


class LoyaltyProgram(models.Model):
    _inherit = "loyalty.program"

    crm_loyalty_is_kept = fields.Boolean(compute="_compute_crm_loyalty_is_kept", string="Kept by the Ledger")
    hold_until = fields.Selection(
        [
            ("none", "At once"),
            ("paid", "When the order is paid"),
            ("delivered", "When the order is delivered"),
            ("days", "After some days"),
        ],
        string="Points Can Be Used",
        required=True,
        default="none",
        help="When points from an order can be used. Until then they are pending, and a cancelled order costs nothing.",
    )
    hold_days = fields.Integer(string="Days Pending", default=14, help="Days after the confirmation of the order.")
    expiry_policy = fields.Selection(
        [
            ("never", "Never"),
            ("term", "Some months after they were earned"),
            ("year_end", "At the end of a year"),
            ("inactivity", "When the card is not used for some months"),
        ],
        string="Points Expire",
        required=True,
        default="never",
    )
    expire_after = fields.Integer(
        string="Months",
        default=12,
        help="Months until points expire. At the end of a year: of the year in which these months end (0: of the year they were earned in).",
    )
    expiry_warning_days = fields.Integer(
        string="Warn Before", default=30, help="Days before points expire on which the customer gets an e-mail. 0: no e-mail."
    )
    correction_limit = fields.Float(
        string="Corrections up to",
        digits=(16, POINT_DIGITS),
        help="Corrections of more points than this have to be approved by a second person. 0: no limit.",
    )

    point_value = fields.Float(
        string="Value of a Point", digits=(16, 4), help="What a customer would pay for a point, in money. 0: no liability is computed."
    )
    expected_redemption = fields.Float(
        string="Expected to be Redeemed (%)",
        default=100,
        help="The share of points that customers will redeem in the end; the rest is breakage.",
    )
    tier_ids = fields.One2many("crm.loyalty.tier", "program_id", string="Tiers")
    tier_basis = fields.Selection(
        [("points", "Points earned by orders"), ("spend", "Invoiced amount")], string="Tiers by", required=True, default="points"
    )
    tier_window = fields.Selection(
        [("rolling", "The last months"), ("calendar", "The calendar year")], string="Counted over", required=True, default="rolling"
    )
    tier_months = fields.Integer(string="Months Counted", default=12)
    tier_grace_days = fields.Integer(
        string="Days of Grace", default=90, help="Who no longer earns their tier keeps it for so long, and then goes down one step."
    )
    required_tier_ids = fields.Many2many(
        "crm.loyalty.tier",
        "loyalty_program_required_tier_rel",
        string="Only for Tiers",
        help="The program is for customers in one of these tiers. Empty: for everybody.",
    )

    _point_value_positive = models.Constraint("CHECK (point_value >= 0)", "The value of a point cannot be negative.")
    _expected_share = models.Constraint("CHECK (expected_redemption BETWEEN 0 AND 100)", "A share is between 0 and 100 %.")
    _tier_months_positive = models.Constraint("CHECK (tier_months > 0)", "Tiers are counted over one month at least.")
    _grace_positive = models.Constraint("CHECK (tier_grace_days >= 0)", "Days cannot be negative.")
    _hold_days_positive = models.Constraint("CHECK (hold_days >= 0)", "Days cannot be negative.")
    _expire_after_positive = models.Constraint(
        "CHECK (expire_after >= 0 AND expire_after <= 1200 AND (expire_after > 0 OR COALESCE(expiry_policy, 'never') IN ('never', 'year_end')))",
        "Points cannot expire as soon as they are earned. Set at least one month.",
    )
    _warning_positive = models.Constraint("CHECK (expiry_warning_days >= 0)", "Days cannot be negative.")
    _limit_positive = models.Constraint("CHECK (correction_limit >= 0)", "A limit cannot be negative. Leave it at 0 for no limit.")

    @api.depends("program_type", "applies_on")
    def _compute_crm_loyalty_is_kept(self):
        for program in self:
            program.crm_loyalty_is_kept = program._crm_loyalty_is_kept()

    @api.model_create_multi
    def create(self, vals_list):
        if any("required_tier_ids" in vals for vals in vals_list):
            self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        """A program that becomes one of points on a card opens its ledger; one with postings stays one."""
        if "required_tier_ids" in vals:
            self.env.registry.clear_cache()
        if not KEPT_BY & vals.keys():
            return super().write(vals)
        before = self.filtered(lambda program: program._crm_loyalty_is_kept())
        result = super().write(vals)
        after = self.filtered(lambda program: program._crm_loyalty_is_kept())
        if (gone := before - after) and (posted := self.env["crm.loyalty.entry"].sudo().search([("program_id", "in", gone.ids)], limit=1)):
            raise UserError(
                self.env._(
                    "“%(program)s” has points on its customers' cards and has to stay a loyalty card program. Archive it, and make another one.",
                    program=posted.program_id.display_name,
                )
            )
        (after - before)._crm_loyalty_open()
        return result

    @api.model
    @ormcache()
    def _crm_loyalty_any_for_tiers(self):
        """Whether any program is for some tiers only: where none is, orders need not ask which tiers their customer is in."""
        return bool(self.sudo().with_context(active_test=False).search_count([("required_tier_ids", "!=", False)], limit=1))

    def _crm_loyalty_open(self):
        """Write opening entries for cards that have points and no entries: of these programs, or of all when empty and called on the model."""
        if not self:
            return
        self.env.flush_all()
        texts = {"order": self.env._("Order"), "opening": self.env._("Opening balance")}
        self.env.cr.execute(ledger.opening(texts, self.ids))
        self.env.invalidate_all()

    def _crm_loyalty_expire(self, cards=None, limit=None):
        """Take off what has expired, by one statement; gives the number of lots. Of ``cards`` only, if given."""
        self.ensure_one()
        self.env.flush_all()
        today = self._crm_loyalty_today()
        source = sql.due(self.id, today, self._crm_loyalty_inactive_months(), None if cards is None else cards.ids)
        texts = {code: self.with_context(lang=code).env._("Points expired") for code, __ in self.env["res.lang"].get_installed()}
        company = self.company_id or self.env.company
        statement = sql.expire(source, today, company.id, self.env.uid, json.dumps({**texts, "": self.env._("Points expired")}), limit)
        [(count,)] = self.env.execute_query(statement)
        if count:
            self.env.invalidate_all()
        return count

    @api.model
    def _cron_expire(self):
        """Take off expired points and tell customers whose points will expire.

        Works in chunks, each committed: a stop loses nothing, and the next run goes on where this one ended. Where customers buy at the same
        moment, a chunk starts again.
        """
        programs = self.with_context(active_test=False).search(self._crm_loyalty_domain())
        for program in programs:
            while count := program._crm_loyalty_expire_chunk():
                if not self.env["ir.cron"]._commit_progress(count):
                    return
        for program in programs.filtered(lambda program: program.active and program.expiry_warning_days):
            while count := program._crm_loyalty_warn():
                if not self.env["ir.cron"]._commit_progress(count):
                    return

    def _crm_loyalty_expire_chunk(self):
        for attempt in range(RETRIES):
            try:
                with self.env.cr.savepoint():
                    return self._crm_loyalty_expire(limit=EXPIRE_CHUNK)
            except OperationalError:
                if attempt == RETRIES - 1:
                    raise
                self.env.cr.rollback()
        return 0

    def _crm_loyalty_warn(self):
        """Queue the mails to customers whose points expire soon, for each day of expiry once; gives the number of cards."""
        self.ensure_one()
        self.env.flush_all()
        today, inactive = self._crm_loyalty_today(), self._crm_loyalty_inactive_months()
        until = today + timedelta(days=self.expiry_warning_days)
        rows = self.env.execute_query(sql.to_warn(self.id, today, until, inactive, WARN_CHUNK))
        soon = {card_id: (points, day) for card_id, points, day, __ in rows}
        cards = self.env["loyalty.card"].sudo().browse(soon).with_context(crm_loyalty_expiring=soon)
        template = self.env.ref("crm_lifecycle_loyalty.mail_template_expiry", raise_if_not_found=False)
        if template:
            reachable = cards.filtered(lambda card: email_normalize(card.partner_id.email))
            template.with_context(crm_loyalty_expiring=soon).send_mail_batch(reachable.ids)
        self.env.cr.execute(sql.mark_warned([lot_id for *__, lot_ids in rows for lot_id in lot_ids], inactive))
        return len(rows)

    def _crm_loyalty_is_kept(self):
        """Whether the ledger keeps the cards: points on a card with a name on it. Coupons, gift cards and eWallets stay Odoo's."""
        return self.program_type == "loyalty" and self.applies_on in ("both", "future")

    def _crm_loyalty_today(self):
        """The day it is where the program's company is, as Odoo judges the validity of programs."""
        self.ensure_one()
        return fields.Date.context_today(self.with_context(tz=self._crm_loyalty_timezone()))

    def _crm_loyalty_timezone(self):
        self.ensure_one()
        return self.company_id.partner_id.tz or self.env["ir.config_parameter"].sudo().get_param("loyalty.timezone", "UTC")

    def _crm_loyalty_last_day(self):
        """The last day on which points given today can be used, or None."""
        self.ensure_one()
        return expiry.last_day(self.expiry_policy, self.expire_after, self._crm_loyalty_today())

    def _crm_loyalty_inactive_months(self):
        """Months after which points of a card that is not used expire, or None when they do not."""
        self.ensure_one()
        return self.expire_after if self.expiry_policy == "inactivity" else None

    def _crm_loyalty_release_day(self):
        """The day on which points of an order confirmed today can be used, or False when it does not depend on a day."""
        self.ensure_one()
        return self.hold_until == "days" and self._crm_loyalty_today() + timedelta(days=self.hold_days)

    @api.model
    def _crm_loyalty_domain(self, company=None, prefix=""):
        """Programs that collect points on a card with a name on it; those a company may use, if one is given.

        :param prefix: path to the program, such as ``"program_id."``
        """
        domain = Domain(f"{prefix}program_type", "=", "loyalty") & Domain(f"{prefix}applies_on", "in", ("both", "future"))
        if company:
            domain &= Domain(f"{prefix}company_id", "=", False) | Domain(f"{prefix}company_id", "parent_of", company.ids)
        return domain

    def _crm_loyalty_check_usable(self, company):
        """Refuse programs on which a customer of ``company`` cannot collect points."""
        for program in self:
            if not program._crm_loyalty_is_kept():
                raise ValidationError(
                    self.env._(
                        "“%(program)s” does not collect points on a customer's card. Choose a program of the type “Loyalty Cards” "
                        "whose points count for current and future orders or for future orders.",
                        program=program.display_name,
                    )
                )
            if program.company_id and program.company_id not in company.parent_ids:
                raise ValidationError(
                    self.env._(
                        "“%(program)s” belongs to %(owner)s and cannot be used by %(company)s. Choose a program of %(company)s, "
                        "or one that is shared by all companies.",
                        program=program.display_name,
                        owner=program.company_id.name,
                        company=company.name,
                    )
                )

    def _crm_loyalty_points_label(self, points):
        """Points with their name, written as the language of the context writes numbers."""
        self.ensure_one()
        digits = 0 if points == int(points) else POINT_DIGITS
        return f"{formatLang(self.env, float(points), digits=digits)} {self.portal_point_name or self.env._('points')}"

    @api.model
    def _crm_loyalty_create_starter(self):
        """A first loyalty program, ready to use, named in every installed language: points for each order, a discount for points.

        Points for money, which Odoo proposes, would need another rate in each currency: one point a rupiah is a discount with every order.
        """
        self.check_access("create")
        values = self._get_template_values()["loyalty"]
        values["rule_ids"] = [Command.clear(), Command.create({"reward_point_mode": "order", "reward_point_amount": 10})]
        values["reward_ids"] = [Command.clear(), Command.create({"discount": 5, "required_points": 200})]
        # A program makes the product of its discount, and who manages sales need not have the right to make products.
        program = self.sudo().create(values)
        for code, __ in self.env["res.lang"].get_installed():
            there = program.with_context(lang=code)
            there.write({"name": there.env._("Loyalty Program"), "portal_point_name": there.env._("points")})
            there.reward_ids.description = there.env._("%(percent)s off one order", percent="5%")
        return program.with_env(self.env)
