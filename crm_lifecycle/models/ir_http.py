from odoo import models
from odoo.http import request


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _pre_dispatch(cls, rule, args):
        result = super()._pre_dispatch(rule, args)
        if rule.endpoint.routing.get("crm_lifecycle_raw_body"):
            # A signature covers the body as it came, of which nothing is left once Odoo has read a form from it.
            request.httprequest.get_data(cache=True)
        return result

    def session_info(self):
        info = super().session_info()
        if self.env.user._is_internal() and self.env["crm.call"].has_access("read"):
            info["crm_lifecycle_calls"] = {
                "open": self.env["crm.call"].open_calls(),
                "originate": bool(self.env["crm.cti.endpoint"]._own_extension()),
            }
        return info
