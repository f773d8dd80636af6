import { Component, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** Below the lines of a quotation: what goes with them, added by one click. */
export class GoesWith extends Component {
    static template = "crm_lifecycle.GoesWith";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.last = new KeepLast();
        this.state = useState({ rows: [] });
        useRecordObserver((record) => {
            const products = record.data.order_line.records.map((line) => line.data.product_id?.id).filter(Boolean);
            const partner = record.data.partner_id?.id || false;
            const asked = JSON.stringify([products, partner]);
            if (asked !== this.asked) {
                this.asked = asked;
                this.load(products, partner);
            }
        });
    }

    async load(products, partner) {
        this.state.rows = products.length
            ? await this.last.add(this.orm.silent.call("crm.product.affinity", "goes_with", [products, partner]))
            : [];
    }

    async add(row) {
        const context = { default_product_id: row.id, default_product_uom_qty: 1 };
        await this.props.record.data.order_line.addNewRecord({ position: "bottom", mode: "readonly", context });
        const partner = this.props.record.data.partner_id.id;
        this.orm.silent.call("res.partner", "crm_lifecycle_suggestion_added", [[partner], row.id]);
    }
}

registry.category("view_widgets").add("lifecycle_goes_with", { component: GoesWith });
