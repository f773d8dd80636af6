import io

import xlsxwriter
from odoo import fields, http
from odoo.http import content_disposition, request

from ..domain.past_sales import COLUMNS
from ..models.crm_lifecycle_measures import XLSX


class PastSalesController(http.Controller):
    @http.route("/crm_lifecycle/past_sales_template.xlsx", type="http", auth="user", readonly=True)
    def template(self):
        """A spreadsheet to fill in, with the headings in the user's language and three lines as an example."""
        request.env["crm.lifecycle.import"].check_access("create")
        headings = request.env["crm.lifecycle.import"]._get_headings()
        output = io.BytesIO()
        book = xlsxwriter.Workbook(output, {"in_memory": True})
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet(request.env._("Past sales")[:31])
        sheet.set_column(0, len(COLUMNS) - 1, 18)
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(COLUMNS):
            sheet.write(0, place, headings[column], bold)
        for line, cells in enumerate(self._get_examples(), 1):
            for place, cell in enumerate(cells):
                if place == COLUMNS.index("date"):
                    sheet.write_datetime(line, place, cell, day)
                else:
                    sheet.write(line, place, cell)
        book.close()
        headers = [
            ("Content-Disposition", content_disposition(f"{request.env._('Past sales')}.xlsx")),
            ("Content-Type", XLSX),
        ]
        return request.make_response(output.getvalue(), headers=headers)

    def _get_examples(self):
        first = fields.Datetime.subtract(fields.Datetime.today(), years=1)
        currency = request.env.company.currency_id.name
        return [
            ("PT Example One", "halo@one.example", "+62 22 1234567", "Bandung", "ID", first, "INV-001", "Product A", 10, 185000, currency),
            (
                "PT Example One",
                "halo@one.example",
                "",
                "",
                "",
                fields.Datetime.add(first, days=30),
                "INV-002",
                "Product B",
                2,
                54000,
                currency,
            ),
            (
                "Second Example",
                "",
                "+62 812 3456 7890",
                "Jakarta",
                "ID",
                fields.Datetime.add(first, days=45),
                "INV-003",
                "Product A",
                1,
                185000,
                currency,
            ),
        ]
