import { Component, onWillStart, onWillUpdateProps, useRef, useState } from "@odoo/owl";
import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { formatDate, serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { CogMenu } from "@web/search/cog_menu/cog_menu";
import { Layout } from "@web/search/layout";
import { SearchBar } from "@web/search/search_bar/search_bar";
import { useSearchBarToggler } from "@web/search/search_bar/search_bar_toggler";
import { useSetupAction } from "@web/search/action_hook";
import { ActionHelper } from "@web/views/action_helper";
import { standardViewProps } from "@web/views/standard_view_props";
import { JourneyFlow } from "./journey_flow";

const { DateTime } = luxon;
const ACTIVE = ["active", "won_back"];

/** How customers move between stages in a period; the search bar chooses whose journey is looked at, and every figure opens its records. */
export class JourneyController extends Component {
    static template = "crm_lifecycle.Journey";
    static components = { ActionHelper, CogMenu, DateTimeInput, JourneyFlow, Layout, SearchBar };
    static props = { ...standardViewProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.searchBarToggler = useSearchBarToggler();
        this.presets = [
            ["year", _t("Last 12 Months")],
            ["quarter", _t("Last 3 Months")],
            ["month", _t("This Month")],
            ["this_year", _t("This Year")],
            ["last_year", _t("Last Year")],
            ["custom", _t("Other Period")],
        ];
        this.state = useState({ report: null, measure: "active", ...this.period("year"), ...this.props.state });
        useSetupAction({
            rootRef: useRef("root"),
            getLocalState: () => {
                const { preset, start, end, measure } = this.state;
                return { preset, start, end, measure };
            },
        });
        onWillStart(() => this.load(this.props.domain));
        onWillUpdateProps((props) => this.load(props.domain));
    }

    // ------------------------------------------------------------------
    // The period
    // ------------------------------------------------------------------

    period(preset) {
        const today = DateTime.local().startOf("day");
        const month = today.startOf("month");
        const [start, end] = {
            year: [month.minus({ months: 11 }), today],
            quarter: [month.minus({ months: 2 }), today],
            month: [month, today],
            this_year: [today.startOf("year"), today],
            last_year: [today.startOf("year").minus({ years: 1 }), today.startOf("year").minus({ days: 1 })],
        }[preset];
        return { preset, start: serializeDate(start), end: serializeDate(end) };
    }

    async choose(preset) {
        Object.assign(this.state, preset === "custom" ? { preset } : this.period(preset));
        await this.load(this.props.domain);
    }

    async setDay(side, day) {
        if (day) {
            Object.assign(this.state, { preset: "custom", [side]: serializeDate(day) });
            await this.load(this.props.domain);
        }
    }

    day(text) {
        return DateTime.fromISO(text);
    }

    async load(domain) {
        const { start, end } = this.state;
        this.state.report = await this.keepLast.add(
            this.orm.call("crm.lifecycle.journey", "get_report", [domain, start, end])
        );
    }

    // ------------------------------------------------------------------
    // Figures
    // ------------------------------------------------------------------

    get report() {
        return this.state.report;
    }

    get isEmpty() {
        return this.report.stages.every((stage) => !stage.before && !stage.entries) && !this.report.cohorts.length;
    }

    count(from, to) {
        return this.report.flows.find((flow) => flow.from === from && flow.to === to)?.count || 0;
    }

    get sources() {
        return [{ id: false, name: _t("New") }, ...this.report.stages];
    }

    heat(count) {
        return count / Math.max(...this.report.flows.map((flow) => flow.count), 1);
    }

    get measures() {
        const { health, phase } = this.report.measures;
        return [...health.filter(([key]) => key !== "won_back"), ...phase];
    }

    get months() {
        return Math.max(0, ...this.report.cohorts.map((cohort) => cohort.figures.length));
    }

    share(cohort, months) {
        const figures = cohort.figures[months];
        const parts = this.state.measure === "active" ? ACTIVE : [this.state.measure];
        return figures && parts.reduce((sum, part) => sum + (figures[part] || 0), 0) / cohort.customers;
    }

    percent(share) {
        return share === undefined ? "" : `${Math.round(100 * share)} %`;
    }

    monthName(month) {
        return this.day(month).toLocaleString({ month: "short", year: "numeric" });
    }

    // ------------------------------------------------------------------
    // The records behind a figure
    // ------------------------------------------------------------------

    open(name, domain, customers = []) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: "crm.lifecycle.transition",
            views: [
                [false, "list"],
                [false, "pivot"],
                [false, "graph"],
            ],
            domain: [["superseded_at", "=", false], ["customer_id", "any", [...this.props.domain, ...customers]], ...domain],
        });
    }

    openFlow({ from, to }) {
        const name = (id) => this.sources.find((stage) => stage.id === id).name;
        return this.open(`${name(from)} → ${name(to)}`, [
            ["kind", "=", "stage"],
            ["from_stage_id", "=", from],
            ["to_stage_id", "=", to],
            ["effective_at", ">=", this.report.start],
            ["effective_at", "<=", this.report.end],
        ]);
    }

    openStage(stage, figure) {
        const { start, end } = this.report;
        const at = (day) => ["&", ["effective_at", "<=", day], "|", ["until", "=", false], ["until", ">", day]];
        const eve = serializeDate(this.day(start).minus({ days: 1 }));
        const [title, domain] = {
            before: [_t("%(stage)s before %(day)s", { stage: stage.name, day: this.shown(start) }), at(eve)],
            entries: [
                _t("Entered %(stage)s", { stage: stage.name }),
                [
                    ["effective_at", ">=", start],
                    ["effective_at", "<=", end],
                ],
            ],
            exits: [
                _t("Left %(stage)s", { stage: stage.name }),
                [
                    ["until", ">=", start],
                    ["until", "<=", end],
                ],
            ],
            after: [_t("%(stage)s on %(day)s", { stage: stage.name, day: this.shown(end) }), at(end)],
        }[figure];
        return this.open(title, [["kind", "=", "stage"], ["to_stage_id", "=", stage.id], ...domain]);
    }

    openCohort(cohort, months) {
        const first = this.day(cohort.month);
        const measured = first.plus({ months }).endOf("month");
        const day = measured > this.day(this.report.end) ? this.report.end : serializeDate(measured);
        const { measure } = this.state;
        const inside = this.report.measures.phase.some(([key]) => key === measure)
            ? [
                  ["kind", "=", "stage"],
                  ["to_stage_id.phase", "=", measure],
              ]
            : [
                  ["kind", "=", "health"],
                  ["to_health", "in", measure === "active" ? ACTIVE : [measure]],
              ];
        const at = [["effective_at", "<=", day], "|", ["until", "=", false], ["until", ">", day]];
        return this.open(this.cohortTitle(cohort), [...inside, ...at], this.cohortDomain(cohort));
    }

    openCustomers(cohort) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: this.cohortTitle(cohort),
            res_model: "crm.lifecycle.customer",
            views: [
                [false, "list"],
                [false, "kanban"],
                [false, "form"],
            ],
            domain: [...this.props.domain, ...this.cohortDomain(cohort)],
            context: { active_test: false },
        });
    }

    cohortTitle(cohort) {
        return _t("First purchase in %(month)s", { month: this.monthName(cohort.month) });
    }

    cohortDomain(cohort) {
        const { start, end } = this.report;
        const last = serializeDate(this.day(cohort.month).endOf("month"));
        return [
            ["first_purchase_date", ">=", cohort.month > start ? cohort.month : start],
            ["first_purchase_date", "<=", last < end ? last : end],
        ];
    }

    shown(text) {
        return formatDate(this.day(text));
    }
}
