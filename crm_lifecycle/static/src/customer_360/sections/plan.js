import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { formatAmount, formatMoment, openRecord } from "../format";
import { SectionCard } from "../section_card";

/** The account plan: what is to be reached with the customer, and when to be in touch next. */
export class PlanSection extends Component {
    static template = "crm_lifecycle.PlanSection";
    static components = { SectionCard };
    static props = { section: Object, partnerId: Number };
    static compact = true;

    setup() {
        this.action = useService("action");
        this.formatMoment = formatMoment;
    }

    get plan() {
        return this.props.section.plan;
    }

    get isLate() {
        return this.plan.next_contact_date <= luxon.DateTime.local().toISODate();
    }

    get percent() {
        const { target_revenue: target, achieved_revenue: achieved } = this.plan;
        return target && achieved !== undefined ? Math.max(0, Math.round((100 * achieved) / target)) : null;
    }

    get facts() {
        const { plan, props } = this;
        const amount = (value) => (value ? formatAmount(value, props.section.currency_id) : "");
        return [
            [_t("Salesperson"), plan.user],
            [_t("Class"), plan.pareto_class_label],
            [_t("Contact every"), plan.contact_days ? _t("%s days", plan.contact_days) : ""],
            [_t("Last contact"), plan.last_contact_date ? `${formatMoment(plan.last_contact_date)} (${plan.last_contact_kind_label})` : _t("None yet")],
            [_t("Target"), plan.target_revenue ? _t("%(amount)s by %(day)s", { amount: amount(plan.target_revenue), day: formatMoment(plan.date_to) }) : ""],
        ].filter(([_label, value]) => value);
    }

    open() {
        return openRecord(this.action, "crm.account.plan", this.plan.id);
    }

    make() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "crm.account.plan",
            views: [[false, "form"]],
            context: { default_partner_id: this.props.partnerId },
        });
    }
}

registry.category("crm_lifecycle.sections").add("plan", PlanSection, { sequence: 25 });
