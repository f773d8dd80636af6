import { Component, onWillStart, useEffect, useRef, useState } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getColor, getCustomColor } from "@web/core/colors/colors";
import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatFloat } from "@web/core/utils/numbers";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const { DateTime } = luxon;

const QUADRANTS = {
    concentrate: _t("Concentrate here"),
    keep: _t("Keep it up"),
    low: _t("Low priority"),
    overkill: _t("Possible overkill"),
};

/** Importance against performance, what moves the score, and the comparison with the best other supplier. */
export class VoiceMatrix extends Component {
    static template = "crm_lifecycle.VoiceMatrix";
    static components = { DateTimeInput, Layout };
    static props = { ...standardActionServiceProps };
    static displayName = _t("What Matters");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.canvas = useRef("canvas");
        this.display = { controlPanel: {} };
        this.state = useState({ found: null, surveyId: null, dateFrom: false, dateTo: false });
        onWillStart(async () => {
            await Promise.all([loadBundle("web.chartjs_lib"), this.load()]);
        });
        useEffect(
            () => {
                if (!this.canvas.el) {
                    return;
                }
                const drawn = new Chart(this.canvas.el, this.getConfig());
                return () => drawn.destroy();
            },
            () => [this.state.found]
        );
    }

    async load() {
        const { surveyId, dateFrom, dateTo } = this.state;
        const found = await this.orm.call("crm.voice.request", "crm_voice_matrix", [], {
            survey_id: surveyId,
            date_from: dateFrom || null,
            date_to: dateTo || null,
        });
        this.state.surveyId = found.survey_id || null;
        this.state.found = found;
    }

    get placed() {
        return this.state.found.factors.filter((factor) => factor.quadrant);
    }

    /** Also what can be compared without knowing how much it matters. */
    get compared() {
        return this.state.found.factors.filter((factor) => factor.gap !== null);
    }

    quadrant(factor) {
        return QUADRANTS[factor.quadrant] || "";
    }

    get measureName() {
        return { nps: _t("NPS"), csat: _t("Satisfied (%)"), ces: _t("Effort") }[this.state.found.kind] || "";
    }

    number(value, digits = 1) {
        return value === null || value === undefined ? "–" : formatFloat(value, { digits: [16, digits] });
    }

    interval(low, high, digits = 1) {
        return low === null || low === undefined
            ? ""
            : _t("%(low)s to %(high)s", { low: this.number(low, digits), high: this.number(high, digits) });
    }

    onSurvey(ev) {
        this.state.surveyId = Number(ev.target.value);
        return this.load();
    }

    day(text) {
        return text && DateTime.fromISO(text);
    }

    setDay(name, day) {
        this.state[name] = day ? serializeDate(day) : false;
        return this.load();
    }

    open(model, name, domain) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: model,
            views: [
                [false, "list"],
                [false, "form"],
            ],
            domain,
        });
    }

    openMood(mood) {
        const more = mood ? [["mood", "=", mood]] : [];
        return this.open("crm.voice.request", _t("Customer Feedback"), [...this.state.found.domain, ...more]);
    }

    openFactor(factor) {
        const through = this.state.found.domain.map((leaf) => (Array.isArray(leaf) ? [`request_id.${leaf[0]}`, leaf[1], leaf[2]] : leaf));
        return this.open("crm.voice.rating", factor.name, [...through, ["factor_id", "=", factor.id]]);
    }

    getConfig() {
        const scheme = cookie.get("color_scheme");
        const ink = getCustomColor(scheme, "#111827", "#E4E4E4");
        const grid = getCustomColor(scheme, "#d8dadd", "#3C3E4B");
        const { middle } = this.state.found;
        const placed = this.placed;
        const point = (factor, value) => ({ x: value, y: factor.importance, factor });
        const others = placed.filter((factor) => factor.other !== null);
        const axis = (text) => ({
            min: 1,
            max: 5,
            grid: { color: grid },
            ticks: { color: ink, stepSize: 1 },
            title: { display: true, text, color: ink },
        });
        const names = {
            id: "names",
            afterDatasetsDraw: (chart) => {
                const { ctx, chartArea, scales } = chart;
                ctx.save();
                ctx.strokeStyle = ink;
                ctx.setLineDash([4, 4]);
                ctx.globalAlpha = 0.5;
                const x = scales.x.getPixelForValue(middle.performance);
                const y = scales.y.getPixelForValue(middle.importance);
                ctx.beginPath();
                ctx.moveTo(x, chartArea.top);
                ctx.lineTo(x, chartArea.bottom);
                ctx.moveTo(chartArea.left, y);
                ctx.lineTo(chartArea.right, y);
                ctx.stroke();
                ctx.globalAlpha = 1;
                ctx.fillStyle = ink;
                ctx.font = "12px sans-serif";
                chart.getDatasetMeta(0).data.forEach((element, index) => {
                    const text = String(index + 1);
                    ctx.fillText(text, element.x + 9, element.y - 7);
                });
                ctx.restore();
            },
        };
        return {
            type: "scatter",
            data: {
                datasets: [
                    {
                        label: _t("How we do"),
                        data: placed.map((factor) => point(factor, factor.performance)),
                        backgroundColor: getColor(0, scheme, "odoo"),
                        pointRadius: 7,
                    },
                    {
                        label: _t("Best other supplier"),
                        data: others.map((factor) => point(factor, factor.other)),
                        borderColor: getColor(1, scheme, "odoo"),
                        backgroundColor: "transparent",
                        borderWidth: 2,
                        pointRadius: 6,
                        pointStyle: "rectRot",
                    },
                ],
            },
            options: {
                maintainAspectRatio: false,
                animation: false,
                onClick: (_ev, elements, chart) => {
                    if (elements.length) {
                        const { datasetIndex, index } = elements[0];
                        this.openFactor(chart.data.datasets[datasetIndex].data[index].factor);
                    }
                },
                plugins: {
                    legend: { labels: { color: ink, usePointStyle: true } },
                    tooltip: {
                        callbacks: { label: (item) => `${item.raw.factor.name}: ${this.number(item.raw.x)} / ${this.number(item.raw.y)}` },
                    },
                },
                scales: { x: axis(_t("Performance")), y: axis(_t("Importance")) },
            },
            plugins: [names],
        };
    }
}

registry.category("actions").add("crm_lifecycle.voice_matrix", VoiceMatrix);
