from odoo import api, models


class CrmLifecycleDocument(models.AbstractModel):
    """A document that tells something of the customer whom its ``partner_id`` names."""

    _name = "crm.lifecycle.document"
    _description = "Document of a Customer"

    # The fields whose change makes the document tell something else.
    _lifecycle_told_by = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        documents = super().create(vals_list)
        self.env["crm.lifecycle.dirty"]._mark(documents.partner_id)
        return documents

    def write(self, vals):
        if not self._tells_otherwise(vals):
            return super().write(vals)
        before = self.partner_id
        result = super().write(vals)
        self.env["crm.lifecycle.dirty"]._mark(before | self.partner_id)
        return result

    def unlink(self):
        partners = self.partner_id
        result = super().unlink()
        self.env["crm.lifecycle.dirty"]._mark(partners)
        return result

    def _tells_otherwise(self, vals: dict) -> bool:
        """Whether these values, not written yet, change what the documents tell of their customers."""
        return bool(self._lifecycle_told_by & vals.keys())
