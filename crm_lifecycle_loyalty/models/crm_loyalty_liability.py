from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date

from ..analytics import liability as sql
from ..domain import liability
from ..domain.rewards import POINT_DIGITS, exact_points


class CrmLoyaltyLiability(models.Model):
    """What a program owes its members at the end of a month, and the draft entry that says so in the books.

    Revenue is deferred by relative stand-alone selling prices, with breakage (IFRS 15, PSAK 115). Nothing is posted: the entry is a draft for
    the accountant. Points given for nothing defer no revenue and are shown apart, at the value they would cost.
    """

    _name = "crm.loyalty.liability"
    _description = "Loyalty Liability"
    _order = "date desc, program_id"

    program_id = fields.Many2one("loyalty.program", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(string="As of", required=True, readonly=True, help="The last day of the month.")
    sales = fields.Monetary(readonly=True, help="Net sales of the month that gave points.")
    points_issued = fields.Float(digits=(16, POINT_DIGITS), readonly=True, help="Given with these sales, less what was taken back.")
    point_value = fields.Float(digits=(16, 4), readonly=True, help="Stand-alone selling price of a point.")
    expected_rate = fields.Float(string="Expected to be Redeemed", readonly=True)
    points_redeemed = fields.Float(string="Redeemed so far", digits=(16, POINT_DIGITS), readonly=True)
    points_expected = fields.Float(string="Expected in All", digits=(16, POINT_DIGITS), readonly=True)
    deferral = fields.Monetary(string="Deferred in the Month", readonly=True)
    revenue = fields.Monetary(string="Recognised in the Month", readonly=True)
    deferred_total = fields.Monetary(string="Deferred so far", readonly=True)
    recognised_total = fields.Monetary(string="Recognised so far", readonly=True)
    balance = fields.Monetary(string="Liability", readonly=True)
    free_points = fields.Float(string="Free Points Left", digits=(16, POINT_DIGITS), readonly=True)
    free_value = fields.Monetary(
        string="Value of Free Points", readonly=True, help="At the value of a point and the share expected to be used."
    )
    move_id = fields.Many2one(
        "account.move", string="Journal Entry", readonly=True, copy=False, ondelete="set null", index="btree_not_null"
    )

    _month_unique = models.UniqueIndex("(program_id, company_id, date)", "The month of this program is closed already.")

    @api.depends("date", "program_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for month in self:
            month.display_name = f"{month.program_id.display_name}, {format_date(self.env, month.date, date_format='MMMM y')}"

    @api.model
    def _cron_close(self):
        """Close the last month of every program that has a value of its points, in every company that uses it; months closed stay."""
        last = fields.Date.today().replace(day=1) - timedelta(days=1)
        for company in self.env["res.company"].search([]):
            self.with_company(company)._close(company, last)
            self.env["ir.cron"]._commit_progress(1)

    @api.model
    def _close(self, company, last):
        """The liability of a company's programs at the end of the month that ends on ``last``; months are closed in order and once."""
        programs = self.env["loyalty.program"].with_context(active_test=False)
        domain = programs._crm_loyalty_domain(company) & fields.Domain("point_value", ">", 0)
        made = self.browse()
        for program in programs.search(domain):
            before = self.search([("program_id", "=", program.id), ("company_id", "=", company.id)], limit=1)
            if before and before.date >= last:
                continue
            made |= self.create(self._prepare(program, company, before, last))
        made.filtered(lambda closed: closed.deferral or closed.revenue)._make_entry()
        return made

    def _prepare(self, program, company, before, last):
        self.env.flush_all()
        timezone = company.partner_id.tz or program._crm_loyalty_timezone()
        first = before.date + timedelta(days=1) if before else fields.Date.to_date("1970-01-01")
        [(points, sales)] = self.env.execute_query(sql.given(program.id, company.id, timezone, first, last))
        [(issued, redeemed, left, free)] = self.env.execute_query(sql.position(program.id, company.id, timezone, last))
        value, rate = Decimal(str(program.point_value)), Decimal(str(program.expected_redemption)) / 100
        result = liability.close_period(
            (exact_points(before.deferred_total), exact_points(before.recognised_total)),
            exact_points(sales),
            exact_points(points),
            exact_points(issued),
            exact_points(redeemed),
            exact_points(left),
            value,
            rate,
            Decimal(str(company.currency_id.rounding)),
        )
        return {
            "program_id": program.id,
            "company_id": company.id,
            "date": last,
            "sales": sales,
            "points_issued": points,
            "point_value": program.point_value,
            "expected_rate": program.expected_redemption,
            "points_redeemed": redeemed,
            "points_expected": float(result.expected_points),
            "deferral": float(result.deferral),
            "revenue": float(result.revenue),
            "deferred_total": float(result.deferred_total),
            "recognised_total": float(result.recognised_total),
            "balance": float(result.balance),
            "free_points": free,
            "free_value": float(exact_points(free) * value * rate),
        }

    def _make_entry(self):
        """A draft journal entry a company and month; without accounts in the settings there is none, and the figures still stand."""
        for (company, day), closed in self.grouped(lambda each: (each.company_id, each.date)).items():
            revenue, owed = company.loyalty_revenue_account_id, company.loyalty_liability_account_id
            journal = company.loyalty_journal_id
            if not (revenue and owed and journal):
                continue
            lines = []
            # The nightly job has a language of its own.
            words = closed.with_context(lang=company.partner_id.lang or self.env.lang)
            for each in words:
                name = each.program_id.display_name
                lines += each._prepare_lines(words.env._("Points given: %(program)s", program=name), revenue, owed, each.deferral)
                lines += each._prepare_lines(words.env._("Points redeemed: %(program)s", program=name), owed, revenue, each.revenue)
            move = self.env["account.move"].create(
                {
                    "move_type": "entry",
                    "company_id": company.id,
                    "journal_id": journal.id,
                    "date": day,
                    "ref": words.env._("Loyalty points, %(day)s", day=format_date(words.env, day)),
                    "line_ids": [Command.create(line) for line in lines],
                }
            )
            closed.move_id = move

    def _prepare_lines(self, name, debit, credit, amount):
        if not amount:
            return []
        if amount < 0:
            debit, credit, amount = credit, debit, -amount
        return [{"name": name, "account_id": debit.id, "debit": amount}, {"name": name, "account_id": credit.id, "credit": amount}]

    def action_open_entry(self):
        """The draft journal entry."""
        self.ensure_one()
        if not self.move_id:
            raise UserError(
                self.env._("There is no journal entry: the month changed nothing, or accounts and journal are missing in the settings.")
            )
        return {"type": "ir.actions.act_window", "res_model": "account.move", "res_id": self.move_id.id, "view_mode": "form"}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_followed(self):
        for closed in self:
            later = self.search_count(
                [("program_id", "=", closed.program_id.id), ("company_id", "=", closed.company_id.id), ("date", ">", closed.date)], limit=1
            )
            if later or closed.move_id.state == "posted":
                raise UserError(
                    self.env._("Only the last month can be deleted, to close it again, and only while its entry is not posted.")
                )
        self.move_id.filtered(lambda move: move.state == "draft").unlink()
