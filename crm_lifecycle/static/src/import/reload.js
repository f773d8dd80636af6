import { Component, onWillUnmount } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const EVERY = 3000;
const WORKING = ["checking", "importing"];

/** Shows nothing; reads the record again and again while it is worked on in the background. */
export class LifecycleReload extends Component {
    static template = "crm_lifecycle.Reload";
    static props = { ...standardFieldProps };

    setup() {
        this.timer = browser.setInterval(() => this.look(), EVERY);
        onWillUnmount(() => browser.clearInterval(this.timer));
    }

    async look() {
        const { record, name } = this.props;
        if (record.resId && WORKING.includes(record.data[name])) {
            await record.load();
        }
    }
}

registry.category("fields").add("lifecycle_reload", { component: LifecycleReload, supportedTypes: ["selection"] });
