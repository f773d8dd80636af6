import base64
from collections import Counter
from hashlib import sha256

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..analytics import past_sales as sql
from ..domain import past_sales, phone

# Lines read in a transaction, where it works in the background.
LINES = 10_000
# So many problems are listed; all are counted.
LISTED = 1000


class CrmLifecycleImport(models.Model):
    """How a spreadsheet is read and checked: lines are held back, contacts are looked for, problems are listed."""

    _inherit = "crm.lifecycle.import"

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
