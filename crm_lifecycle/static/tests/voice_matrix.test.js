import { expect, test } from "@odoo/hoot";
import { click, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { findComponent, getService, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";
import { VoiceMatrix } from "@crm_lifecycle/voice_matrix/voice_matrix";

defineMailModels();

const factor = (id, name, importance, performance, other, quadrant) => ({
    id,
    name,
    importance,
    performance,
    other,
    gap: other === null ? null : performance - other,
    n: 12,
    quadrant,
});
const FOUND = {
    surveys: [
        { id: 1, name: "Recommendation" },
        { id: 2, name: "What Matters to You" },
    ],
    survey_id: 2,
    kind: "nps",
    measure: { n: 12, value: 25, low: -10, high: 60 },
    moods: { happy: 6, neutral: 3, unhappy: 3 },
    factors: [factor(1, "Delivery", 4.5, 2.5, 4, "concentrate"), factor(2, "Price", 3, 4, null, "overkill")],
    middle: { importance: 3.75, performance: 3.25 },
    drivers: [
        { id: 1, factor: 1, name: "Delivery", n: 12, correlation: 0.8, low: 0.5, high: 0.9, clear: true, weight: 1.5, weight_low: 1, weight_high: 2 },
        { id: 2, factor: 2, name: "Price", n: 12, correlation: 0.1, low: -0.4, high: 0.5, clear: false, weight: null, weight_low: null, weight_high: null },
    ],
    domain: ["&", ["survey_id", "=", 2], ["state", "=", "answered"]],
};

async function open(found = FOUND) {
    const asked = [];
    onRpc("crm.voice.request", "crm_voice_matrix", ({ kwargs }) => {
        asked.push(kwargs.survey_id);
        return found;
    });
    const client = await mountWithCleanup(WebClient);
    await getService("action").doAction({ type: "ir.actions.client", tag: "crm_lifecycle.voice_matrix" });
    await animationFrame();
    return { asked, matrix: findComponent(client, (component) => component instanceof VoiceMatrix) };
}

test("places factors, marks those that move the score, and opens their records", async () => {
    const { asked, matrix } = await open();
    expect(asked).toEqual([null]);
    const { data } = matrix.getConfig();
    expect(data.datasets[0].data.map(({ x, y }) => [x, y])).toEqual([
        [2.5, 4.5],
        [4, 3],
    ]);
    expect(data.datasets[1].data.map(({ x, y }) => [x, y])).toEqual([[4, 4.5]]);
    expect(queryAllTexts("tr.text-muted td:first-child")).toEqual(["Price"]);
    const opened = [];
    matrix.action.doAction = (action) => opened.push([action.res_model, action.domain]);
    await click("button:contains(Detractors)");
    await click("td button:contains(Delivery):first");
    expect(opened).toEqual([
        ["crm.voice.request", [...FOUND.domain, ["mood", "=", "unhappy"]]],
        ["crm.voice.rating", ["&", ["request_id.survey_id", "=", 2], ["request_id.state", "=", "answered"], ["factor_id", "=", 1]]],
    ]);
});

test("says so where nobody has answered", async () => {
    await open({ ...FOUND, measure: { n: 0, value: null, low: null, high: null }, factors: [], drivers: [] });
    expect(".alert-info").toHaveCount(1);
    expect("canvas").toHaveCount(0);
});
