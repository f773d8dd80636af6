import { Component, onWillUnmount, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const EVERY = 2000;

/** How far the rebuild in the background is; closing it leaves the rebuild alone. */
export class Rebuild extends Component {
    static template = "crm_lifecycle.Rebuild";
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ done: 0, total: 0 });
        this.look();
        onWillUnmount(() => browser.clearTimeout(this.timer));
    }

    get percent() {
        return this.state.total ? Math.floor((100 * this.state.done) / this.state.total) : 0;
    }

    get isFinished() {
        return this.state.total > 0 && this.state.done >= this.state.total;
    }

    async look() {
        const since = this.props.action.params.since;
        Object.assign(this.state, await this.orm.silent.call("crm.lifecycle.customer", "rebuild_progress", [since]));
        if (!this.isFinished) {
            this.timer = browser.setTimeout(() => this.look(), EVERY);
        }
    }
}

registry.category("actions").add("crm_lifecycle.rebuild", Rebuild);
