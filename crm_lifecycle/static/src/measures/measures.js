import { Component, onWillDestroy, onWillStart, useRef, useState } from "@odoo/owl";
import { getCurrency } from "@web/core/currency";
import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { formatDate, serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { download } from "@web/core/network/download";
import { usePopover } from "@web/core/popover/popover_hook";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { formatFloat, formatInteger, formatMonetary } from "@web/views/fields/formatters";
import { MeasureChart } from "./measure_chart";

const { DateTime } = luxon;

export class MeasureDefinition extends Component {
    static template = "crm_lifecycle.MeasureDefinition";
    static props = { label: String, definition: String, close: { type: Function, optional: true } };
}

/** What looking after customers brings in a period, beside the period before; every figure opens its records. */
export class Measures extends Component {
    static template = "crm_lifecycle.Measures";
    static components = { DateTimeInput, Layout, MeasureChart };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.definition = usePopover(MeasureDefinition, { position: "bottom-start", popoverClass: "o_measure_definition" });
        this.presets = [
            ["this_month", _t("This Month")],
            ["last_month", _t("Last Month")],
            ["this_quarter", _t("This Quarter")],
            ["last_quarter", _t("Last Quarter")],
            ["this_year", _t("This Year")],
            ["last_year", _t("Last Year")],
            ["twelve_months", _t("Last 12 Months")],
            ["custom", _t("Other Period")],
        ];
        this.state = useState({ preset: "twelve_months", start: false, end: false, companyIds: [], report: null, ...this.props.state });
        useSetupAction({
            rootRef: useRef("root"),
            getLocalState: () => {
                const { preset, start, end, companyIds } = this.state;
                return { preset, start, end, companyIds };
            },
        });
        onWillStart(() => this.load());
        onWillDestroy(() => (this.turn = null));
    }

    get arguments() {
        const { preset, start, end, companyIds } = this.state;
        return [preset, preset === "custom" && start, preset === "custom" && end, [...companyIds]];
    }

    /** The quickest part first, which also refuses a wrong period; the others come each by itself. */
    async load() {
        const turn = (this.turn = {});
        const ask = async (part) => {
            const found = await this.orm.call("crm.lifecycle.measures", "get_report", [...this.arguments, [part]]);
            if (this.turn === turn) {
                const former = part === "trend" ? {} : this.report;
                Object.assign(this.state, { report: { ...former, ...found }, start: found.period.start, end: found.period.end });
            }
        };
        await ask("trend");
        ask("phases");
        ask("sections");
    }

    get report() {
        return this.state.report;
    }

    get isComplete() {
        return Boolean(this.report.phases && this.report.sections);
    }

    get isEmpty() {
        return (
            this.isComplete &&
            this.report.phases.every((phase) => !phase.inside) &&
            this.report.trend.every((month) => !month.new && !month.lost) &&
            this.report.sections.every((section) => section.figures.every((figure) => !figure.value))
        );
    }

    // ------------------------------------------------------------------
    // What is looked at
    // ------------------------------------------------------------------

    async choose(preset) {
        this.state.preset = preset;
        await this.load();
    }

    async setDay(side, day) {
        if (day) {
            Object.assign(this.state, { preset: "custom", [side]: serializeDate(day) });
            await this.load();
        }
    }

    async chooseCompany(id) {
        this.state.companyIds = id ? [Number(id)] : [];
        await this.load();
    }

    day(text) {
        return text && DateTime.fromISO(text);
    }

    get compared() {
        const shown = (side) => formatDate(this.day(this.report.period[side]));
        return _t("Compared with %(start)s – %(end)s", { start: shown("before_start"), end: shown("before_end") });
    }

    // ------------------------------------------------------------------
    // Figures
    // ------------------------------------------------------------------

    format(kind, value) {
        if (value === null || value === undefined) {
            return "–";
        }
        switch (kind) {
            case "count":
                return formatInteger(value);
            case "percent":
                return `${formatFloat(100 * value, { digits: [16, 1] })}\u00a0%`;
            case "money":
                return Math.abs(value) < 1e6 ? formatMonetary(value, { currencyId: this.report.currency_id }) : this.shortMoney(value);
            case "days":
                return _t("%s days", formatInteger(value));
        }
        return formatFloat(value, { digits: [16, 1] });
    }

    /** In the words of the user's language: Odoo's own short forms (G, M, k) mean other numbers in some. */
    shortMoney(value) {
        const number = new Intl.NumberFormat(user.lang, { notation: "compact", maximumFractionDigits: 1 }).format(value);
        const { symbol, position } = getCurrency(this.report.currency_id);
        return position === "after" ? `${number}\u00a0${symbol}` : `${symbol}\u00a0${number}`;
    }

    /** The change against the period before: {text, tone}, or nothing where there is none to tell. */
    change({ kind, value, previous, better = 1 }) {
        if (value === null || previous === null || previous === undefined || value === undefined) {
            return null;
        }
        const difference = value - previous;
        const share = kind === "percent" ? 100 * difference : previous ? (100 * difference) / Math.abs(previous) : null;
        if (!difference || (share !== null && Math.abs(share) < 0.05)) {
            return null;
        }
        const sign = difference > 0 ? "+" : "−";
        const number = share === null ? this.format(kind, Math.abs(difference)) : formatFloat(Math.abs(share), { digits: [16, 1] });
        // From nothing, there is no share.
        const unit = share === null ? "" : "\u00a0%";
        return {
            text: kind === "percent" ? _t("%(sign)s%(number)s points", { sign, number }) : `${sign}${number}${unit}`,
            icon: difference > 0 ? "fa-arrow-up" : "fa-arrow-down",
            tone: !better ? "text-muted" : difference * better > 0 ? "text-success" : "text-danger",
            before: _t("Before: %s", this.format(kind, previous)),
        };
    }

    showDefinition(event, figure) {
        this.definition.open(event.currentTarget, { label: figure.label, definition: figure.definition });
    }

    percent(value) {
        return value === null || value === undefined ? "–" : this.format("percent", value);
    }

    quarter(text, first) {
        const day = this.day(text);
        const name = _t("Q%(quarter)s %(year)s", { quarter: day.quarter, year: day.year });
        return first ? _t("%s and before", name) : name;
    }

    heat(value) {
        return Math.max(0, Math.min(value || 0, 1.5)) / 1.5;
    }

    get phaseDefinition() {
        return {
            label: _t("Conversion and time per phase"),
            definition: _t(
                "Of the customers who were in a phase at some time in the period, the share who moved on to a later one in it; and the median of the days that these had been in the phase."
            ),
        };
    }

    get cohortDefinition() {
        return {
            label: _t("Revenue kept, by first purchase"),
            definition: _t(
                "Customers of the period before, by the quarter of their first purchase: their revenue in the period divided by their revenue in the period before (net), the same counting of each customer at most what they brought before (gross), and the share of customers kept."
            ),
        };
    }

    // ------------------------------------------------------------------
    // Charts
    // ------------------------------------------------------------------

    get trend() {
        const months = this.report.trend;
        return {
            labels: months.map(({ month }) => this.day(month).toLocaleString({ month: "short", year: "2-digit" })),
            series: [
                { label: _t("New"), values: months.map((month) => month.new), color: 0 },
                { label: _t("Won back"), values: months.map((month) => month.won_back), color: 2 },
                { label: _t("Lost"), values: months.map((month) => -month.lost), color: 1 },
            ],
        };
    }

    get curve() {
        const points = this.report.curve.map(([x, y]) => ({ x: 100 * x, y: 100 * y }));
        return [
            { label: _t("Share of the revenue"), values: points, color: 0 },
            { label: _t("If all brought the same"), values: [{ x: 0, y: 0 }, { x: 100, y: 100 }], color: 1, dashed: true },
        ];
    }

    // ------------------------------------------------------------------
    // Records and export
    // ------------------------------------------------------------------

    open(figure, action = figure.action) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: figure.label || figure.name,
            views: [
                [false, "list"],
                [false, "form"],
            ],
            context: { active_test: false },
            ...action,
        });
    }

    openCohorts() {
        return this.action.doAction("crm_lifecycle.crm_lifecycle_cohort_action");
    }

    async export() {
        const asked = { arguments: this.arguments, context: user.context };
        await download({ url: "/crm_lifecycle/measures.xlsx", data: { data: JSON.stringify(asked) } });
    }
}

registry.category("actions").add("crm_lifecycle.measures", Measures);
