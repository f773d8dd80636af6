"""Lots of complaints and deliveries on the timeline, where Odoo's stock is installed beside the addons."""

from odoo.tests import tagged

from .common import OwnDatabase

SCRIPT = """
from odoo import Command, fields
from odoo.tests import Form

company = env.company
env["ir.config_parameter"].set_param("mail.catchall.domain", "x.test")
jar = env["product.product"].create({"name": "Jar", "type": "consu", "is_storable": True, "tracking": "lot"})
lots = env["stock.lot"].create([{"name": name, "product_id": jar.id} for name in ("L1", "L2")])
warehouse = env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
partners = env["res.partner"].create([{"name": f"Buyer {number}"} for number in range(6)])
customers = env.ref("stock.stock_location_customers")


def deliver(partner, lot):
    env["stock.quant"]._update_available_quantity(jar, warehouse.lot_stock_id, 5, lot_id=lot)
    picking = env["stock.picking"].create({
        "partner_id": partner.id, "picking_type_id": warehouse.out_type_id.id,
        "location_id": warehouse.lot_stock_id.id, "location_dest_id": customers.id,
        "move_ids": [Command.create({
            "product_id": jar.id, "product_uom_qty": 5, "product_uom": jar.uom_id.id,
            "location_id": warehouse.lot_stock_id.id, "location_dest_id": customers.id,
        })],
    })
    picking.action_confirm()
    picking.move_ids.move_line_ids.unlink()
    env["stock.move.line"].create({
        "move_id": picking.move_ids.id, "picking_id": picking.id, "product_id": jar.id, "lot_id": lot.id, "quantity": 5, "picked": True,
        "location_id": warehouse.lot_stock_id.id, "location_dest_id": customers.id,
    })
    picking.button_validate()
    assert picking.state == "done", picking.state
    return picking


delivered = [deliver(partner, lots[0]) for partner in partners[:5]]
deliver(partners[5], lots[1])

# The timeline tells of what went to the customer, not of what comes from them, and opens it.
env["stock.picking"].create({
    "partner_id": partners[0].id, "picking_type_id": warehouse.in_type_id.id,
    "location_id": customers.id, "location_dest_id": warehouse.lot_stock_id.id,
})
page = partners[0].crm_lifecycle_timeline()
assert "delivery" in {kind["kind"] for kind in page["kinds"]}
lines = [(line["model"], line["document"], line["title"], line["state"]) for line in page["lines"] if line["kind"] == "delivery"]
assert lines == [("stock.picking", delivered[0].id, delivered[0].name, "Done")], lines

# Whether an order is delivered is told by its deliveries.
rice = env["product.product"].create({"name": "Rice", "type": "consu", "is_storable": True})
env["stock.quant"]._update_available_quantity(rice, warehouse.lot_stock_id, 9)
order = env["sale.order"].create({
    "partner_id": partners[1].id, "order_line": [Command.create({"product_id": rice.id, "product_uom_qty": 3})],
})


def to_deliver():
    env.flush_all()
    return [row["id"] for row in partners[1].crm_lifecycle_snapshot(["sales"])["sections"]["sales"]["to_deliver"]["rows"]]


assert not to_deliver()
order.action_confirm()
assert order.delivery_status == "pending" and to_deliver() == order.ids, (order.delivery_status, to_deliver())
order.picking_ids.move_ids.write({"quantity": 3, "picked": True})
order.picking_ids.button_validate()
assert order.delivery_status == "full" and not to_deliver(), (order.delivery_status, to_deliver())

# A lot names its product, a wrong one is warned of.
form = Form(env["crm.complaint"])
form.name = "Cracked"
form.lot_name = " L1 "
assert form.product_id == jar and form.lot_name == "L1", (form.product_id, form.lot_name)
complaint = env["crm.complaint"].new({"name": "x", "lot_name": "L9", "product_id": jar.id})
assert "L9" in complaint._onchange_lot_name()["warning"]["message"]
assert not env["crm.complaint"].new({"name": "x", "lot_name": "L1", "product_id": jar.id})._onchange_lot_name()

# Three of the five who got the lot complain: the other two are the ones to warn, not who got another lot.
env["crm.complaint"].create([
    {"name": "Cracked", "partner_id": partner.id, "product_id": jar.id, "lot_name": "L1"} for partner in partners[:3]
])
env["crm.complaint.cluster"]._cron_detect()
cluster = env["crm.complaint.cluster"].search([("lot_name", "=", "L1")])
assert len(cluster) == 1 and cluster.customer_count == 3, cluster
assert cluster._get_silent_buyers() == partners[3:5], cluster._get_silent_buyers()
assert cluster.silent_count == 2
# A lot that stock does not know falls back to whoever bought the product.
env["crm.complaint"].create([
    {"name": "Cracked", "partner_id": partner.id, "product_id": jar.id, "lot_name": "Printed otherwise"} for partner in partners[:3]
])
env["crm.complaint.cluster"]._cron_detect()
other = env["crm.complaint.cluster"].search([("lot_name", "=", "Printed otherwise")])
assert other and not other._get_silent_buyers(), "nothing was invoiced"
"""


@tagged("post_install", "-at_install")
class TestWithStock(OwnDatabase):
    def test_lots_and_deliveries(self):
        database = self.database(self.workshop.product())
        self.workshop.install(database, ["stock"], "installing stock")
        self.shell(database, SCRIPT)
