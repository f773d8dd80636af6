import { expect, test } from "@odoo/hoot";
import { queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, defineModels, fields, mockService, models, mountView, onRpc } from "@web/../tests/web_test_helpers";
import { LABEL, layoutFlow } from "@crm_lifecycle/journey/flow_layout";

class Customer extends models.Model {
    _name = "customer";
    name = fields.Char();
    _views = { search: `<search/>` };
}
defineMailModels();
defineModels([Customer]);

const arch = `<graph js_class="lifecycle_journey"/>`;
const stay = { before: 0, entries: 0, exits: 0, after: 0, closed_days: null, running_days: null };
const report = {
    start: "2026-02-01",
    end: "2026-04-20",
    stages: [
        { ...stay, id: 1, name: "Bought", phase: "acquire", before: 2, entries: 3, exits: 1, after: 4, closed_days: 31, running_days: 90 },
        { ...stay, id: 2, name: "Loyal", phase: "retain", entries: 1, after: 1, running_days: 0 },
    ],
    flows: [
        { from: false, to: 1, count: 3 },
        { from: 1, to: 2, count: 1 },
    ],
    cohorts: [{ month: "2026-02-01", customers: 4, figures: [{ active: 2, won_back: 1, churned: 1 }, { active: 1, at_risk: 3 }, {}] }],
    measures: {
        health: [
            ["active", "Active"],
            ["at_risk", "At risk"],
            ["churned", "Lost"],
            ["won_back", "Won back"],
        ],
        phase: [["acquire", "Acquire"]],
    },
};

async function mountJourney(answer = report) {
    const calls = [];
    const actions = [];
    onRpc("crm.lifecycle.journey", "get_report", ({ args }) => {
        calls.push(args);
        return answer;
    });
    mockDate("2026-04-20 10:00:00");
    mockService("action", { doAction: (action) => actions.push(action) });
    await mountView({ type: "graph", resModel: "customer", arch, noContentHelp: "<p>Nothing</p>" });
    return { calls, actions };
}

test("thickness is proportional and nothing overlaps", () => {
    const flows = [
        { from: false, to: 1, count: 60 },
        { from: 1, to: 2, count: 30 },
        { from: 2, to: 1, count: 10 },
    ];
    const { nodes, ribbons } = layoutFlow(flows, [1, 2], 300, 400);
    expect(ribbons[0].thickness / ribbons[1].thickness).toBe(2);
    expect(ribbons.map((ribbon) => ribbon.back)).toEqual([false, false, true]);
    for (const side of [0, 1]) {
        const column = nodes.filter((node) => node.side === side);
        expect(column.reduce((sum, node) => sum + node.count, 0)).toBe(100);
        let y = 0;
        for (const node of column) {
            expect(node.y).toBeCloseTo(y + LABEL);
            y = node.y + node.height;
        }
        expect(y).toBeLessThan(400.001);
    }
    const into = ribbons.filter((ribbon) => ribbon.to === 1);
    expect(into[1].y2).toBeCloseTo(into[0].y2 + into[0].thickness);
});

test("no flow, no drawing", () => {
    expect(layoutFlow([], [1, 2], 300, 400)).toEqual({ nodes: [], ribbons: [] });
});

test("shows the last twelve months and opens what a figure counts", async () => {
    const { calls, actions } = await mountJourney();
    expect(calls).toEqual([[[], "2025-05-01", "2026-04-20"]]);
    expect(".o_journey_ribbon").toHaveCount(2);
    expect(queryOne(".o_journey_ribbon:first").getAttribute("aria-label")).toBe("New → Bought: 3");
    expect(queryAllTexts(".o_journey_stays tbody tr:first td")).toEqual(["2", "3", "1", "4", "31", "90"]);
    expect(queryAllTexts(".o_journey_stays tbody tr:last td")).toEqual(["0", "1", "0", "1", "–", "0"]);
    await contains(".o_journey_stays td[name=before] button").click();
    expect(actions.at(-1).domain).toEqual([
        ["superseded_at", "=", false],
        ["customer_id", "any", []],
        ["kind", "=", "stage"],
        ["to_stage_id", "=", 1],
        "&",
        ["effective_at", "<=", "2026-01-31"],
        "|",
        ["until", "=", false],
        ["until", ">", "2026-01-31"],
    ]);
    await contains(".o_journey_matrix button:eq(1)").click();
    expect(actions.at(-1).name).toBe("Bought → Loyal");
    expect(actions.at(-1).domain.slice(3, 5)).toEqual([
        ["from_stage_id", "=", 1],
        ["to_stage_id", "=", 2],
    ]);
});

test("cohorts by health and by phase", async () => {
    const { actions } = await mountJourney();
    expect(queryAllTexts(".o_journey_cohorts tbody td")).toEqual(["4", "75 %", "25 %", "0 %"]);
    await contains(".o_journey_cohorts td:eq(2) button").click();
    expect(actions.at(-1).domain[1]).toEqual([
        "customer_id",
        "any",
        [
            ["first_purchase_date", ">=", "2026-02-01"],
            ["first_purchase_date", "<=", "2026-02-28"],
        ],
    ]);
    expect(actions.at(-1).domain[3]).toEqual(["to_health", "in", ["active", "won_back"]]);
    expect(actions.at(-1).domain[4]).toEqual(["effective_at", "<=", "2026-03-31"]);
    await contains(".o_journey_measure").select("at_risk");
    expect(queryAllTexts(".o_journey_cohorts tbody td")).toEqual(["4", "0 %", "75 %", "0 %"]);
});

test("another period is asked for and kept", async () => {
    const { calls } = await mountJourney();
    await contains(".o_journey_preset").select("last_year");
    expect(calls.at(-1).slice(1)).toEqual(["2025-01-01", "2025-12-31"]);
    await contains(".o_journey_preset").select("custom");
    expect(calls.at(-1).slice(1)).toEqual(["2025-01-01", "2025-12-31"]);
});

test("says so where nothing happened", async () => {
    await mountJourney({ ...report, stages: [{ ...stay, id: 1, name: "Bought", phase: "acquire" }], flows: [], cohorts: [] });
    expect(".o_view_nocontent").toHaveCount(1);
    expect(".o_journey_flow").toHaveCount(0);
});
