from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..analytics import past_sales as sql
from .crm_lifecycle_measures import AMOUNTS

# Contacts taken over in a transaction.
CONTACTS = 500
# Files larger than this (bytes) are worked on in the background.
SMALL = 500_000
# After an import into a firm of so few customers, everybody is judged at once.
FEW = 3000
LOCK = 7_269_418


class CrmLifecycleImport(models.Model):
    """Past sales from a spreadsheet: read and checked first, taken over when somebody has looked, and taken back on demand."""

    _name = "crm.lifecycle.import"
    _description = "Import of Past Sales"
    _order = "id desc"
    _rec_name = "file_name"

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    file = fields.Binary("Spreadsheet", attachment=True, required=True)
    file_name = fields.Char()
    until = fields.Date(
        "Sales until",
        required=True,
        default=lambda self: self._default_until(),
        help="Sales up to this day are taken from the spreadsheet; from the next day on, the documents in Odoo count. No day is counted twice.",
    )
    state = fields.Selection(
        [
            ("draft", "Upload"),
            ("checking", "Being checked"),
            ("checked", "Checked"),
            ("importing", "Being taken over"),
            ("done", "Taken over"),
            ("undone", "Undone"),
        ],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
    )
    progress_done = fields.Integer("Done so far", readonly=True, copy=False)
    sale_count = fields.Integer("Lines to Take over", readonly=True, copy=False)
    known_count = fields.Integer("Lines Imported before", readonly=True, copy=False)
    problem_count = fields.Integer("Problems", readonly=True, copy=False)
    contact_count = fields.Integer("Customers", readonly=True, copy=False)
    duplicate_count = fields.Integer("Known Customers", readonly=True, copy=False)
    amount = fields.Monetary(readonly=True, copy=False, groups=AMOUNTS)
    day_from = fields.Date("First Sale", readonly=True, copy=False)
    day_to = fields.Date("Last Sale", readonly=True, copy=False)
    note = fields.Char(readonly=True, copy=False)
    contact_ids = fields.One2many("crm.lifecycle.import.contact", "import_id", copy=False)
    problem_ids = fields.One2many("crm.lifecycle.import.problem", "import_id", readonly=True, copy=False)
    past_sale_ids = fields.One2many("crm.lifecycle.past.sale", "import_id", readonly=True, copy=False)

    @api.model
    def _default_until(self):
        company = self.env.company.sudo()
        if company.lifecycle_past_until:
            return company.lifecycle_past_until
        [(first,)] = self.env.execute_query(sql.first_document(company.id))
        return fields.Date.subtract(first, days=1) if first else fields.Date.context_today(self)

    @api.model
    def _get_headings(self) -> dict[str, str]:
        """The headings of the template in the language of the user."""
        return {
            "customer": self.env._("Customer"),
            "email": self.env._("E-mail"),
            "phone": self.env._("Telephone"),
            "city": self.env._("City"),
            "country": self.env._("Country"),
            "date": self.env._("Date"),
            "document": self.env._("Document number"),
            "product": self.env._("Product"),
            "quantity": self.env._("Quantity"),
            "price": self.env._("Unit price"),
            "currency": self.env._("Currency"),
        }

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------

    def action_check(self):
        """Read the file and say what would happen; nothing counts yet."""
        self._begin("checking", ("draft", "checked", "undone"))

    def action_import(self):
        """Take over what has been checked; lines with problems are left out."""
        if not self.sale_count:
            raise UserError(self.env._("There is nothing to take over: each line is imported already, or has a problem."))
        return self._begin("importing", ("checked",))

    def action_undo(self):
        """Take everything back: the sales, and the contacts that were made and have not been used since."""
        self._require("done", "importing")
        self._lock()
        partners = self.contact_ids.partner_id
        made = self.contact_ids.filtered("made").partner_id
        self.env.flush_all()
        self.env.cr.execute(SQL("DELETE FROM crm_lifecycle_past_sale WHERE import_id = %s", self.id))
        unused = self.env["res.partner"].browse(row[0] for row in self.env.execute_query(sql.untouched(self.id)))
        self.env.invalidate_all()
        self.contact_ids.sudo().write({"partner_id": False, "choice": "new", "taken": False})
        self.env["crm.lifecycle.dirty"]._mark(partners - unused)
        unused.sudo().unlink()
        note = self.env._("%(count)s contacts that have been used since stay.", count=len(made - unused)) if made - unused else False
        self.write({"state": "undone", "note": note, "progress_done": 0})
        self._judge_again()

    def action_open_sales(self):
        """Open the sales that were taken over."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle.crm_lifecycle_past_sale_action")
        return {**action, "domain": [("import_id", "=", self.id), ("partner_id", "!=", False)]}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_counting(self):
        if any(each.state in ("importing", "done") for each in self):
            raise UserError(self.env._("Undo the import first: its sales count."))

    # ------------------------------------------------------------------
    # Work
    # ------------------------------------------------------------------

    def _begin(self, state, allowed):
        self._require(*allowed)
        self.write({"state": state, "note": False, "progress_done": 0})
        if len(self.with_context(bin_size=False).file or b"") > SMALL * 4 / 3:
            self.env.ref("crm_lifecycle.ir_cron_import").sudo()._trigger()
            return None
        return self._work()

    def _require(self, *states):
        self.ensure_one()
        self.check_access("write")
        if self.state not in states:
            raise UserError(self.env._("This step does not fit what has happened to the import meanwhile. Reload the page."))

    def _lock(self):
        """Imports of a company take turns."""
        [(free,)] = self.env.execute_query(SQL("SELECT pg_try_advisory_xact_lock(%s, %s)", LOCK, self.company_id.id))
        if not free:
            raise UserError(self.env._("Another import of this company is being worked on. Wait until it is finished, and try again."))

    def _work(self, commit=None):
        """Do what the state asks for; ``commit(lines or contacts done)`` after each chunk. What was killed is begun anew, or goes on."""
        self.ensure_one()
        if self.state == "checking":
            self._lock()
            self._check(commit)
            return None
        while contacts := self.contact_ids.search([("import_id", "=", self.id), ("taken", "=", False)], order="id", limit=CONTACTS):
            self._lock()
            self._take(contacts)
            if commit:
                commit(len(contacts))
        self._lock()
        self.env.flush_all()
        self.env.cr.execute(SQL("DELETE FROM crm_lifecycle_past_sale WHERE import_id = %s AND partner_id IS NULL", self.id))
        self.invalidate_recordset()
        self.state = "done"
        self.company_id.sudo().write({"lifecycle_past_until": max(self.until, self.company_id.sudo().lifecycle_past_until or self.until)})
        return self._judge_again()

    @api.model
    def _cron_work(self):
        """Go on with the imports that wait, a chunk a transaction."""
        for each in self.search([("state", "in", ("checking", "importing"))], order="id"):
            each = each.with_company(each.company_id).with_context(lang=each.create_uid.lang)

            def commit(done, each=each):
                each.progress_done += done
                self.env["ir.cron"]._commit_progress(done, remaining=1)

            try:
                each._work(commit)
            except UserError as error:
                self.env.cr.rollback()
                each.write({"state": "draft" if each.state == "checking" else "checked", "note": str(error)})
            self.env["ir.cron"]._commit_progress(1)

    def _judge_again(self):
        """Have the rhythm of the firm learnt anew and everybody judged; at once where they are few, else in the background, with a dialog."""
        company = self.company_id.sudo()
        company._lifecycle_segments_changed()
        self.env["crm.lifecycle.cut.points"]._start_anew(company)
        customers = self.env["crm.lifecycle.customer"].sudo()
        if self.env["res.partner"].sudo().search_count([("customer_rank", ">", 0)], limit=FEW) < FEW:
            customers._rebuild_all()
            self.env["crm.lifecycle.cut.points"]._draw_missing()
            return None
        return self.env["crm.lifecycle.customer"].action_rebuild()

    # ------------------------------------------------------------------
    # Taking over
    # ------------------------------------------------------------------

    def _take(self, contacts):
        """Make the contacts that are new, and let the sales of these contacts count."""
        contacts.sudo()._make_partners()
        self.env.flush_all()
        self.env.cr.execute(sql.count_lines(contacts.ids))
        contacts.sudo().taken = True
        self.env["crm.lifecycle.dirty"]._mark(contacts.partner_id)
        self.env["crm.lifecycle.past.sale"].invalidate_model()
