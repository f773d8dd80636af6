import { expect, test } from "@odoo/hoot";
import { queryOne } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { defineModels, fields, findComponent, models, mountView } from "@web/../tests/web_test_helpers";
import { ValueChart } from "@crm_lifecycle/value_chart/value_chart";

class Fit extends models.Model {
    _name = "fit";
    chart = fields.Json({ string: "Chart" });
    _records = [
        {
            id: 1,
            chart: {
                title: "Repeat purchases before",
                labels: ["0", "1", "2+"],
                predicted: { label: "Predicted", values: [0.5, 1.25, 3] },
                actual: { label: "Actual", values: [0.25, 1.5, 2] },
            },
        },
        { id: 2, chart: false },
    ];
}
defineMailModels();
defineModels([Fit]);

const arch = `<form><field name="chart" widget="lifecycle_value_chart"/></form>`;

test("draws predicted beside actual purchases", async () => {
    const view = await mountView({ type: "form", resModel: "fit", resId: 1, arch });
    const chart = findComponent(view, (component) => component instanceof ValueChart);
    const { data, options } = chart.getConfig(chart.props.record.data.chart);
    expect(data.labels).toEqual(["0", "1", "2+"]);
    expect(data.datasets.map((series) => [series.label, series.data])).toEqual([
        ["Predicted", [0.5, 1.25, 3]],
        ["Actual", [0.25, 1.5, 2]],
    ]);
    expect(data.datasets[0].backgroundColor).not.toBe(data.datasets[1].backgroundColor);
    expect(options.scales.y.beginAtZero).toBe(true);
    expect(queryOne("canvas").getAttribute("aria-label")).toBe("Repeat purchases before");
});

test("draws nothing without a fit", async () => {
    await mountView({ type: "form", resModel: "fit", resId: 2, arch });
    expect(".o_lifecycle_value_chart canvas").toHaveCount(1);
    expect(queryOne("canvas").getAttribute("aria-label")).toBe(null);
});
