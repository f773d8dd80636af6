import { Component, onMounted, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { openRecord } from "../format";
import { SectionCard } from "../section_card";

const LISTS = [
    ["reorder", _t("Buys again and again")],
    ["cross_sell", _t("Goes with what they buy")],
    ["up_sell", _t("A step up")],
];

/** What a customer will probably want next, with the reason; added to a quotation by one click, or never suggested again. */
export class NextBestSection extends Component {
    static template = "crm_lifecycle.NextBestSection";
    static components = { SectionCard };
    static props = { section: Object, partnerId: Number };
    static compact = true;

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.state = useState({ gone: {}, added: {} });
        onMounted(() => {
            const shown = LISTS.flatMap(([kind]) => this.props.section[kind].map((row) => [row.id, kind]));
            if (shown.length) {
                this.call("crm_lifecycle_suggestions_shown", [shown]);
            }
        });
    }

    get lists() {
        return LISTS.map(([kind, label]) => ({ kind, label, rows: this.props.section[kind].filter((row) => !this.state.gone[row.id]) })).filter(
            ({ rows }) => rows.length
        );
    }

    call(method, args) {
        return this.orm.silent.call("res.partner", method, [[this.props.partnerId], ...args]);
    }

    async add(kind, row) {
        this.state.added[row.id] = true;
        let order;
        try {
            order = await this.call("crm_lifecycle_add_to_quotation", [row.id, kind, kind === "reorder" ? row.quantity || 1 : 1]);
        } catch (error) {
            this.state.added[row.id] = false;
            throw error;
        }
        this.notification.add(_t("%(product)s is on quotation %(order)s.", { product: row.name, order: order.name }), {
            type: "success",
            buttons: [{ name: _t("Open"), onClick: () => openRecord(this.action, "sale.order", order.order_id) }],
        });
    }

    async dismiss(kind, row) {
        await this.call("crm_lifecycle_dismiss", [row.id, kind]);
        this.state.gone[row.id] = true;
    }
}

registry.category("crm_lifecycle.sections").add("next_best", NextBestSection, { sequence: 30 });
