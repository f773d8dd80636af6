import { Component, onWillStart, useEffect, useExternalListener, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { Customer360 } from "../customer_360/customer_360";
import { formatAmount, openRecord } from "../customer_360/format";

const KINDS = {
    callback: ["fa-reply", _t("Call back")],
    visit: ["fa-map-marker", _t("Visit")],
    activity: ["fa-check-square-o", _t("Planned")],
    call_list: ["fa-list-ol", _t("Call list")],
    plan: ["fa-handshake-o", _t("Contact due")],
    quotation: ["fa-file-text-o", _t("Quotation")],
    at_risk: ["fa-exclamation-triangle", _t("At risk")],
    reorder: ["fa-refresh", _t("Reorder due")],
};
const WRITING = "input, textarea, select, [contenteditable=true]";

/** The queue of a salesperson's day: one customer after the other, with the reason, by keyboard. */
export class MyDay extends Component {
    static template = "crm_lifecycle.MyDay";
    static components = { Customer360, Layout };
    static props = { ...standardActionServiceProps };
    static path = "my-day";
    static displayName = _t("My Day");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.ui = useService("ui");
        this.formatAmount = formatAmount;
        this.display = { controlPanel: {} };
        this.list = useRef("list");
        useAutofocus({ refName: "note" });
        this.state = useState({ queue: null, index: 0, doing: null, busy: false, shown: 0 });
        this.show = useDebounced((partnerId) => (this.state.shown = partnerId), 250);
        useExternalListener(window, "keydown", (ev) => this.onKeydown(ev));
        useSetupAction({ getLocalState: () => ({ index: this.state.index }) });
        useEffect(
            (stop) => {
                this.list.el?.querySelector(".o_current")?.scrollIntoView({ block: "nearest" });
                this.show(stop?.partner_id || 0);
            },
            () => [this.current]
        );
        onWillStart(async () => {
            this.take(await this.orm.call("crm.my.day", "get_queue", []));
            this.go(this.props.state?.index || 0);
        });
    }

    get current() {
        return this.state.queue?.stops[this.state.index];
    }

    get day() {
        return deserializeDate(this.state.queue.date).toLocaleString({ weekday: "long", day: "numeric", month: "long" });
    }

    get percent() {
        const { done, total } = this.state.queue;
        return total ? Math.round((100 * done) / total) : 100;
    }

    icon(stop) {
        return KINDS[stop.kind][0];
    }

    label(stop) {
        return KINDS[stop.kind][1];
    }

    take(queue) {
        this.state.queue = queue;
        this.state.doing = null;
        this.go(this.state.index);
    }

    go(index) {
        this.state.index = Math.max(0, Math.min(index, this.state.queue.stops.length - 1));
        this.state.doing = null;
    }

    async refresh() {
        this.take(await this.orm.call("crm.my.day", "get_queue", []));
    }

    open(stop) {
        if (!stop.partner_id) {
            return openRecord(this.action, stop.model, stop.res_id);
        }
        return this.action.doAction({
            type: "ir.actions.client",
            tag: "crm_lifecycle.customer_360",
            name: stop.name,
            params: { partner_id: stop.contact_id || stop.partner_id },
        });
    }

    openDocument(stop) {
        return openRecord(this.action, stop.model, stop.res_id);
    }

    /** Ask what came of it. */
    start(stop, how = stop.how) {
        this.state.doing = { key: `${stop.kind}-${stop.id}`, how, outcome_id: false, note: "" };
    }

    isDoing(stop) {
        return this.state.doing?.key === `${stop.kind}-${stop.id}`;
    }

    choose(outcome) {
        const { doing } = this.state;
        doing.outcome_id = doing.outcome_id === outcome.id ? false : outcome.id;
    }

    async call(stop) {
        if (!stop.may_call) {
            this.notification.add(
                stop.phone ? _t("%s does not wish sales calls.", stop.name) : _t("No number is known of %s.", stop.name),
                { type: "warning" }
            );
            return;
        }
        this.start(stop, "call");
        if (!(await this.orm.call("crm.cti.endpoint", "originate", [stop.phone]))) {
            browser.location.href = `tel:${stop.phone.replace(/[^\d+]/g, "")}`;
        }
    }

    async finish(stop) {
        const { how, outcome_id, note } = this.state.doing;
        await this.settle(() => this.orm.call("crm.my.day", "finish", [stop.kind, stop.id], { how, outcome_id, note }));
    }

    async snooze(stop) {
        await this.settle(() => this.orm.call("crm.my.day", "snooze", [stop.kind, stop.id]));
    }

    async settle(work) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        try {
            this.take(await work());
        } finally {
            this.state.busy = false;
        }
    }

    onNoteKeydown(ev, stop) {
        if (ev.key === "Enter" && (ev.ctrlKey || ev.metaKey)) {
            ev.preventDefault();
            this.finish(stop);
        }
    }

    onKeydown(ev) {
        if (ev.key === "Escape" && this.state.doing) {
            ev.preventDefault();
            this.state.doing = null;
            return;
        }
        const { target } = ev;
        const elsewhere = target.closest?.(WRITING) || document.querySelector(".modal.show, .o_command_palette, .o_popover");
        if (elsewhere || ev.ctrlKey || ev.altKey || ev.metaKey || this.state.busy || !this.current) {
            return;
        }
        const stop = this.current;
        const keys = {
            j: () => this.go(this.state.index + 1),
            ArrowDown: () => this.go(this.state.index + 1),
            k: () => this.go(this.state.index - 1),
            ArrowUp: () => this.go(this.state.index - 1),
            Enter: () => !target.closest?.("button, a") && this.open(stop),
            d: () => this.start(stop),
            s: () => this.snooze(stop),
            c: () => this.call(stop),
        };
        const work = keys[ev.key];
        if (work && work() !== false) {
            ev.preventDefault();
        }
    }
}

registry.category("actions").add("crm_lifecycle.my_day", MyDay);
