from odoo import models


class MailingTrace(models.Model):
    _inherit = "mailing.trace"

    # Who has had enough mail lately is asked for each mailing.
    _lifecycle_recent = models.Index("(create_date, email)")
