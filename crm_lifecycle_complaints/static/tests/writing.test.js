import { expect, test } from "@odoo/hoot";
import { queryOne, waitFor } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { defineModels, fields, MockServer, models, mountView, onRpc } from "@web/../tests/web_test_helpers";

class Complaint extends models.Model {
    _name = "crm.complaint";
    name = fields.Char();
    reply = fields.Html();
    _records = [{ id: 1, name: "Cracked jar", reply: "<p>x</p>" }];
}
defineMailModels();
defineModels([Complaint]);

const arch = `<form><widget name="complaint_writing"/><div class="o-mail-Composer"><input class="composer"/></div><field name="name"/></form>`;

test("shows who else is writing", async () => {
    let names = [];
    onRpc("crm.complaint", "get_writers", () => names);
    await mountView({ type: "form", resModel: "crm.complaint", resId: 1, arch });
    expect(".o_complaint_writing").toHaveCount(0);
    names = ["Budi"];
    MockServer.env["bus.bus"]._sendone("broadcast", "crm_complaint/writing", { complaint_id: 1, user_id: 7 });
    await waitFor(".o_complaint_writing:contains('Budi is writing here right now.')");
});

test("tells the others once when the user writes in the composer", async () => {
    onRpc("crm.complaint", "get_writers", () => []);
    onRpc("crm.complaint", "note_writing", ({ args }) => {
        expect.step(`writing ${args[0]}`);
        return true;
    });
    await mountView({ type: "form", resModel: "crm.complaint", resId: 1, arch });
    queryOne(".o_field_widget[name=name] input").dispatchEvent(new InputEvent("input", { bubbles: true }));
    expect.verifySteps([]);
    for (let turn = 0; turn < 2; turn++) {
        queryOne("input.composer").dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
    await animationFrame();
    expect.verifySteps(["writing 1"]);
});
