from odoo import api, fields, models


class CrmCtiExtension(models.Model):
    """Which user or queue a telephone system means by an extension, an e-mail address or a queue's name."""

    _name = "crm.cti.extension"
    _description = "Extension of a Telephone System"
    _order = "name"

    endpoint_id = fields.Many2one("crm.cti.endpoint", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="endpoint_id.company_id", store=True, index=True)
    name = fields.Char(
        "Extension", required=True, help="As the telephone system writes it: an extension, an e-mail address or the name of a queue."
    )
    key = fields.Char(compute="_compute_key", store=True)
    user_id = fields.Many2one("res.users", "Agent", ondelete="cascade", domain="[('share', '=', False)]")
    team_id = fields.Many2one("crm.team", "Queue", ondelete="cascade")

    _name_unique = models.Constraint("UNIQUE (endpoint_id, key)", "This extension is there already.")
    _meant = models.Constraint("CHECK (user_id IS NOT NULL OR team_id IS NOT NULL)", "Say which agent or which queue the extension is.")

    @api.depends("name")
    def _compute_key(self):
        for extension in self:
            extension.key = (extension.name or "").strip().lower()
