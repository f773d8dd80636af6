import { Component, onMounted, onWillUpdateProps, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { CheckboxItem } from "@web/core/dropdown/checkbox_item";
import { _t } from "@web/core/l10n/translation";
import { serializeDate } from "@web/core/l10n/dates";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { formatAmount, formatMoment, openRecord } from "./format";
import { SectionCard } from "./section_card";

const { DateTime } = luxon;
const PERIODS = [
    ["", _t("Any time")],
    ["30", _t("Last 30 days")],
    ["90", _t("Last 90 days")],
    ["365", _t("Last 12 months")],
];

/** What passed between the firm and the customer, newest first, page by page; `round` changes when it is to be asked for anew. */
export class Timeline extends Component {
    static template = "crm_lifecycle.Timeline";
    static components = { CheckboxItem, Dropdown, SectionCard };
    static props = { partnerId: Number, people: { type: Array, optional: true }, round: { type: Number, optional: true } };
    static defaultProps = { people: [], round: 0 };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.last = new KeepLast();
        this.formatMoment = formatMoment;
        this.formatAmount = formatAmount;
        this.periods = PERIODS;
        this.chosen = useState({ kinds: [], person: "", period: "", text: "" });
        this.state = useState({ lines: null, next: null, kinds: [], loading: false });
        this.search = useDebounced(() => this.load(), 300);
        // Not before it is mounted: while sections come in, a first rendering may be thrown away, and would ask in vain.
        onMounted(() => {
            this.load();
        });
        onWillUpdateProps((next) => {
            if (next.partnerId !== this.props.partnerId || next.round !== this.props.round) {
                this.load({ partnerId: next.partnerId });
            }
        });
    }

    async load({ partnerId = this.props.partnerId, cursor = null } = {}) {
        this.state.loading = true;
        const { kinds, person, period, text } = this.chosen;
        const values = {
            cursor,
            kinds,
            person_ids: person ? [Number(person)] : [],
            date_from: period ? serializeDate(DateTime.local().minus({ days: Number(period) })) : null,
            text,
        };
        try {
            const page = await this.last.add(this.orm.silent.call("res.partner", "crm_lifecycle_timeline", [[partnerId]], values));
            this.state.lines = cursor ? [...this.state.lines, ...page.lines] : page.lines;
            this.state.next = page.next;
            this.state.kinds = page.kinds;
        } finally {
            this.state.loading = false;
        }
    }

    get filtered() {
        const { kinds, person, period, text } = this.chosen;
        return Boolean(kinds.length || person || period || text);
    }

    kind(line) {
        return this.state.kinds.find((kind) => kind.kind === line.kind) || {};
    }

    toggle(kind) {
        const kinds = this.chosen.kinds;
        this.chosen.kinds = kinds.includes(kind) ? kinds.filter((other) => other !== kind) : [...kinds, kind];
        this.load();
    }

    choose(name, ev) {
        this.chosen[name] = ev.target.value;
        this.load();
    }

    write(ev) {
        this.chosen.text = ev.target.value;
        this.search();
    }

    clear() {
        Object.assign(this.chosen, { kinds: [], person: "", period: "", text: "" });
        this.load();
    }

    /** Up and down go from line to line. */
    onKeydown(ev) {
        const step = { ArrowDown: 1, ArrowUp: -1 }[ev.key];
        if (!step) {
            return;
        }
        const lines = [...ev.currentTarget.querySelectorAll(".o_customer_360_line")];
        const next = lines[lines.indexOf(ev.target) + step];
        if (next) {
            ev.preventDefault();
            next.focus();
        }
    }

    open(line) {
        openRecord(this.action, line.model, line.document);
    }
}
