from odoo import api, fields, models

from ..analytics import lessons


class CrmComplaintCluster(models.Model):
    """Several customers complain of the same product, lot and cause: those who bought it and keep silent may be concerned, too."""

    _name = "crm.complaint.cluster"
    _description = "Complaint Cluster"
    _order = "is_handled, last_at desc, id desc"
    _rec_name = "product_id"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    product_id = fields.Many2one("product.product", required=True, readonly=True, index=True, ondelete="cascade")
    lot_name = fields.Char("Lot", readonly=True)
    cause_id = fields.Many2one("crm.complaint.cause", readonly=True, ondelete="cascade", index="btree_not_null")
    complaint_ids = fields.Many2many(
        "crm.complaint", "crm_complaint_cluster_rel", "cluster_id", "complaint_id", "Complaints", readonly=True
    )
    customer_count = fields.Integer("Customers", readonly=True)
    first_at = fields.Datetime("First Complaint", readonly=True)
    last_at = fields.Datetime("Last Complaint", readonly=True)
    silent_count = fields.Integer("Buyers Not Heard of", compute="_compute_silent_count")
    action_id = fields.Many2one("crm.complaint.action", "Corrective Action", ondelete="set null", index="btree_not_null")
    is_handled = fields.Boolean("Handled")

    _key = models.UniqueIndex("(company_id, product_id, COALESCE(lot_name, ''), COALESCE(cause_id, 0))")

    def _compute_silent_count(self):
        for cluster in self:
            cluster.silent_count = len(cluster._get_silent_buyers())

    def action_view_silent(self):
        """Open the buyers who have not complained: warn them, call the goods back, or ask."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Buyers Not Heard of"),
            "res_model": "res.partner",
            "view_mode": "list,kanban,form",
            "domain": [("id", "in", self._get_silent_buyers().ids)],
        }

    def action_view_complaints(self):
        """Open the complaints of the cluster."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle_complaints.crm_complaint_action")
        return {**action, "domain": [("id", "in", self.complaint_ids.ids)], "context": {}}

    def _get_silent_buyers(self):
        """Who bought the product and is in none of the complaints.

        Where stock is installed and knows the lot, those to whom it was delivered; else all who bought the product from the window before
        the first complaint on.
        """
        self.ensure_one()
        if self.lot_name and "stock.lot" in self.env:
            lots = self.env["stock.lot"].sudo().search([("name", "=", self.lot_name), ("product_id", "=", self.product_id.id)])
            if lots:
                self.env.flush_all()
                rows = self.env.execute_query(lessons.silent_receivers(self.company_id.id, lots.ids, self.complaint_ids.ids))
                return self.env["res.partner"].browse(row[0] for row in rows)
        since = fields.Datetime.subtract(self.first_at, days=self.company_id.complaint_cluster_days).date()
        rows = self.env.execute_query(lessons.silent_buyers(self.company_id.id, self.product_id.id, since, self.complaint_ids.ids))
        return self.env["res.partner"].browse(row[0] for row in rows)

    @api.model
    def _cron_detect(self):
        """Find repeats and clusters. Doing it again changes nothing; a cluster that grows is no longer handled."""
        self.env.flush_all()
        self.env.execute_query(lessons.repeats())
        self.env.invalidate_all()
        known = {
            (cluster.company_id.id, cluster.product_id.id, cluster.lot_name or "", cluster.cause_id.id or 0): cluster
            for cluster in self.search([])
        }
        for company, product, lot, cause, complaints, customers, first, last in self.env.execute_query(lessons.clusters()):
            values = {"customer_count": customers, "last_at": last}
            cluster = known.get((company, product, lot, cause))
            if not cluster:
                self.create(
                    {
                        "company_id": company,
                        "product_id": product,
                        "lot_name": lot or False,
                        "cause_id": cause or False,
                        "first_at": first,
                        "complaint_ids": complaints,
                        **values,
                    }
                )
            elif set(complaints) - set(cluster.complaint_ids.ids):
                cluster.write({**values, "complaint_ids": [(4, complaint) for complaint in complaints], "is_handled": False})
