from itertools import combinations

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..analytics.stages import stage_case
from ..domain.stages import StageRule

PHASES = [("acquire", "Acquire"), ("enhance", "Enhance"), ("retain", "Retain")]


class CrmLifecycleStage(models.Model):
    _name = "crm.lifecycle.stage"
    _description = "Customer Stage"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10, help="A customer is in the furthest stage whose condition they meet.")
    phase = fields.Selection(PHASES, required=True, default="acquire")
    fold = fields.Boolean("Folded in Kanban")
    description = fields.Text(translate=True, help="What staff should know of customers in this stage.")
    condition = fields.Selection(
        [
            ("known", "We know of them"),
            ("interested", "They have an opportunity or a quotation"),
            ("bought", "They have bought"),
        ],
        "Entered when",
        required=True,
        default="bought",
    )
    min_purchases = fields.Integer(
        "Purchases", default=1, help="Number of different days with a posted customer invoice whose sum is positive, credit notes deducted."
    )
    min_tenure_days = fields.Integer("Days as Customer", help="Days between the first purchase and the latest one.")
    customer_count = fields.Integer("Customers", compute="_compute_customer_count")
    preview = fields.Char(compute="_compute_preview", help="What the condition would do, before it is saved.")

    _min_purchases_positive = models.Constraint("CHECK (min_purchases >= 0)", "The number of purchases cannot be negative.")
    _meetable = models.Constraint(
        "CHECK (min_purchases <= 36500 AND min_tenure_days <= 36500)",
        "Nobody could ever be in this stage: ask for no more than 36,500 purchases and 36,500 days, which is a hundred years.",
    )
    _min_tenure_positive = models.Constraint("CHECK (min_tenure_days >= 0)", "The number of days as a customer cannot be negative.")

    def _compute_customer_count(self):
        counts = dict(self.env["crm.lifecycle.customer"]._read_group([("stage_id", "in", self.ids)], ["stage_id"], ["__count"]))
        for stage in self:
            stage.customer_count = counts.get(stage, 0)

    @api.depends("active", "sequence", "condition", "min_purchases", "min_tenure_days")
    @api.depends_context("lang", "allowed_company_ids")
    def _compute_preview(self):
        for stage in self:
            moved, inside = stage._count_effect()
            stage.preview = self.env._(
                "With this condition %(inside)s customers are in this stage; saving it moves %(moved)s customers.",
                inside=inside,
                moved=moved,
            )

    def _count_effect(self) -> tuple[int, int]:
        """How many customers of the user's companies the condition as it stands, saved or not, moves, and how many it admits here."""
        self.ensure_one()
        rules = [rule for rule in self._get_rules() if rule.stage_id != self._origin.id]
        if self.active:
            rules.append(self._get_rule())
        self.env["crm.lifecycle.customer"].flush_model()
        [(moved, inside)] = self.env.execute_query(
            SQL(
                """
                SELECT count(*) FILTER (WHERE would_be IS DISTINCT FROM is_now), count(*) FILTER (WHERE would_be = %s)
                  FROM (
                    SELECT COALESCE(computed_stage_id, stage_id) AS is_now, %s AS would_be
                      FROM (
                        SELECT *, interested_since IS NOT NULL AS interested, purchase_days AS purchases,
                               COALESCE(last_purchase_date - first_purchase_date, 0) AS tenure_days
                          FROM crm_lifecycle_customer
                         WHERE company_id = ANY(%s)
                      ) standing
                  ) judged
                """,
                self._origin.id or 0,
                stage_case(rules),
                self.env.companies.ids,
            )
        )
        return moved, inside

    @api.constrains("condition", "min_purchases")
    def _check_bought(self):
        for stage in self:
            if stage.condition == "bought" and stage.min_purchases < 1:
                raise ValidationError(
                    self.env._("The stage %(stage)s is entered by buying: ask for at least one purchase.", stage=stage.name)
                )

    @api.constrains("active", "condition", "min_purchases", "min_tenure_days", "sequence")
    def _check_reachable(self):
        """Refuse a rule that hides another one: whoever meets the earlier stage would already meet the later one."""
        for earlier, later in combinations(self.search([], order="sequence, id"), 2):
            if all(a <= b for a, b in zip(later._asks(), earlier._asks(), strict=True)):
                raise ValidationError(
                    self.env._(
                        "Nobody could ever be in the stage %(earlier)s: whoever meets its condition also meets that of %(later)s, which comes after it. "
                        "Ask for more in %(later)s, or put it before %(earlier)s.",
                        earlier=earlier.name,
                        later=later.name,
                    )
                )

    def _asks(self) -> tuple[int, int, int]:
        """What the condition asks for, at least; a stage that asks for no more in any of the three hides the other.

        A day as a customer takes a second purchase, and so many purchase days take as many days but one.
        """
        self.ensure_one()
        if self.condition != "bought":
            return ["known", "interested"].index(self.condition), 0, 0
        return 2, max(self.min_purchases, 2 if self.min_tenure_days else 1), max(self.min_tenure_days, self.min_purchases - 1)

    @api.model
    def _get_rules(self) -> list[StageRule]:
        """The conditions of all active stages, as the plain values that the engine works with."""
        return [stage._get_rule() for stage in self.sudo().search([])]

    def _get_rule(self) -> StageRule:
        """The condition as a plain value; a stage that is not saved yet has the id 0."""
        self.ensure_one()
        return StageRule(self._origin.id or 0, self.sequence, self.condition, self.min_purchases, self.min_tenure_days, self.phase)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if (
            self.env["crm.lifecycle.transition"]
            .sudo()
            .search_count(["|", ("from_stage_id", "in", self.ids), ("to_stage_id", "in", self.ids)], limit=1)
        ):
            raise ValidationError(self.env._("A stage that customers have been in cannot be deleted: archive it instead."))

    @api.model_create_multi
    def create(self, vals_list):
        stages = super().create(vals_list)
        self._reconsider_everybody()
        return stages

    def write(self, vals):
        result = super().write(vals)
        if {"active", "sequence", "condition", "min_purchases", "min_tenure_days", "phase"} & vals.keys():
            self._reconsider_everybody()
        return result

    def _reconsider_everybody(self):
        """Have all customers judged again under the rules as they are now, in the background."""
        cron = self.env.ref("crm_lifecycle.ir_cron_rebuild", raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger()

    def action_open_customers(self):
        """Open the customers who are in this stage."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle.crm_lifecycle_customer_action")
        return {**action, "domain": [("stage_id", "=", self.id)], "context": {}, "display_name": self.name}
