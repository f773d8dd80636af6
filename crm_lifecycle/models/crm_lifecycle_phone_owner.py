from odoo import api, models

FOLLOWED = ("phone", "country_id", "company_id")


class CrmLifecyclePhoneOwner(models.AbstractModel):
    """Whoever has a phone field that the index repeats.

    It follows what is written to the table, so that many single writes cost one statement, and fields that Odoo computes are followed, too.
    """

    _name = "crm.lifecycle.phone.owner"
    _description = "Has Phone Numbers"

    def _create(self, data_list):
        owners = super()._create(data_list)
        dialled = [owner.id for owner, data in zip(owners, data_list, strict=True) if data["stored"].get("phone")]
        self.env["crm.lifecycle.phone"]._follow(self._name, dialled)
        return owners

    def _write_multi(self, vals_list):
        result = super()._write_multi(vals_list)
        changed = [owner_id for owner_id, vals in zip(self._ids, vals_list, strict=True) if not vals.keys().isdisjoint(FOLLOWED)]
        self.env["crm.lifecycle.phone"]._follow(self._name, changed)
        return result

    @api.model_create_multi
    def create(self, vals_list):
        owners = super().create(vals_list)
        self.env["crm.call"]._attach(owners)
        return owners
