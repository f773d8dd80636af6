import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatAmount, formatMoment, openRecord } from "../format";
import { SectionCard } from "../section_card";

const LISTS = [
    ["quotations", _t("Open quotations"), "sale.order"],
    ["to_deliver", _t("To deliver"), "sale.order"],
    ["to_invoice", _t("To invoice"), "sale.order"],
    ["opportunities", _t("Opportunities"), "crm.lead"],
];

/** What is being sold to a customer, and what they bought last. */
export class SalesSection extends Component {
    static template = "crm_lifecycle.SalesSection";
    static components = { SectionCard };
    static props = { section: Object, partnerId: Number };

    setup() {
        this.action = useService("action");
        Object.assign(this, { formatAmount, formatMoment });
    }

    get lists() {
        return LISTS.map(([name, label, model]) => ({ name, label, model, ...this.props.section[name] })).filter(({ total }) => total);
    }

    get empty() {
        return !this.lists.length && !(this.props.section.products || []).length;
    }

    open(model, row) {
        openRecord(this.action, model, row.id);
    }
}

registry.category("crm_lifecycle.sections").add("sales", SalesSection, { sequence: 40 });
