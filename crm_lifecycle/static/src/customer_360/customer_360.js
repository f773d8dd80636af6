import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { formatDate, deserializeDate } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { PlainSection } from "./section_card";
import { Timeline } from "./timeline";

const HEAD = ["who", "standing"];
const PLACED = new Set([...HEAD, "timeline"]);

/**
 * A section of the page by its name, with the props `{ section, partnerId }`; the sequence orders them, and a static `compact = true`
 * shows it in the call card as well.
 */
const sectionRegistry = registry.category("crm_lifecycle.sections");

/** One customer, one page. The head comes first, then each section as it is ready. */
export class Customer360 extends Component {
    static template = "crm_lifecycle.Customer360";
    static components = { Timeline };
    static props = {
        partnerId: Number,
        compact: { type: Boolean, optional: true },
        onLoaded: { type: Function, optional: true },
    };
    static defaultProps = { compact: false };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({});
        onWillStart(() => this.load(this.props.partnerId));
        onWillUpdateProps((next) => next.partnerId !== this.props.partnerId && this.load(next.partnerId));
    }

    /** Ask for the head, then for the other sections, each by itself so that a slow one keeps nobody waiting. */
    async load(partnerId) {
        Object.assign(this.state, { partnerId, head: null, sections: {}, names: [] });
        const head = await this.snapshot(partnerId, HEAD);
        if (this.state.partnerId !== partnerId) {
            return;
        }
        const names = head.available.filter((name) => !PLACED.has(name) && (!this.props.compact || this.component(name).compact));
        names.sort((a, b) => this.sequence(a) - this.sequence(b));
        Object.assign(this.state, { head, names });
        this.props.onLoaded?.(head);
        for (const name of names) {
            this.loadSection(partnerId, name);
        }
    }

    async loadSection(partnerId, name) {
        try {
            const answer = await this.snapshot(partnerId, [name]);
            if (this.state.partnerId === partnerId) {
                this.state.sections[name] = answer.sections[name] || false;
            }
        } catch (error) {
            this.state.sections[name] = false;
            throw error;
        }
    }

    snapshot(partnerId, sections) {
        return this.orm.silent.call("res.partner", "crm_lifecycle_snapshot", [[partnerId]], { sections });
    }

    component(name) {
        return sectionRegistry.get(name, PlainSection);
    }

    sequence(name) {
        const position = sectionRegistry.getEntries().findIndex(([key]) => key === name);
        return position < 0 ? Infinity : position;
    }

    get who() {
        return this.state.head.sections.who;
    }

    get standing() {
        return this.state.head.sections.standing;
    }

    day(value) {
        return value ? formatDate(deserializeDate(value)) : "";
    }
}
