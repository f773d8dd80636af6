import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { Customer360 } from "./customer_360";

/** The page of the customer in a tab of the contact; asked for when the tab is opened. */
export class Customer360Widget extends Component {
    static template = "crm_lifecycle.Customer360Widget";
    static components = { Customer360 };
    static props = { ...standardWidgetProps };
}

registry.category("view_widgets").add("lifecycle_customer_360", { component: Customer360Widget });
