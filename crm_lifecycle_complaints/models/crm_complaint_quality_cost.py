from odoo import fields, models

from ..analytics import lessons


class CrmComplaintQualityCost(models.Model):
    """What poor quality costs, by product and supplier."""

    _name = "crm.complaint.quality.cost"
    _description = "Cost of Poor Quality"
    _auto = False
    _order = "cost desc, id"
    _rec_name = "product_id"

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    complaint_id = fields.Many2one("crm.complaint", readonly=True)
    family_id = fields.Many2one("res.partner", "Customer", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    supplier_id = fields.Many2one("res.partner", readonly=True, help="The first supplier of the product.")
    cause_id = fields.Many2one("crm.complaint.cause", readonly=True)
    category_id = fields.Many2one("crm.complaint.category", readonly=True)
    kind = fields.Selection(
        selection=lambda self: self.env["crm.complaint.redress"]._fields["kind"]._description_selection(self.env), readonly=True
    )
    done_at = fields.Datetime("Given on", readonly=True)
    quantity = fields.Float(readonly=True)
    cost = fields.Monetary(readonly=True)

    @property
    def _table_query(self):
        return lessons.quality_cost()
