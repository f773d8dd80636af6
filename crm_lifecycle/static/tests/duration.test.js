import { describe, expect, test } from "@odoo/hoot";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { defineModels, fields, models, mountView } from "@web/../tests/web_test_helpers";

import { formatSeconds } from "@crm_lifecycle/duration/duration";

class Talk extends models.Model {
    seconds = fields.Integer({ readonly: true });
    _records = [
        { id: 1, seconds: 542 },
        { id: 2, seconds: 0 },
    ];
}
defineMailModels();
defineModels([Talk]);
describe.current.tags("desktop");

test("seconds are read as on a telephone", () => {
    const expected = { 5: "0:05", 60: "1:00", 542: "9:02", 3599: "59:59", 3605: "1:00:05", 90000: "25:00:00" };
    for (const [seconds, text] of Object.entries(expected)) {
        expect(formatSeconds(Number(seconds))).toBe(text);
    }
    expect(formatSeconds(0)).toBe("");
    expect(formatSeconds(false)).toBe("");
    expect(formatSeconds(61.6)).toBe("1:02");
});

test("a list shows them so", async () => {
    await mountView({ resModel: "talk", type: "list", arch: `<list><field name="seconds" widget="lifecycle_duration" /></list>` });
    expect(".o_data_row:first .o_data_cell").toHaveText("9:02");
    expect(".o_data_row:last .o_data_cell").toHaveText("");
});
