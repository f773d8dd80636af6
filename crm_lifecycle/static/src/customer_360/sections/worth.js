import { Component, onWillStart, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getColor, getCustomColor } from "@web/core/colors/colors";
import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatAmount, formatMoment } from "../format";
import { SectionCard } from "../section_card";

/** What a customer is worth, with a small chart of the revenue of each month. */
export class WorthSection extends Component {
    static template = "crm_lifecycle.WorthSection";
    static components = { SectionCard };
    static props = { section: Object, partnerId: Number };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => this.props.section.months && loadBundle("web.chartjs_lib"));
        useEffect(
            (months) => {
                if (!months || !this.canvas.el) {
                    return;
                }
                const drawn = new Chart(this.canvas.el, this.getConfig(months));
                return () => drawn.destroy();
            },
            () => [this.props.section.months]
        );
    }

    get facts() {
        const { section } = this.props;
        const amount = (name) => (section[name] || section[name] === 0 ? formatAmount(section[name], section.currency_id) : "");
        const percent = (value) => (section.value_date ? `${Math.round(value * 100)} %` : "");
        const forecast = _t("As of %s", formatMoment(section.value_date));
        return [
            [_t("Revenue, 12 months"), amount("revenue_12_months")],
            [_t("Revenue in all"), amount("net_revenue")],
            [_t("Margin"), amount("margin")],
            [_t("Purchases"), section.purchase_days || ""],
            [_t("Last purchase"), formatMoment(section.last_purchase_date)],
            [_t("Next one expected"), formatMoment(section.next_purchase_date)],
            [_t("Segment"), section.rfm_segment, section.r_score ? `R${section.r_score} F${section.f_score} M${section.m_score}` : ""],
            [_t("Pareto class"), section.pareto_class],
            [_t("Lifetime value"), section.value_date ? amount("clv") : "", forecast],
            [_t("Probability alive"), percent(section.alive_probability), forecast],
        ].filter(([_label, value]) => value);
    }

    getConfig(months) {
        const scheme = cookie.get("color_scheme");
        const ink = getCustomColor(scheme, "#111827", "#E4E4E4");
        const currency = this.props.section.currency_id;
        return {
            type: "bar",
            data: {
                labels: months.map(({ month }) => deserializeDate(month).toFormat("LLL yy")),
                datasets: [{ data: months.map(({ revenue }) => revenue), backgroundColor: getColor(0, scheme, "odoo") }],
            },
            options: {
                maintainAspectRatio: false,
                animation: false,
                plugins: {
                    legend: { display: false },
                    tooltip: { callbacks: { label: (item) => formatAmount(item.parsed.y, currency) } },
                },
                scales: {
                    x: { grid: { display: false }, ticks: { color: ink, maxRotation: 0, autoSkip: true } },
                    y: { display: false },
                },
            },
        };
    }
}

registry.category("crm_lifecycle.sections").add("worth", WorthSection, { sequence: 10 });
