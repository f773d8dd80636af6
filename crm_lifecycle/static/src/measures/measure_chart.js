import { Component, onWillStart, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getColor, getCustomColor } from "@web/core/colors/colors";

/** A chart of Chart.js in the colours of Odoo. `series`: {label, values, color (a number), line, area}. */
export class MeasureChart extends Component {
    static template = "crm_lifecycle.MeasureChart";
    static props = {
        title: String,
        type: String,
        labels: Array,
        series: Array,
        percent: { type: Boolean, optional: true },
        axisTitle: { type: String, optional: true },
    };
    static defaultProps = { percent: false };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => {
                const drawn = new Chart(this.canvas.el, this.getConfig());
                return () => drawn.destroy();
            },
            () => [this.props.labels, this.props.series]
        );
    }

    getConfig() {
        const { type, labels, series, percent, axisTitle } = this.props;
        const scheme = cookie.get("color_scheme");
        const ink = getCustomColor(scheme, "#111827", "#E4E4E4");
        const grid = getCustomColor(scheme, "#d8dadd", "#3C3E4B");
        const axis = { grid: { color: grid }, ticks: { color: ink, ...(percent && { callback: (value) => `${value} %` }) } };
        return {
            type,
            data: {
                labels,
                datasets: series.map(({ label, values, color, dashed }) => ({
                    label,
                    data: values,
                    backgroundColor: getColor(color, scheme, "odoo"),
                    borderColor: getColor(color, scheme, "odoo"),
                    borderWidth: type === "line" ? 2 : 0,
                    borderDash: dashed ? [4, 4] : [],
                    pointRadius: 0,
                    pointHitRadius: 12,
                })),
            },
            options: {
                maintainAspectRatio: false,
                animation: false,
                plugins: { legend: { display: series.length > 1, labels: { color: ink, boxWidth: 14 } } },
                scales: {
                    x: {
                        ...axis,
                        ...(percent && { type: "linear", min: 0, max: 100 }),
                        grid: { display: false },
                        title: { display: Boolean(axisTitle), text: axisTitle, color: ink },
                    },
                    y: { ...axis, beginAtZero: true, ...(percent ? { max: 100 } : { ticks: { ...axis.ticks, precision: 0, callback: (value) => Math.abs(value) } }) },
                },
            },
        };
    }
}
