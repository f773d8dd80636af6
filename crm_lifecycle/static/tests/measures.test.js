import { expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, getService, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";

defineMailModels();

const figure = (values) => ({ action: false, better: 1, previous: null, definition: "How it is counted", ...values });
const report = {
    period: { start: "2026-04-01", end: "2026-06-30", before_start: "2026-01-01", before_end: "2026-03-31" },
    companies: [
        { id: 1, name: "First" },
        { id: 2, name: "Second" },
    ],
    company_ids: [1, 2],
    currency_id: 1,
    amounts: true,
    sections: [
        {
            key: "retention",
            name: "Retention",
            figures: [
                figure({
                    key: "retention",
                    label: "Retention",
                    kind: "percent",
                    value: 0.75,
                    previous: 0.5,
                    action: { res_model: "crm.lifecycle.customer", domain: [["counted_in", "=", "retention/x"]] },
                }),
                figure({ key: "churn", label: "Churn", kind: "percent", value: 0.25, previous: 0.1, better: -1 }),
                figure({ key: "new", label: "New", kind: "count", value: 30, previous: 20 }),
                figure({ key: "first", label: "First", kind: "count", value: 16, previous: 0 }),
                figure({ key: "same", label: "Same", kind: "count", value: 5, previous: 5 }),
                figure({ key: "roi", label: "Return", kind: "percent", value: null }),
            ],
        },
    ],
    phases: [
        { key: "acquire", name: "Acquire", inside: 7, moved: 2, conversion: 2 / 7, conversion_before: null, days: 84, last: false, open_inside: {}, open_moved: {} },
        { key: "retain", name: "Retain", inside: 0, moved: 0, conversion: null, days: null, last: true, open_inside: {}, open_moved: {} },
    ],
    trend: [{ month: "2026-06-01", new: 1, lost: 2, won_back: 3 }],
    cohorts: [
        { cohort: "2023-04-01", nrr: 1.1, grr: 0.9, retention: 1 },
        { cohort: "2026-01-01", nrr: 0.9, grr: 0.5, retention: 0.75 },
    ],
    by_company: [],
    curve: [
        [0, 0],
        [0.5, 0.8],
        [1, 1],
    ],
};

async function open(answer = report) {
    const asked = [];
    onRpc("crm.lifecycle.measures", "get_report", ({ args: [preset, start, end, companies, [part]] }) => {
        asked.push([preset, start, end, companies, part]);
        const { phases, trend, sections, cohorts, by_company, curve, ...head } = answer;
        return { ...head, ...{ phases: { phases }, trend: { trend }, sections: { sections, cohorts, by_company, curve } }[part] };
    });
    await mountWithCleanup(WebClient);
    await getService("action").doAction({ type: "ir.actions.client", tag: "crm_lifecycle.measures" });
    await animationFrame();
    return asked;
}

test("a figure, its change and whether that is good", async () => {
    await open();
    const text = (key, selector) => queryAllTexts(`[data-measure=${key}] ${selector}`)[0];
    expect(text("retention", ".o_measure_value")).toBe("75.0 %");
    expect(text("retention", ".text-success span:first")).toBe("+25.0 points");
    expect(text("churn", ".text-danger span:first")).toBe("+15.0 points");
    expect(text("new", ".text-success span:first")).toBe("+50.0 %");
    expect(text("first", ".text-success span:first")).toBe("+16");
    expect(text("same", ".small")).toBe("As before");
    expect(text("roi", ".o_measure_value")).toBe("–");
    expect("[data-measure=roi] button.o_measure_value").toHaveCount(0);
    expect(".o_measures canvas").toHaveCount(2);
});

test("figures come when they are worked out, and those of a period left meanwhile do not", async () => {
    await open();
    const waiting = {};
    onRpc("crm.lifecycle.measures", "get_report", async ({ args: [preset, , , , [part]] }) => {
        if (part === "sections") {
            waiting[preset] = new Deferred();
            await waiting[preset];
            const figures = [figure({ key: "new", label: preset, kind: "count", value: 1 })];
            return { period: report.period, sections: [{ key: "own", name: "Own", figures }], cohorts: [], by_company: [], curve: [] };
        }
        return { ...report, sections: undefined, phases: part === "phases" ? report.phases : undefined };
    });
    await contains(".o_measures_preset").select("last_year");
    expect(".o_measures_loading").toHaveCount(1);
    expect("[name=trend] canvas").toHaveCount(1);
    await contains(".o_measures_preset").select("this_year");
    waiting.last_year.resolve();
    await animationFrame();
    expect(".o_measure").toHaveCount(0);
    waiting.this_year.resolve();
    await animationFrame();
    expect(queryAllTexts("[data-measure=new] .o_measure_value")).toEqual(["1"]);
    expect(".o_measures_loading").toHaveCount(0);
});

test("definitions are told on demand", async () => {
    await open();
    await contains("[data-measure=churn] .o_measure_info").click();
    expect(".o_measure_definition").toHaveText(/How it is counted/);
});

test("a figure opens its records", async () => {
    const opened = [];
    await open();
    const action = getService("action");
    action.doAction = (request) => opened.push(request);
    await contains("[data-measure=retention] button.o_measure_value").click();
    expect(opened[0].res_model).toBe("crm.lifecycle.customer");
    expect(opened[0].domain).toEqual([["counted_in", "=", "retention/x"]]);
    expect(opened[0].context).toEqual({ active_test: false });
});

test("period and company are asked for", async () => {
    const asked = await open();
    await contains(".o_measures_preset").select("last_year");
    await contains(".o_measures_company").select("2");
    const parts = (...chosen) => ["trend", "phases", "sections"].map((part) => [...chosen, part]);
    expect(asked).toEqual([
        ...parts("twelve_months", false, false, []),
        ...parts("last_year", false, false, []),
        ...parts("last_year", false, false, [2]),
    ]);
});

test("nothing to show is said", async () => {
    await open({ ...report, sections: [], phases: [], trend: [], cohorts: [], curve: [] });
    expect(".o_measures .o_view_nocontent").toHaveCount(1);
});

test("cohorts from before are one", async () => {
    await open();
    expect(queryAllTexts("[name=cohorts] tbody th")).toEqual(["Q2 2023 and before", "Q1 2026"]);
    expect(queryAllTexts("[data-phase=acquire] td").slice(0, 3)).toEqual(["7", "2", "28.6 %"]);
});
