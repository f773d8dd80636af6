import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatAmount } from "../format";
import { SectionCard } from "../section_card";

const AGES = [
    ["not_due", _t("Not due"), "bg-success"],
    ["days_1_30", _t("1–30 days"), "bg-warning"],
    ["days_31_60", _t("31–60"), "bg-warning"],
    ["days_61_90", _t("61–90"), "bg-danger"],
    ["days_91", _t("Over 90"), "bg-danger"],
];

/** What a customer owes and since when; without the right to see that, only whether the credit limit is kept. */
export class MoneySection extends Component {
    static template = "crm_lifecycle.MoneySection";
    static components = { SectionCard };
    static props = { section: Object, partnerId: Number };
    static compact = true;

    setup() {
        this.action = useService("action");
        this.formatAmount = formatAmount;
    }

    get ages() {
        const { ageing } = this.props.section;
        const total = Object.values(ageing).reduce((sum, amount) => sum + Math.max(amount, 0), 0);
        return AGES.map(([name, label, color]) => ({
            name,
            label,
            color,
            amount: ageing[name],
            share: total ? (100 * Math.max(ageing[name], 0)) / total : 0,
        })).filter(({ amount }) => amount);
    }
}

registry.category("crm_lifecycle.sections").add("money", MoneySection, { sequence: 20 });
