from datetime import datetime, timedelta
from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL

from ..analytics import binary, documents, replay
from ..domain.replay import replay as judge
from .crm_lifecycle_stage import PHASES
from .crm_lifecycle_transition import HEALTH
from .recorded import Recorded

CUSTOMER = (*replay.KEYS, *replay.FACTS)
HISTORY = (*replay.STEP_KEYS, *replay.STEPS)
FIGURES = "account.group_account_readonly,account.group_account_invoice,sales_team.group_sale_salesman_all_leads"


class CrmLifecycleCustomer(models.Model):
    """Where a customer stands: a commercial partner seen from one company. Written by the engine only, set by set."""

    _name = "crm.lifecycle.customer"
    _description = "Customer"
    _rec_name = "partner_id"
    _rec_names_search = ["partner_id"]
    _order = "last_purchase_date desc nulls last, known_since desc, id desc"

    partner_id = Recorded("res.partner", "Customer", required=True, readonly=True, ondelete="cascade")
    company_id = Recorded("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    active = fields.Boolean(readonly=True, default=True)

    stage_id = Recorded("crm.lifecycle.stage", readonly=True, index=True, ondelete="restrict", group_expand="_read_group_expand_full")
    stage_since = fields.Date("In Stage since", readonly=True)
    computed_stage_id = Recorded(
        "crm.lifecycle.stage", readonly=True, ondelete="restrict", help="The stage by the documents, where another one is set by hand."
    )
    override_id = fields.Many2one("crm.lifecycle.override", "Set by Hand", compute="_compute_override_id")
    phase = fields.Selection(related="stage_id.phase")
    furthest_phase = fields.Selection(PHASES, readonly=True, help="The furthest phase this customer has ever been in.")
    health = fields.Selection(HEALTH, readonly=True, index=True)
    health_since = fields.Date(readonly=True)
    expected_gap = fields.Float(
        "Rhythm (days)",
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        help="Days expected between two purchases: the customer's own rhythm, drawn towards that of comparable customers while they have bought little.",
    )
    next_purchase_date = fields.Date("Next Purchase Expected", readonly=True)
    history_digest = fields.Float(readonly=True, help="Tells whether the history is the one recorded, without reading it.")
    next_review_date = fields.Date(readonly=True, index=True, help="The next day on which time alone changes where this customer stands.")
    known_since = fields.Date(readonly=True, help="First day on which this company met the customer: a lead, a quotation, an invoice.")
    interested_since = fields.Date(readonly=True, help="Day of the first opportunity or quotation.")
    first_purchase_date = fields.Date("First Purchase", readonly=True)
    last_purchase_date = fields.Date("Last Purchase", readonly=True)
    purchase_days = fields.Integer(
        "Purchases", readonly=True, help="Different days with posted customer invoices whose sum is positive, credit notes deducted."
    )
    net_revenue = fields.Monetary("Revenue", readonly=True, groups=FIGURES, help="Posted invoices less credit notes, without taxes.")
    margin = fields.Monetary(
        readonly=True,
        groups=FIGURES,
        help="What was earned on the sales whose cost is known: the cost on the sales order where margins are installed, else the cost of the product when the invoice was posted.",
    )
    costed_revenue = fields.Monetary("Revenue of Known Cost", readonly=True, groups=FIGURES, help="The revenue that the margin is part of.")
    refunded = fields.Monetary(readonly=True, groups=FIGURES, help="Posted credit notes, as a negative amount, without taxes.")

    transition_ids = fields.Many2many("crm.lifecycle.transition", string="History", compute="_compute_transition_ids")

    country_id = fields.Many2one(related="partner_id.country_id")
    user_id = fields.Many2one(related="partner_id.user_id", string="Salesperson")
    category_id = fields.Many2many(related="partner_id.category_id", string="Tags")
    email = fields.Char(related="partner_id.email")
    phone = fields.Char(related="partner_id.phone")
    avatar_128 = fields.Image(related="partner_id.avatar_128")

    create_uid = Recorded("res.users", "Created by", readonly=True)
    write_uid = Recorded("res.users", "Last Updated by", readonly=True)

    _customer_key = models.UniqueIndex("(partner_id, company_id)")

    def _compute_transition_ids(self):
        history = self.env["crm.lifecycle.transition"].search(
            [("partner_id", "in", self.partner_id.ids), ("company_id", "in", self.company_id.ids), ("superseded_at", "=", False)]
        )
        by_key = history.grouped(lambda transition: (transition.partner_id, transition.company_id))
        for customer in self:
            customer.transition_ids = by_key.get((customer.partner_id, customer.company_id), False)

    def _compute_override_id(self):
        today = fields.Date.context_today(self)
        overrides = self.env["crm.lifecycle.override"].search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("date_from", "<=", today),
                "|",
                ("date_until", "=", False),
                ("date_until", ">=", today),
            ],
            order="date_from, id",
        )
        by_key = {(override.partner_id, override.company_id): override for override in overrides}
        for customer in self:
            customer.override_id = by_key.get((customer.partner_id, customer.company_id))

    def action_set_stage(self):
        """Set the stage by hand, for a time and with a reason."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Set Stage by Hand"),
            "res_model": "crm.lifecycle.override",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_partner_id": self.partner_id.id,
                "default_company_id": self.company_id.id,
                "default_stage_id": self.stage_id.id,
            },
        }

    def action_end_override(self):
        """Let the computed stage hold again."""
        self.ensure_one()
        return self.override_id.action_end()

    def action_open_partner(self):
        """Open the contact."""
        self.ensure_one()
        return self.partner_id.get_formview_action()

    def action_open_invoices(self):
        """Open the posted invoices and credit notes behind the figures."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_move_out_invoice_type")
        domain = [
            ("partner_id", "child_of", self.partner_id.id),
            ("company_id", "=", self.company_id.id),
            ("move_type", "in", documents.SALES_MOVES),
            ("state", "=", "posted"),
        ]
        return {**action, "domain": domain, "context": {"create": False}}

    # ------------------------------------------------------------------
    # The engine
    # ------------------------------------------------------------------

    @api.model
    def _refresh(self, scope: SQL | None, as_of=None):
        """Bring facts and history of a scope (see ``analytics.documents``) in line with the documents up to a day.

        ``as_of``: the last day that counts, by default today. Returns (number of fact rows written or dropped, newly recorded
        transitions). A rerun gives (0, none).
        """
        self.env.flush_all()
        as_of = as_of or fields.Date.context_today(self)
        self.env["crm.lifecycle.rhythm"]._ensure(as_of)
        moments = binary.fetch(self.env.cr, self._moments(scope), replay.MOMENT)
        return self._keep(scope, *self._get_judge(scope, as_of)(moments))

    def _keep(self, scope: SQL | None, facts, steps, only=None):
        """Write what was found of a scope. Returns what ``_refresh`` does. ``only``: the partners of the scope, ids, that are meant."""
        written, recorded = self._store(scope, facts, steps, only)
        return written + self._follow(scope, written > 0), self._recorded(recorded)

    def _recorded(self, ids):
        """The transitions with these ids, after facts and history have been written past the cache."""
        self.invalidate_model()
        transitions = self.env["crm.lifecycle.transition"].browse(ids)
        transitions.invalidate_model()
        return transitions

    def _moments(self, scope: SQL | None) -> SQL:
        return replay.moments(scope, "margin" in self.env["sale.order"]._fields)

    def _get_judge(self, scope: SQL | None, as_of, rules=None, companies=None):
        """A function that finds the facts and steps of a scope from what happened, see ``domain.replay``; it reads nothing more.

        ``rules`` and ``companies`` (settings by company) instead of those in force: what would be.
        """
        rows = self.env.execute_query(replay.companies())
        rhythms = self.env.execute_query(SQL("SELECT company_id, segment, month, mean_log_gap, gaps FROM crm_lifecycle_rhythm"))
        segments = self.env.execute_query(replay.segments(scope)) if any(row[-1] for row in rows) else []
        return partial(
            judge,
            as_of=replay.day_number(as_of),
            rules=rules or self.env["crm.lifecycle.stage"]._get_rules(),
            companies=replay.settings(rows) | (companies or {}),
            rhythms=replay.rhythms(rhythms),
            overrides=[replay.override(*row) for row in self.env.execute_query(replay.overrides(scope))],
            segments={(partner, company): segment for partner, company, segment in segments},
        )

    def _store(self, scope: SQL | None, facts, steps, only=None):
        """Write what differs from what is stored. Returns (number of fact rows written or dropped, ids of new transitions)."""
        cursor = self.env.cr
        stored_scope = documents.in_scope(scope, "partner_id")
        before = replay.stored(cursor, self._table, CUSTOMER, stored_scope)
        if only is not None:
            before = replay.of_partners(before, only)
        matched = replay.match(facts, before)
        suspects = replay.suspects(facts, before, matched)
        if len(suspects) * 10 < len(facts["partner_id"]):
            stored_scope = SQL("partner_id = ANY(%s)", suspects)
        believed = replay.stored(cursor, "crm_lifecycle_transition", HISTORY, SQL("superseded_at IS NULL AND %s", stored_scope))
        difference = replay.difference(facts, steps, before, matched, believed, suspects)
        if difference.facts.any():
            binary.stage(cursor, "lifecycle_fact", CUSTOMER, replay.chosen(facts, difference.facts))
            cursor.execute(replay.upsert_facts("lifecycle_fact"))
        if difference.gone:
            cursor.execute(SQL("DELETE FROM crm_lifecycle_customer WHERE id = ANY(%s)", difference.gone))
        if difference.wrong:
            cursor.execute(
                SQL("UPDATE crm_lifecycle_transition SET superseded_at = timezone('UTC', now()) WHERE id = ANY(%s)", difference.wrong)
            )
        steps = replay.chosen(steps, difference.steps)
        recorded = binary.append(cursor, "crm_lifecycle_transition", HISTORY, steps, {"recorded_at": self._get_moment()})
        return int(difference.facts.sum()) + len(difference.gone), recorded

    def _get_moment(self) -> int:
        """Now, in microseconds since 2000."""
        return (self.env.cr.now() - datetime(2000, 1, 1)) // timedelta(microseconds=1)

    @api.model
    def _follow(self, scope: SQL | None, changed=True) -> int:
        """Bring what hangs on facts and contacts in line with them; ``changed``: whether facts of the scope have. Returns the number of rows."""
        self.env.cr.execute(replay.follow_active(scope))
        return self.env.cr.rowcount

    @api.model
    def _refresh_partners(self, partners, as_of=None):
        """Bring the firms that these contacts belong to, and these contacts themselves, up to date; let other addons act on it."""
        owners = (partners | partners.commercial_partner_id)._origin
        if owners:
            _written, transitions = self._refresh(documents.partners(sorted(owners.ids)), as_of)
            transitions._after_recorded()

    @api.model
    def _delete(self, condition: SQL):
        """Drop the facts and the history of contacts or companies that are being deleted."""
        self.env.flush_all()
        for table in ("crm_lifecycle_customer", "crm_lifecycle_transition"):
            self.env.cr.execute(SQL("DELETE FROM %s WHERE %s", SQL.identifier(table), condition))
        self.env.invalidate_all()

    @api.model
    def _forget(self, partners):
        """Drop the facts of contacts that are about to vanish in a merge, and close what was believed of them."""
        self.env.flush_all()
        self.env.cr.execute(SQL("DELETE FROM crm_lifecycle_customer WHERE partner_id = ANY(%s)", partners.ids))
        self.env.cr.execute(
            SQL(
                "UPDATE crm_lifecycle_transition SET superseded_at = timezone('UTC', now()) "
                "WHERE superseded_at IS NULL AND partner_id = ANY(%s)",
                partners.ids,
            )
        )
        self.env.invalidate_all()
