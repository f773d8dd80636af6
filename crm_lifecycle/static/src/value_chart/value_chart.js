import { Component, onWillStart, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getColor, getCustomColor } from "@web/core/colors/colors";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Predicted beside actual purchases, by the number of repeat purchases before the forecast. */
export class ValueChart extends Component {
    static template = "crm_lifecycle.ValueChart";
    static props = { ...standardFieldProps };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            (chart) => {
                if (!chart || !this.canvas.el) {
                    return;
                }
                const drawn = new Chart(this.canvas.el, this.getConfig(chart));
                return () => drawn.destroy();
            },
            () => [this.props.record.data[this.props.name]]
        );
    }

    getConfig(chart) {
        const scheme = cookie.get("color_scheme");
        const ink = getCustomColor(scheme, "#111827", "#E4E4E4");
        const grid = getCustomColor(scheme, "#d8dadd", "#3C3E4B");
        const datasets = [chart.predicted, chart.actual].map((series, index) => ({
            label: series.label,
            data: series.values,
            backgroundColor: getColor(index, scheme, "odoo"),
        }));
        const axis = { grid: { color: grid }, ticks: { color: ink } };
        return {
            type: "bar",
            data: { labels: chart.labels, datasets },
            options: {
                maintainAspectRatio: false,
                animation: false,
                plugins: { legend: { labels: { color: ink } } },
                scales: {
                    x: { ...axis, title: { display: true, text: chart.title, color: ink } },
                    y: { ...axis, beginAtZero: true },
                },
            },
        };
    }
}

registry.category("fields").add("lifecycle_value_chart", {
    component: ValueChart,
    supportedTypes: ["json"],
});
