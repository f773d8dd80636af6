import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { layoutFlow } from "./flow_layout";

/** The moves between stages as ribbons, as thick as they have customers. Each opens its moves. */
export class JourneyFlow extends Component {
    static template = "crm_lifecycle.JourneyFlow";
    static props = { stages: Array, flows: Array, onOpen: Function };

    get size() {
        return this.env.isSmall ? { width: 350, height: 420 } : { width: 1000, height: 420 };
    }

    get drawing() {
        const { width, height } = this.size;
        const order = this.props.stages.map((stage) => stage.id);
        return layoutFlow(this.props.flows, order, width, height);
    }

    stage(id) {
        return this.props.stages.find((stage) => stage.id === id);
    }

    name(id) {
        return id === false ? _t("New") : this.stage(id).name;
    }

    phase(id) {
        return id === false ? "new" : this.stage(id).phase;
    }

    title(ribbon) {
        return _t("%(from)s → %(to)s: %(count)s", {
            from: this.name(ribbon.from),
            to: this.name(ribbon.to),
            count: ribbon.count,
        });
    }

    onKeydown(event, ribbon) {
        if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            this.props.onOpen(ribbon);
        }
    }
}
