from odoo import api, fields, models
from odoo.tools import format_date


class CrmLifecycleImportProblem(models.Model):
    """What is wrong with a line of a spreadsheet, and how to mend it."""

    _name = "crm.lifecycle.import.problem"
    _description = "Problem of an Import"
    _order = "line, id"
    _rec_name = "message"
    _log_access = False

    import_id = fields.Many2one("crm.lifecycle.import", required=True, readonly=True, index=True, ondelete="cascade")
    line = fields.Integer(readonly=True, aggregator=None, help="The line in the spreadsheet; the headings are line 1.")
    code = fields.Char(readonly=True)
    column = fields.Char("Column Key", readonly=True)
    heading = fields.Char("Column", compute="_compute_message")
    value = fields.Char("It Says", readonly=True)
    message = fields.Char("What to Do", compute="_compute_message")

    @api.depends("code", "column", "value")
    @api.depends_context("lang")
    def _compute_message(self):
        headings = self.env["crm.lifecycle.import"]._get_headings()
        for problem in self:
            problem.heading = headings.get(problem.column)
            problem.message = problem._get_message()

    def _get_message(self) -> str:
        """What is wrong, and how to mend it, in the user's language."""
        self.ensure_one()
        match self.code:
            case "missing":
                return self.env._(
                    "This column is missing. Add it with the heading “%(heading)s”, or use the template.", heading=self.heading
                )
            case "nobody":
                return self.env._("Nobody is named. Enter the name of the customer, or their e-mail address.")
            case "email":
                return self.env._("This is no e-mail address. Correct it, or leave the cell empty.")
            case "no_date":
                return self.env._("The day of the sale is missing. Enter it, for instance as 2026-01-31.")
            case "date":
                return self.env._("This is no day since 1990. Enter it as year-month-day, for instance 2026-01-31.")
            case "future":
                return self.env._("This day is still to come. Correct it, or leave the line out.")
            case "in_odoo":
                return self.env._(
                    "After %(day)s the documents in Odoo count. Leave the line out, or change “Sales until”.",
                    day=format_date(self.env, self.import_id.until),
                )
            case "in_documents":
                return self.env._("An invoice with this number is posted in Odoo, and the sale would count twice. Leave the line out.")
            case "no_price":
                return self.env._("The price is missing. Enter the price of one unit without taxes, or the amount with quantity 1.")
            case "number":
                return self.env._("This is no number that can be read. Enter digits, at most one decimal mark, and no formula that fails.")
            case "currency":
                return self.env._(
                    "No currency with this code is active and has a rate. Activate it in the settings of accounting, or correct the code."
                )
            case "country":
                return self.env._("No country has this code or name. Correct it, for instance to ID or Indonesia, or leave the cell empty.")
            case "long":
                return self.env._("This text is longer than 250 characters. Shorten it.")
        return self.env._("This line cannot be read.")
