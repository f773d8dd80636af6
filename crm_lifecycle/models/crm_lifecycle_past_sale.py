from odoo import fields, models

from .crm_lifecycle_measures import AMOUNTS


class CrmLifecyclePastSale(models.Model):
    """A sale from before Odoo, taken over from a spreadsheet. It counts for facts and measures, and is in nobody's books.

    Without a contact it is held back: a line of an import that has been read and not taken over yet.
    """

    _name = "crm.lifecycle.past.sale"
    _description = "Past Sale"
    _order = "day desc, id desc"
    _rec_name = "document"
    _log_access = False

    import_id = fields.Many2one("crm.lifecycle.import", required=True, readonly=True, index=True, ondelete="cascade")
    contact_id = fields.Many2one("crm.lifecycle.import.contact", readonly=True, index="btree_not_null", ondelete="set null")
    contact_key = fields.Char(readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True, index="btree_not_null", ondelete="cascade")
    line = fields.Integer(readonly=True, aggregator=None, help="The line in the spreadsheet.")
    day = fields.Date(required=True, readonly=True)
    document = fields.Char("Document Number", readonly=True)
    product = fields.Char(readonly=True)
    quantity = fields.Float(readonly=True)
    price = fields.Float("Unit Price", readonly=True, aggregator=None, groups=AMOUNTS)
    currency = fields.Char("Currency of the Sale", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(readonly=True, groups=AMOUNTS, help="Without taxes, in the currency of the company, by the rate of the day.")
    row_key = fields.Char(required=True, readonly=True, help="Names the line by what it says: the same line is never counted twice.")

    _counted_once = models.UniqueIndex("(company_id, row_key) WHERE partner_id IS NOT NULL", "These sales have been imported already.")
