import logging
from dataclasses import dataclass
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from psycopg2 import OperationalError

from ..analytics import playbook as analytics
from ..domain.assignment import Member, deal
from ..domain.playbook import DONE, HELD_OUT, Event, Rules, decide

_logger = logging.getLogger(__name__)

# Events a transaction.
BATCH = 500
QUIETLY = {
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
    "mail_activity_quick_update": True,
}


@dataclass
class Treatment:
    """A run that is to be done, or one decided otherwise, and what comes of it."""

    run: int
    partner: int
    state: str
    reason: str = ""
    recipient: int | None = None
    user: int | None = None
    error: str | None = None
    activities: int = 0
    lead: int | None = None
    message: int | None = None

    def as_row(self):
        return (
            self.run,
            self.state,
            self.reason or None,
            self.error,
            self.user or None,
            self.recipient if self.message else None,
            self.activities,
            self.lead,
            self.message,
        )


class CrmLifecyclePlaybook(models.Model):
    """How playbooks run: what is due is claimed by one statement, then worked off in batches, each one transaction."""

    _inherit = "crm.lifecycle.playbook"

    @api.model
    def _cron_run(self):
        """Run all playbooks that are on. Each batch is claimed, done and written down in one transaction: a job that was killed goes on with the
        next batch. A playbook that cannot look for customers does not stop the others.
        """
        progress = self.env["ir.cron"]
        for playbook in self.search([("state", "!=", "off")]):
            for company in playbook._get_companies():
                playbook._claim(company)
                progress._commit_progress(remaining=playbook._count_waiting(company))
                while done := playbook._run_batch(company):
                    if not progress._commit_progress(done):
                        return

    def _count_waiting(self, company):
        return self.env["crm.lifecycle.playbook.run"].search_count(
            [("playbook_id", "=", self.id), ("company_id", "=", company.id), ("state", "=", "waiting")]
        )

    def _claim(self, company) -> int:
        """Claim what is due. Returns how many events that is; 0 where the playbook cannot look, which it then says."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                due = self.with_context(allowed_company_ids=[company.id])._get_due(company)
                claimed = self.env.execute_query(analytics.claim(due, self.id, company.id, self.state == "dry_run"))
        except OperationalError:
            raise
        except Exception as error:
            _logger.info("Playbook %s cannot look for customers", self.id, exc_info=True)
            self.error = str(error)
            return 0
        if self.error:
            self.error = False
        self._forget_runs()
        return len(claimed)

    def _run_batch(self, company, limit=BATCH) -> int:
        """Work off the oldest events that wait. Returns how many those were. The number of queries does not depend on it."""
        self.ensure_one()
        self.env.flush_all()
        self = self.with_context(allowed_company_ids=[company.id], **QUIETLY)
        rows = self.env.execute_query(analytics.next_waiting(self.id, company.id, limit))
        if not rows:
            return 0
        now = fields.Datetime.now()
        treatments = self._decide(rows, company)
        treated = [treatment for treatment in treatments if treatment.state == DONE]
        self._assign(treated)
        if self.state != "dry_run":
            self._act(treated)
        self.env.flush_all()
        self.env.cr.execute(analytics.record([treatment.as_row() for treatment in treatments], now))
        self._forget_runs()
        return len(rows)

    def _forget_runs(self):
        """Runs were written by SQL."""
        self.env["crm.lifecycle.playbook.run"].invalidate_model()
        self.invalidate_recordset(["done_count", "held_out_count", "skipped_count", "failed_count", "waiting_count"])

    def _get_rules(self, company) -> Rules:
        return Rules(
            self.id, self.holdout_share / 100, self.within_days, self.repeat_days, self.quiet_days, company.sudo().lifecycle_playbook_cap
        )

    def _decide(self, rows, company) -> list[Treatment]:
        """What becomes of each event: ``rows`` (run id, partner id, event key, day)."""
        partners = list({row[1] for row in rows})
        rules = self._get_rules(company)
        today = fields.Date.context_today(self)
        cap_since = fields.Datetime.now() - timedelta(days=company.sudo().lifecycle_playbook_cap_days)
        known = {row[0]: row[1:] for row in self.env.execute_query(analytics.known_of(partners, company.id, self.id, cap_since))}
        reachable = self._get_reachable(partners)
        treatments = []
        for run, partner, key, day in rows:
            own, treated, count = known.get(partner, (None, None, 0))
            event = Event(partner, key, day, partner in reachable, own, treated, count)
            state, reason = decide(event, rules, today)
            if state == DONE:
                known[partner] = (today, today, count + 1)
            elif state == HELD_OUT:
                known[partner] = (today, treated, count)
            treatments.append(Treatment(run, partner, state, reason, reachable.get(partner)))
        return treatments

    def _get_reachable(self, partner_ids) -> dict[int, int | None]:
        """Those of the customers who may be approached as this playbook does, each with the contact to write to, if it writes.

        The firm itself must not mind. The mail goes to its own address, else to that of the first contact of theirs who does not mind.
        """
        contacts = self.env["res.partner"]
        here = Domain("id", "in", partner_ids) & Domain("active", "=", True)
        channels = {self.approach, "email" if self.template_id else False} - {False}
        for channel in channels:
            here &= contacts._lifecycle_reachable(channel)
        reachable = dict.fromkeys(contacts.search(here).ids)
        if not self.template_id or not reachable:
            return reachable
        family = Domain("commercial_partner_id", "in", list(reachable)) & Domain("email_normalized", "!=", False)
        recipients = {}
        for contact in contacts.search_fetch(family & contacts._lifecycle_reachable("email"), ["commercial_partner_id"], order="id"):
            firm = contact.commercial_partner_id.id
            if contact.id == firm or firm not in recipients:
                recipients[firm] = contact.id
        return recipients

    def _assign(self, treatments):
        """Choose who does it: the salesperson, or a member of the team."""
        if not treatments:
            return
        if self.assign == "salesperson":
            partners = self.env["res.partner"].browse([treatment.partner for treatment in treatments])
            for treatment, partner in zip(treatments, partners, strict=True):
                treatment.user = (partner.user_id if partner.user_id.active else self.user_id).id
            return
        members = self.env["res.users"]
        for member in self.team_id.sudo().member_ids:
            if member.active and self.env.company in member.company_ids:
                members |= member
        load = [Member(*row) for row in self.env.execute_query(analytics.workload(members.ids))] if members else []
        dealt = deal(self.assign, load, len(treatments)) or [self.user_id.id] * len(treatments)
        for treatment, user_id in zip(treatments, dealt, strict=True):
            treatment.user = user_id

    def _act(self, treatments):
        """Do it for all at once; where that fails, for each half, until the failing ones are found. These say why."""
        if not treatments:
            return
        try:
            with self.env.cr.savepoint():
                self._treat(treatments)
        except OperationalError:
            raise
        except Exception as error:
            if len(treatments) > 1:
                middle = len(treatments) // 2
                self._act(treatments[:middle])
                self._act(treatments[middle:])
                return
            _logger.info("Playbook %s failed for customer %s", self.id, treatments[0].partner, exc_info=True)
            [treatment] = treatments
            treatment.state, treatment.error = "failed", str(error) or type(error).__name__
            treatment.activities, treatment.lead, treatment.message = 0, None, None

    def _treat(self, treatments):
        """Do it: activities, opportunities, mails, server actions. To be extended by ``super()``."""
        if self.plan_id:
            self._schedule(treatments)
        if self.create_opportunity:
            self._open_opportunities(treatments)
        if self.template_id:
            self._write_to(treatments)
        partner_ids = [treatment.partner for treatment in treatments]
        for action in self.sudo().action_ids:
            action.with_context(active_model="res.partner", active_ids=partner_ids, active_id=partner_ids[0]).run()
        self.env.flush_all()

    def _schedule(self, treatments):
        """The activities of the plan, worded in the language of whoever is to do them."""
        model_id = self.env["ir.model"]._get_id("res.partner")
        users = self.env["res.users"]
        values = []
        for treatment in treatments:
            partner = self.env["res.partner"].browse(treatment.partner)
            for step in self.plan_id.sudo().template_ids:
                responsible = step._determine_responsible(users.browse(treatment.user or []), partner)
                if responsible["error"]:
                    raise UserError(responsible["error"])
                kind = step.activity_type_id.with_context(lang=responsible["responsible"].lang)
                values.append(
                    {
                        "res_model_id": model_id,
                        "res_id": treatment.partner,
                        # Given here, it is not written by a second statement.
                        "res_name": partner.display_name,
                        "activity_type_id": kind.id,
                        "summary": step.summary or kind.summary or kind.name,
                        "note": step.note or kind.default_note,
                        "user_id": responsible["responsible"].id,
                        "date_deadline": step._get_date_deadline(),
                        "automated": True,
                    }
                )
            treatment.activities = len(self.plan_id.sudo().template_ids)
        self.env["mail.activity"].create(values)

    def _open_opportunities(self, treatments):
        """An opportunity each. Odoo would look for its team and stage once for each of them; so they are found for each salesperson."""
        opportunities, teams = self.env["crm.lead"], {}
        for user_id in {treatment.user for treatment in treatments}:
            team = self.team_id or self.env["crm.team"]._get_default_team_id(user_id=user_id, domain=[("use_opportunities", "=", True)])
            teams[user_id] = {"team_id": team.id, "stage_id": opportunities._stage_find(team_id=team.id, domain=[("fold", "=", False)]).id}
        leads = opportunities.create([{**self._prepare_lead(treatment), **teams[treatment.user]} for treatment in treatments])
        for treatment, lead in zip(treatments, leads, strict=True):
            treatment.lead = lead.id

    def _prepare_lead(self, treatment):
        partner = self.env["res.partner"].browse(treatment.partner)
        return {
            "type": "opportunity",
            "name": f"{self.name}: {partner.name}",
            "partner_id": partner.id,
            "user_id": treatment.user,
            "company_id": self.env.company.id,
        }

    def _write_to(self, treatments):
        """Queue the mails; Odoo sends them after the transaction, within the hours in which the company writes to customers."""
        self._check_template()
        mails = self.template_id.send_mail_batch([treatment.recipient for treatment in treatments])
        by_contact = {mail.res_id: mail for mail in mails}
        if any(mail.recipient_ids.ids != [mail.res_id] or mail.email_to or mail.email_cc for mail in mails):
            raise UserError(self.env._("The mail would have gone to somebody else than the customer."))
        self.env.company._lifecycle_schedule_mails(mails)
        for treatment in treatments:
            treatment.message = by_contact[treatment.recipient].mail_message_id.id
