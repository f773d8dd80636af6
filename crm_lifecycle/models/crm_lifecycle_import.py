import base64
from collections import Counter
from hashlib import sha256

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..analytics import past_sales as sql
from ..domain import past_sales, phone
from .crm_lifecycle_measures import AMOUNTS

# Lines read or contacts taken over in a transaction, where it works in the background.
LINES = 10_000
CONTACTS = 500
# Files larger than this (bytes) are worked on in the background.
SMALL = 500_000
# So many problems are listed; all are counted.
LISTED = 1000
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
    # Checking
    # ------------------------------------------------------------------

    def _check(self, commit):
        self.env.flush_all()
        self.env.cr.execute(SQL("DELETE FROM crm_lifecycle_past_sale WHERE import_id = %s", self.id))
        self.env.cr.execute(SQL("DELETE FROM crm_lifecycle_import_contact WHERE import_id = %s", self.id))
        self.env.cr.execute(SQL("DELETE FROM crm_lifecycle_import_problem WHERE import_id = %s", self.id))
        self.env.invalidate_all()
        contacts: dict[str, past_sales.Sale] = {}
        problems = self._stage(contacts, commit)
        self._stage_contacts(contacts)
        self.env.cr.execute(sql.link_contacts(self.id))
        known = len(self.env.execute_query(sql.drop_known(self.id)))
        twice = self.env.execute_query(sql.in_documents(self.id))
        self._add_problems([past_sales.Problem(line, "in_documents", "document", document) for line, document in twice[:LISTED]])
        self.env.cr.execute(
            SQL("DELETE FROM crm_lifecycle_past_sale WHERE import_id = %s AND line = ANY(%s)", self.id, [line for line, _document in twice])
        )
        self.env.cr.execute(sql.link_contacts(self.id))
        found = self.env.execute_query(sql.duplicates(self.id, self.company_id.id))
        if found:
            self.env.cr.execute_values(
                """UPDATE crm_lifecycle_import_contact contact SET partner_id = f.partner_id, found_by = f.found_by, families = f.families, choice = 'same'
                     FROM (VALUES %s) f (id, partner_id, found_by, families) WHERE contact.id = f.id""",
                found,
            )
        [(sales, first, last, amount, customers)] = self.env.execute_query(
            SQL(
                """SELECT count(*), min(day), max(day), COALESCE(sum(amount), 0), count(DISTINCT contact_id)
                     FROM crm_lifecycle_past_sale WHERE import_id = %s""",
                self.id,
            )
        )
        self.env.invalidate_all()
        self.sudo().write(
            {
                "state": "checked",
                "sale_count": sales,
                "known_count": known,
                "problem_count": problems + len(twice),
                "contact_count": customers,
                "duplicate_count": len(found),
                "amount": amount,
                "day_from": first,
                "day_to": last,
            }
        )

    def _stage(self, contacts: dict, commit) -> int:
        """Hold back every line that can be read, and list what is wrong with the others. Returns the number of problems."""
        rules, rates, seen = self._get_rules(), {}, Counter()
        staged, problems, count, places = [], [], 0, None
        try:
            for line, cells in past_sales.rows(base64.b64decode(self.with_context(bin_size=False).file)):
                if places is None:
                    places = past_sales.places(cells)
                    if lacking := past_sales.missing(places):
                        return self._add_problems([past_sales.Problem(line, "missing", column) for column in lacking])
                    continue
                sale = past_sales.read(line, cells, places, rules)
                if isinstance(sale, list):
                    problems += sale[: max(LISTED - count, 0)]
                    count += len(sale)
                else:
                    staged.append(self._prepare_line(sale, seen, rates, contacts))
                if len(staged) >= LINES:
                    self._insert(staged)
                    staged = []
                    if commit:
                        commit(LINES)
        except past_sales.Unreadable as error:
            raise UserError(self._get_unreadable(str(error))) from None
        if places is None:
            raise UserError(self.env._("The file is empty. Download the template, fill it in, and upload it."))
        self._insert(staged)
        self._add_problems(problems)
        return count

    def _get_unreadable(self, code: str) -> str:
        if code == "xls":
            return self.env._("This is a spreadsheet of an old kind (.xls). Save it as .xlsx or .csv, and upload that.")
        return self.env._("This file cannot be read as a spreadsheet. Save it as .xlsx or .csv, and upload that.")

    def _get_rules(self) -> past_sales.Rules:
        lang = self.env["res.lang"]._get_data(code=self.env.context.get("lang") or self.env.user.lang or "en_US")
        own = self.company_id.currency_id
        rated = self.env["res.currency.rate"].sudo().search([("company_id", "in", (False, self.company_id.root_id.id))]).currency_id
        months = (lang.date_format or "%d/%m").upper()
        return past_sales.Rules(
            today=fields.Date.context_today(self),
            last=self.until,
            currencies=frozenset((own | rated).filtered("active").mapped("name")) | {own.name},
            currency=own.name,
            countries=frozenset(self._get_countries()),
            decimal=lang.decimal_point or ".",
            month_first="%M" in months and "%D" in months and months.index("%M") < months.index("%D") and not months.startswith("%Y"),
        )

    def _get_countries(self) -> dict[str, int]:
        """The countries by code and by name, in English and in the language of the user, without capitals."""
        found = {}
        for lang in {"en_US", self.env.lang or "en_US"}:
            for country in self.env["res.country"].with_context(lang=lang).search([]):
                found[country.name.casefold()] = found[country.code.casefold()] = country.id
        return found

    def _prepare_line(self, sale, seen, rates, contacts) -> tuple:
        key = f"{past_sales.normal_name(sale.customer)}\x1f{sale.email}"
        contact = contacts.setdefault(key, {"customer": "", "email": "", "phone": "", "city": "", "country": ""})
        for name, value in contact.items():
            contact[name] = value or getattr(sale, name)
        said = (key, str(sale.day), sale.document, sale.product, repr(sale.quantity), repr(sale.price), sale.currency)
        digest = sha256("\x1f".join(said).encode()).hexdigest()[:40]
        seen[digest] += 1
        rate = rates.get((sale.currency, sale.day))
        if rate is None:
            rate = rates[sale.currency, sale.day] = self._get_rate(sale.currency, sale.day)
        amount = self.currency_id.round(sale.amount * rate)
        return (
            self.id,
            key,
            self.company_id.id,
            sale.line,
            sale.day,
            sale.document,
            sale.product,
            sale.quantity,
            sale.price,
            sale.currency,
            amount,
            f"{digest}-{seen[digest]}",
        )

    def _get_rate(self, code, day) -> float:
        currency = self.env["res.currency"].search([("name", "=", code)], limit=1)
        return currency._get_conversion_rate(currency, self.currency_id, self.company_id, day)

    def _insert(self, lines: list[tuple]):
        if lines:
            self.env.cr.execute_values(
                """INSERT INTO crm_lifecycle_past_sale
                   (import_id, contact_key, company_id, line, day, document, product, quantity, price, currency, amount, row_key) VALUES %s""",
                lines,
            )

    def _add_problems(self, problems) -> int:
        self.env["crm.lifecycle.import.problem"].sudo().create(
            [
                {"import_id": self.id, "line": each.line, "code": each.code, "column": each.column, "value": each.value.replace("\x00", "")}
                for each in problems
            ]
        )
        return len(problems)

    def _stage_contacts(self, contacts: dict):
        """One contact for each name and address. A line with one of the two belongs to the first contact with both that it fits."""
        complete = {}
        for key, contact in contacts.items():
            if contact["email"] and contact["customer"]:
                for half in key.split("\x1f"):
                    complete.setdefault(half, key)
        moved = {}
        for key, contact in contacts.items():
            target = complete.get(key.strip("\x1f"))
            if target and target != key:
                moved[key] = target
                for name, value in contacts[target].items():
                    contacts[target][name] = value or contact[name]
        if moved:
            self.env.cr.execute_values(
                """UPDATE crm_lifecycle_past_sale past SET contact_key = m.target FROM (VALUES %s) m (import_id, key, target)
                    WHERE past.import_id = m.import_id AND past.contact_key = m.key""",
                [(self.id, key, target) for key, target in moved.items()],
            )
        countries = self._get_countries()
        region = self.company_id.country_id.code
        codes = {country.id: country.code for country in self.env["res.country"].browse(set(countries.values()))}
        rows = []
        for key, contact in contacts.items():
            if key not in moved:
                country = countries.get(contact["country"].casefold())
                number = phone.read(contact["phone"], codes.get(country) or region)
                rows.append(
                    (
                        self.id,
                        key,
                        contact["customer"] or contact["email"],
                        key.split("\x1f")[0],
                        contact["email"] or None,
                        contact["phone"] or None,
                        number and number.e164,
                        contact["city"] or None,
                        country,
                        "new",
                    )
                )
        if rows:
            self.env.cr.execute_values(
                """INSERT INTO crm_lifecycle_import_contact
                   (import_id, key, name, normal_name, email, phone, e164, city, country_id, choice) VALUES %s""",
                rows,
            )

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
