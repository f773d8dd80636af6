import { expect, test } from "@odoo/hoot";
import { edit, press, queryAllTexts, waitFor } from "@odoo/hoot-dom";
import { animationFrame, runAllTimers } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, getService, mountWebClient, onRpc } from "@web/../tests/web_test_helpers";

defineMailModels();

const stop = (kind, id, values = {}) => ({
    kind,
    id,
    model: "crm.account.plan",
    res_id: id,
    partner_id: 40 + id,
    contact_id: 40 + id,
    name: `Customer ${id}`,
    contact: "",
    place: "",
    phone: "+62 21 555 010" + id,
    may_call: true,
    how: "call",
    late: false,
    time: "",
    reason: `Reason ${id}`,
    further: [],
    amount: null,
    currency_id: null,
    ...values,
});

/** Answers as the server would with these stops; a stop that is finished or put off is gone. Returns what was asked for. */
async function day(...stops) {
    const asked = [];
    let done = 0;
    const queue = () => ({ date: "2026-03-02", done, total: done + stops.length, stops: [...stops], outcomes: [{ id: 3, name: "Order" }] });
    onRpc("crm.my.day", "get_queue", queue);
    onRpc("crm.my.day", "finish", ({ args, kwargs }) => {
        asked.push(`finish ${args.join()} ${kwargs.how} ${kwargs.outcome_id} ${kwargs.note}`);
        stops = stops.filter((each) => each.kind !== args[0] || each.id !== args[1]);
        done += 1;
        return queue();
    });
    onRpc("crm.my.day", "snooze", ({ args }) => {
        asked.push(`snooze ${args.join()}`);
        stops = stops.filter((each) => each.kind !== args[0] || each.id !== args[1]);
        return queue();
    });
    onRpc("crm.cti.endpoint", "originate", ({ args }) => {
        asked.push(`call ${args[0]}`);
        return true;
    });
    onRpc("res.partner", "crm_lifecycle_snapshot", ({ args }) => ({
        partner_id: args[0][0],
        contact_id: args[0][0],
        name: "Customer",
        company_id: 1,
        currency_id: 1,
        available: [],
        sections: { who: { address: [], tags: [], contacts: [] }, standing: { stages: [] } },
    }));
    await mountWebClient();
    await getService("action").doAction({ type: "ir.actions.client", tag: "crm_lifecycle.my_day" });
    await waitFor(".o_my_day");
    return asked;
}

test("the queue in its order, with reasons and progress", async () => {
    await day(stop("visit", 1, { time: "10:00", place: "Bandung" }), stop("plan", 2, { further: ["Also at risk"] }));
    expect(queryAllTexts(".o_my_day_stop b")).toEqual(["Customer 1", "Customer 2"]);
    expect(".o_my_day_count").toHaveText("0 of 2");
    expect(".o_my_day_stop:eq(0) .badge:eq(0)").toHaveText("10:00");
    expect(".o_my_day_stop:eq(1)").toHaveText(/Reason 2\s*Also at risk/);
    expect(".o_current").toHaveText(/Customer 1/);
});

test("up and down stop at the ends", async () => {
    await day(stop("plan", 1), stop("plan", 2));
    await press("k");
    await animationFrame();
    expect(".o_current").toHaveText(/Customer 1/);
    await press("j");
    await press("j");
    await animationFrame();
    expect(".o_current").toHaveText(/Customer 2/);
    expect(".o_my_day_buttons").toHaveCount(1);
});

test("done asks what came of it, writes it and goes on to the next", async () => {
    const asked = await day(stop("plan", 1), stop("plan", 2));
    await press("d");
    await animationFrame();
    expect(".o_my_day_doing").toHaveCount(1);
    await contains(".o_my_day_outcome:contains(Order)").click();
    await contains(".o_my_day_doing textarea").click();
    await edit("Ten jobs, said j and d");
    await contains(".o_my_day_doing button[name=save]").click();
    expect(asked).toEqual(["finish plan,1 call 3 Ten jobs, said j and d"]);
    expect(".o_my_day_count").toHaveText("1 of 2");
    expect(".o_current").toHaveText(/Customer 2/);
    await press("d");
    await animationFrame();
    await contains("button[name=by_meeting]").click();
    expect(".o_my_day_outcome").toHaveCount(0);
    await contains(".o_my_day_doing textarea").click();
    await press(["ctrl", "Enter"]);
    await animationFrame();
    expect(asked[1]).toBe("finish plan,2 meeting false ");
    expect(".o_my_day_empty").toHaveText(/All done for today/);
});

test("escape writes nothing; tomorrow puts off", async () => {
    const asked = await day(stop("plan", 1), stop("at_risk", 2));
    await press("d");
    await animationFrame();
    await press("Escape");
    await animationFrame();
    expect(".o_my_day_doing").toHaveCount(0);
    await press("s");
    await animationFrame();
    expect(asked).toEqual(["snooze plan,1"]);
    expect(".o_current").toHaveText(/Customer 2/);
    expect(".o_my_day_count").toHaveText("0 of 1");
});

test("a call is made, unless the customer does not wish it", async () => {
    const asked = await day(stop("plan", 1), stop("plan", 2, { may_call: false }));
    await press("c");
    await animationFrame();
    expect(asked).toEqual(["call +62 21 555 0101"]);
    expect(".o_my_day_doing button[name=by_call]").toHaveClass("active");
    await press("Escape");
    await animationFrame();
    await press("j");
    await animationFrame();
    await press("c");
    await animationFrame();
    expect(asked).toHaveLength(1);
    expect(".o_notification").toHaveText(/does not wish sales calls/);
});

test("Enter opens the customer", async () => {
    onRpc("res.partner", "crm_lifecycle_timeline", () => ({ lines: [], next: null, kinds: [] }));
    await day(stop("plan", 1));
    await press("Enter");
    await waitFor(".o_customer_360_action .o_customer_360_head");
    expect(".o_my_day").toHaveCount(0);
});

test("nothing to do", async () => {
    await day();
    expect(".o_my_day_empty").toHaveText(/Nothing is waiting today/);
    await press("d");
    await runAllTimers();
    expect(".o_my_day_doing").toHaveCount(0);
});
