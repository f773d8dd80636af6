from odoo import api, fields, models


class CrmComplaintServiceClass(models.Model):
    """Which customers are served faster. The first class, in order, whose conditions a customer meets is theirs."""

    _name = "crm.complaint.service.class"
    _description = "Service Class"
    _order = "sequence, id"

    name = fields.Char("Service Class", required=True, translate=True)
    sequence = fields.Integer(default=10, help="The first class whose conditions a customer meets is theirs.")
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one("res.company", index=True, help="Only for this company; empty means for all.")
    pareto_class = fields.Selection(
        [("a", "A"), ("b", "A or B"), ("c", "A, B or C")],
        help="Customers of this Pareto class or a better one; empty means whatever their class.",
    )
    stage_ids = fields.Many2many(
        "crm.lifecycle.stage",
        "crm_complaint_service_class_stage_rel",
        "class_id",
        "stage_id",
        "Customer Stages",
        help="Customers in one of these stages; empty means in any, also those without a stage.",
    )
    boost = fields.Integer(
        "Raises Priority by", help="Steps by which a complaint of such a customer is more urgent than its severity alone makes it."
    )

    _boost_bounded = models.Constraint("CHECK (boost BETWEEN 0 AND 3)", "The priority can be raised by 0 to 3 steps.")

    @api.model
    def _classify(self, company, families):
        """The class of each customer.

        :param res.company company: where they are customers
        :param res.partner families: commercial partners
        :return: {commercial partner id: class}; the class is empty where the conditions of none are met
        """
        classes = self.sudo().search([("company_id", "in", [False, company.id])])
        customers = {
            row.partner_id.id: row
            for row in self.env["crm.lifecycle.customer"]
            .sudo()
            .search_fetch([("partner_id", "in", families.ids), ("company_id", "=", company.id)], ["partner_id", "pareto_class", "stage_id"])
        }
        return {
            family: next((each for each in classes if each._admits(customers.get(family))), classes.browse())
            for family in [*families.ids, False]
        }

    def _admits(self, customer):
        """Whether a customer meets the conditions.

        :param customer: a record of crm.lifecycle.customer, or None for somebody who is no customer yet
        """
        self.ensure_one()
        if self.pareto_class and not (customer and customer.pareto_class and customer.pareto_class <= self.pareto_class):
            return False
        return not self.stage_ids or bool(customer and customer.stage_id in self.stage_ids)
