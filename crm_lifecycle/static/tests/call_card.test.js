import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { click, edit, queryAllTexts, queryFirst, waitFor, waitForNone } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, Deferred, mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { defineModels, fields, getService, MockServer, models, mountView, mountWithCleanup, onRpc, patchWithCleanup, serverState } from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { session } from "@web/session";
import { WebClient } from "@web/webclient/webclient";

describe.current.tags("desktop");
defineMailModels();

class Call extends models.Model {
    _name = "crm.call";
}
class Endpoint extends models.Model {
    _name = "crm.cti.endpoint";
}
class Person extends models.Model {
    _name = "person";
    phone = fields.Char();
    _records = [{ id: 1, phone: "+62 812" }];
    _views = { form: `<form><field name="phone" widget="phone"/></form>` };
}
defineModels([Call, Endpoint, Person]);

let calls;
let open;
const known = {
    id: 7,
    number: "+62 812-3456-7890",
    direction: "in",
    state: "ringing",
    match: "known",
    started_at: "2026-03-02 09:00:00",
    answered_at: false,
    queue: "Hotline",
    partner: false,
    lead: { id: 3, name: "Aster Coffee" },
    candidates: [],
    outcome_id: false,
    outcomes: [{ id: 1, name: "Order" }],
    note: "",
    actions: [{ method: "action_new_quotation", label: "Quotation", icon: "fa-star" }],
};

beforeEach(() => {
    mockDate("2026-03-02 09:00:05", +0);
    calls = { 7: { ...known } };
    open = [];
    patchWithCleanup(session, { crm_lifecycle_calls: { open, originate: false } });
    onRpc("crm.call", "cards", ({ args: [ids] }) => ids.map((id) => calls[id]).filter(Boolean));
    onRpc("crm.call", "open_calls", () => open);
});

function ring(id = 7, state = "ringing") {
    MockServer.env["bus.bus"]._sendone(serverState.partnerId, "crm_lifecycle.call", { call_id: id, state });
}

test("a call shows a card, and its end closes it", async () => {
    await mountWithCleanup(WebClient);
    ring();
    await waitFor(".o_lifecycle_call", { timeout: 3000 });
    expect(".o_lifecycle_call_title").toHaveText("Aster Coffee");
    expect(".o_lifecycle_call_number").toHaveText("+62 812-3456-7890");
    expect(".o_lifecycle_call header").toHaveText(/Incoming call \d:\d\d · Hotline/);
    calls[7] = { ...known, state: "talking", answered_at: "2026-03-02 09:00:05" };
    ring(7, "talking");
    await waitFor(".o_lifecycle_call_talking", { timeout: 3000 });
    expect(".o_lifecycle_call").toHaveCount(1);
    ring(7, "done");
    await waitForNone(".o_lifecycle_call", { timeout: 3000 });
});

test("it takes no focus and survives what is being typed", async () => {
    await mountWithCleanup(WebClient);
    const input = document.createElement("input");
    queryFirst(".o_main_navbar").appendChild(input);
    await click(input);
    await edit("half a sent");
    ring();
    await waitFor(".o_lifecycle_call", { timeout: 3000 });
    expect(document.activeElement).toBe(input);
    expect(input.value).toBe("half a sent");
});

test("a note that is being written stays when the call ends", async () => {
    await mountWithCleanup(WebClient);
    onRpc("crm.call", "log_outcome", ({ args }) => {
        expect.step(args[2]);
        return true;
    });
    ring();
    await waitFor(".o_lifecycle_call", { timeout: 3000 });
    await click(".o_lifecycle_call textarea");
    await edit("wants a bigger bag");
    ring(7, "done");
    await waitFor(".o_lifecycle_call_done", { timeout: 3000 });
    expect(".o_lifecycle_call textarea").toHaveValue("wants a bigger bag");
    await click("button[name=log_outcome]");
    await waitForNone(".o_lifecycle_call", { timeout: 3000 });
    expect.verifySteps(["wants a bigger bag"]);
});

test("several matches give a chooser", async () => {
    calls[7] = {
        ...known,
        lead: false,
        candidates: [
            { model: "res.partner", id: 1, name: "Aster Coffee, Rina", known: true },
            { model: "crm.lead", id: 2, name: "<b>Budi</b>", known: true },
        ],
    };
    await mountWithCleanup(WebClient);
    onRpc("crm.call", "choose", ({ args }) => {
        expect.step(args.slice(1).join(" "));
        return { ...known, match: "chosen", lead: { id: 2, name: "<b>Budi</b>" } };
    });
    ring();
    await waitFor(".o_lifecycle_call_chooser", { timeout: 3000 });
    expect(queryAllTexts(".o_lifecycle_call_chooser button")).toEqual(["Aster Coffee, Rina", "<b>Budi</b>"]);
    await click(".o_lifecycle_call_chooser button:last");
    await waitForNone(".o_lifecycle_call_chooser", { timeout: 3000 });
    expect(".o_lifecycle_call_title").toHaveText("<b>Budi</b>");
    expect.verifySteps(["crm.lead 2"]);
});

test("an unknown caller is offered as a new contact or lead, or looked up", async () => {
    calls[7] = { ...known, lead: false, match: "unknown" };
    await mountWithCleanup(WebClient);
    onRpc("res.partner", "name_search", () => [[5, "Melati"]]);
    onRpc("crm.call", "choose", ({ args }) => {
        expect.step(args.slice(1).join(" "));
        return { ...known, match: "chosen", lead: { id: 3, name: "Melati" } };
    });
    ring();
    await waitFor(".o_lifecycle_call_unknown", { timeout: 3000 });
    expect(queryAllTexts(".o_lifecycle_call_unknown .btn")).toEqual(["New contact", "New lead"]);
    await click(".o_lifecycle_call_unknown input");
    await edit("Mela");
    await waitFor(".o_lifecycle_call_unknown .btn:contains(Melati)", { timeout: 3000 });
    await click(".o_lifecycle_call_unknown .btn:contains(Melati)");
    await waitFor(".o_lifecycle_call_title:contains(Melati)", { timeout: 3000 });
    expect.verifySteps(["res.partner 5"]);
});

test("a caller who is being looked up stays until they are found", async () => {
    calls[7] = { ...known, lead: false, match: "unknown" };
    await mountWithCleanup(WebClient);
    onRpc("res.partner", "name_search", () => [[5, "Melati"]]);
    onRpc("crm.call", "choose", () => ({ ...known, state: "missed", match: "chosen", lead: { id: 3, name: "Melati" } }));
    ring();
    await waitFor(".o_lifecycle_call_unknown", { timeout: 3000 });
    await click(".o_lifecycle_call_unknown input");
    await edit("Mela");
    await waitFor(".o_lifecycle_call_unknown .btn:contains(Melati)", { timeout: 3000 });
    ring(7, "missed");
    await waitFor(".o_lifecycle_call_done", { timeout: 3000 });
    await click(".o_lifecycle_call_unknown .btn:contains(Melati)");
    await waitFor(".o_lifecycle_call_title:contains(Melati)", { timeout: 3000 });
    ring(7, "missed");
    await waitForNone(".o_lifecycle_call", { timeout: 3000 });
});

test("of two searches the answer to the last one counts", async () => {
    calls[7] = { ...known, lead: false, match: "unknown" };
    const late = new Deferred();
    onRpc("res.partner", "name_search", async ({ args: [text] }) => (text === "As" ? (await late, [[4, "Aster"]]) : [[5, "Melati"]]));
    await mountWithCleanup(WebClient);
    ring();
    await waitFor(".o_lifecycle_call_unknown", { timeout: 3000 });
    await click(".o_lifecycle_call_unknown input");
    await edit("As");
    await edit("Mela");
    await waitFor(".o_lifecycle_call_unknown .btn:contains(Melati)", { timeout: 3000 });
    late.resolve();
    await advanceTime(100);
    await animationFrame();
    expect(queryAllTexts(".o_lifecycle_call_unknown .w-100")).toEqual(["Melati"]);
});

test("two calls at once give two cards, and the end of one leaves the other", async () => {
    calls[8] = { ...known, id: 8, lead: { id: 4, name: "Melati" } };
    await mountWithCleanup(WebClient);
    ring(7);
    ring(8);
    await waitFor(".o_lifecycle_call[data-call='8']", { timeout: 3000 });
    expect(queryAllTexts(".o_lifecycle_call_title").sort()).toEqual(["Aster Coffee", "Melati"]);
    ring(8, "done");
    await waitForNone(".o_lifecycle_call[data-call='8']", { timeout: 3000 });
    expect(".o_lifecycle_call_title").toHaveText("Aster Coffee");
});

test("a form that is being filled in is neither left nor saved", async () => {
    onRpc("person", "web_save", () => expect.step("saved"));
    await mountWithCleanup(WebClient);
    await getService("action").doAction({ type: "ir.actions.act_window", res_model: "person", res_id: 1, views: [[false, "form"]] });
    await waitFor(".o_form_view .o_field_phone input", { timeout: 3000 });
    await click(".o_field_phone input");
    await edit("+62 813 half", { confirm: false });
    ring();
    await waitFor(".o_lifecycle_call", { timeout: 3000 });
    expect(".o_field_phone input").toHaveValue("+62 813 half");
    expect(document.activeElement).toBe(queryFirst(".o_field_phone input"));
    calls[7] = { ...known, state: "talking", answered_at: "2026-03-02 09:00:05" };
    ring(7, "talking");
    await waitFor(".o_lifecycle_call_talking", { timeout: 3000 });
    ring(7, "done");
    await waitForNone(".o_lifecycle_call", { timeout: 3000 });
    expect(".o_field_phone input").toHaveValue("+62 813 half");
    expect.verifySteps([]);
});

test("a reconnect recovers an open call and drops one that ended meanwhile", async () => {
    open.push(7);
    await mountWithCleanup(WebClient);
    await waitFor(".o_lifecycle_call", { timeout: 3000 });
    open[0] = 8;
    calls[8] = { ...known, id: 8, lead: { id: 4, name: "Melati" } };
    getService("bus_service").trigger("BUS:RECONNECT");
    await waitFor(".o_lifecycle_call[data-call='8']", { timeout: 3000 });
    expect(".o_lifecycle_call").toHaveCount(1);
});

test("what came late is not shown", async () => {
    calls[7] = { ...known, state: "done" };
    await mountWithCleanup(WebClient);
    ring();
    ring(99);
    await animationFrame();
    await advanceTime(100);
    expect(".o_lifecycle_call").toHaveCount(0);
});

test("another tab that is looked at shows it instead", async () => {
    await mountWithCleanup(WebClient);
    ring();
    await waitFor(".o_lifecycle_call", { timeout: 3000 });
    browser.localStorage.setItem("crm_lifecycle.call_tab", "another");
    browser.dispatchEvent(new StorageEvent("storage", { key: "crm_lifecycle.call_tab", newValue: "another" }));
    await waitForNone(".o_lifecycle_call", { timeout: 3000 });
    browser.dispatchEvent(new Event("focus"));
    await waitFor(".o_lifecycle_call", { timeout: 3000 });
});

test("an agent who closes the card is left alone", async () => {
    await mountWithCleanup(WebClient);
    ring();
    await waitFor(".o_lifecycle_call", { timeout: 3000 });
    await click(".o_lifecycle_call_close");
    await waitForNone(".o_lifecycle_call", { timeout: 3000 });
    ring(7, "talking");
    await animationFrame();
    await advanceTime(100);
    expect(".o_lifecycle_call").toHaveCount(0);
});

const form = { type: "form", resModel: "person", resId: 1, arch: `<form><field name="phone" widget="phone"/></form>` };

test("a click on a number has the telephone call it", async () => {
    patchWithCleanup(session, { crm_lifecycle_calls: { open: [], originate: true } });
    onRpc("crm.cti.endpoint", "originate", ({ args }) => {
        expect.step(args[0]);
        return true;
    });
    await mountView(form);
    await click(".o_phone_form_link");
    await waitFor(".o_notification:contains(Your telephone calls)", { timeout: 3000 });
    expect.verifySteps(["+62 812"]);
});

test("without a telephone system the link is followed", async () => {
    await mountView(form);
    const link = queryFirst(".o_phone_form_link");
    let followed;
    link.addEventListener("click", (event) => {
        followed = !event.defaultPrevented;
        event.preventDefault();
    });
    await click(link);
    expect(followed).toBe(true);
    expect(link).toHaveAttribute("href", "tel:+62812");
});
