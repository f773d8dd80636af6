import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { Customer360 } from "./customer_360";

/** The page of a customer on its own, at `/odoo/customer-360/<id of a contact>`. */
export class Customer360Action extends Component {
    static template = "crm_lifecycle.Customer360Action";
    static components = { Customer360, Layout };
    static props = { ...standardActionServiceProps };
    static path = "customer-360";
    static displayName = _t("Customer");

    setup() {
        const id = Number(this.props.resId || this.props.action.params?.partner_id || this.props.action.context?.active_id);
        this.state = useState({ partnerId: Number.isInteger(id) && id > 0 ? id : 0 });
        this.display = { controlPanel: {} };
        onWillStart(() => this.state.partnerId && this.props.updateActionState({ resId: this.state.partnerId }));
    }

    onLoaded(head) {
        this.env.config.setDisplayName(head.name);
    }
}

registry.category("actions").add("crm_lifecycle.customer_360", Customer360Action);
