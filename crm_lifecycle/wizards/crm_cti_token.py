from odoo import fields, models


class CrmCtiToken(models.TransientModel):
    """Shows a new token once. It is handed from the button to the dialog and never stored."""

    _name = "crm.cti.token"
    _description = "New Token"

    endpoint_id = fields.Many2one("crm.cti.endpoint", "Telephone System", readonly=True, ondelete="cascade")
    token = fields.Char(store=False, readonly=True)
    configuration = fields.Text(store=False, readonly=True)
