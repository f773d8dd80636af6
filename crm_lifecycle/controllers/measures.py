import json

from odoo import http
from odoo.addons.web.controllers.export import ExportXlsxWriter
from odoo.http import content_disposition, request

from ..models.crm_lifecycle_measures import XLSX


class MeasuresController(http.Controller):
    @http.route("/crm_lifecycle/measures.xlsx", type="http", auth="user", readonly=True)
    def export(self, data, **_other):
        """The figures of a report on customer results as a spreadsheet; ``data``: the arguments of ``get_report`` and the context, in JSON."""
        asked = json.loads(data)
        report_model = request.env["crm.lifecycle.measures"].with_context(**asked.get("context") or {})
        report = report_model.get_report(*asked["arguments"])
        rows = report_model._get_rows(report)
        with ExportXlsxWriter([], rows[0], len(rows)) as writer:
            for number, row in enumerate(rows[1:], 1):
                for place, value in enumerate(row):
                    writer.write_cell(number, place, "" if value is None else value)
        title = request.env._("Customer Results %(start)s – %(end)s", **{side: report["period"][side] for side in ("start", "end")})
        headers = [
            ("Content-Disposition", content_disposition(f"{title}.xlsx")),
            ("Content-Type", XLSX),
        ]
        return request.make_response(writer.value, headers=headers)
