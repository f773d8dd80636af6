import { Component, xml } from "@odoo/owl";
import { expect, test } from "@odoo/hoot";
import { click, edit, press, queryAll, queryAllTexts, queryOne, waitFor, waitUntil } from "@odoo/hoot-dom";
import { animationFrame, Deferred, runAllTimers } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, mockService, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import { registry } from "@web/core/registry";
import { Customer360 } from "@crm_lifecycle/customer_360/customer_360";

defineMailModels();

const STAGES = [
    { id: 1, name: "Prospect", phase: "acquire" },
    { id: 2, name: "Loyal", phase: "retain" },
];
const SECTIONS = {
    who: {
        is_company: true,
        email: "aster@example.com",
        phone: "+62 21 555",
        website: "",
        address: ["Jl. Melati 4", "Jakarta"],
        language: "Indonesian",
        salesperson: { id: 2, name: "Sari" },
        tags: [{ id: 1, name: "Café", color: 2 }],
        contacts: [{ id: 7, name: "Budi", type: "contact", function: "Buyer", phone: "", email: "" }],
        more_contacts: false,
    },
    standing: {
        stages: STAGES,
        customer_id: 3,
        stage_id: 2,
        stage: "Loyal",
        stage_since: "2026-01-10",
        stage_reason: "Purchase no. 9",
        health: "at_risk",
        health_label: "At risk",
    },
    money: {
        currency_id: 1,
        balance: 120.5,
        overdue: 20.5,
        ageing: { not_due: 100, days_1_30: 20.5, days_31_60: 0, days_61_90: 0, days_91: 0 },
        currencies: [],
        to_invoice: 0,
        credit_limit: null,
        payment_term: null,
        days_to_pay: 12.4,
        paid_invoices: 3,
    },
    next_best: {
        reorder: [{ id: 5, name: "Tea", reason: "Bought every 5–6 weeks", due: true, quantity: 3 }],
        cross_sell: [{ id: 6, name: "Milk", reason: "Customers who buy Tea", due: false, quantity: null }],
        up_sell: [],
    },
    contact: { activities: [], meetings: [] },
    harbour: {
        title: "Harbour",
        icon: "fa-anchor",
        lines: [
            { label: "Berth", value: "12" },
            { label: "V7", value: "Moored", model: "my.vessel", id: 7 },
        ],
    },
};
const line = (id, values = {}) => ({
    kind: "order",
    id,
    model: "sale.order",
    document: id,
    date: "2026-02-01 10:00:00",
    title: `S${id}`,
    detail: "",
    state: "Quotation",
    amount: 5,
    currency_id: 1,
    person_id: 7,
    person: "Budi",
    ...values,
});

/** Answers as the server would, with these sections. Returns what was asked for. */
function serve(sections, pages = {}) {
    const asked = [];
    onRpc("res.partner", "crm_lifecycle_snapshot", ({ args, kwargs }) => {
        asked.push(kwargs.sections.join());
        return {
            partner_id: 4,
            contact_id: args[0][0],
            name: "Aster Coffee",
            company_id: 1,
            currency_id: 1,
            available: [...Object.keys(sections), "timeline"],
            sections: Object.fromEntries(kwargs.sections.filter((name) => sections[name]).map((name) => [name, sections[name]])),
        };
    });
    onRpc("res.partner", "crm_lifecycle_timeline", ({ kwargs }) => {
        asked.push(`timeline ${kwargs.cursor || "first"} ${kwargs.kinds.join()} ${kwargs.text}`.trim());
        return pages[kwargs.cursor || "first"] || { lines: [], next: null, kinds: [] };
    });
    onRpc("res.partner", "crm_lifecycle_suggestions_shown", ({ args }) => {
        asked.push(`shown ${JSON.stringify(args[1])}`);
        return true;
    });
    return asked;
}

/** Wait until all sections are there. */
async function loaded() {
    await waitFor(".o_customer_360_head");
    await waitUntil(() => !queryAll(".o_skeleton").length);
}

const KINDS = [{ kind: "order", label: "Orders", icon: "fa-shopping-cart" }];

test("the head comes first, then each section by itself", async () => {
    const asked = serve(SECTIONS);
    await mountWithCleanup(Customer360, { props: { partnerId: 4 } });
    await loaded();
    expect(asked[0]).toBe("who,standing");
    expect(asked).toInclude("money");
    expect(asked).toInclude("next_best");
    expect(".o_customer_360_head h2").toHaveText("Aster Coffee");
    expect(".o_customer_360_head .text-bg-warning").toHaveText("At risk");
    expect(".o_customer_360_strip .o_current").toHaveText("Loyal");
    expect(".o_customer_360_strip .o_reached").toHaveCount(2);
    expect(".o_skeleton").toHaveCount(0);
    expect("[data-section=money] .o_customer_360_balance").toHaveText("$ 120.50");
    expect("[data-section=money] .text-danger").toHaveText("$ 20.50 overdue");
    expect("[data-section=timeline]").toHaveText(/Nothing has passed yet/);
});

test("a section without a component of its own is shown plainly, and its lines open records", async () => {
    serve({ ...SECTIONS });
    mockService("action", { doAction: (action) => expect.step(`${action.res_model} ${action.res_id}`) });
    await mountWithCleanup(Customer360, { props: { partnerId: 4 } });
    await loaded();
    expect(queryAllTexts("section:contains(Harbour) dt")).toEqual(["Berth", "V7"]);
    expect(queryAllTexts("section:contains(Harbour) dd")).toEqual(["12", "Moored"]);
    expect("section:contains(Harbour) header .fa-anchor").toHaveCount(1);
    expect("section:contains(Harbour) a").toHaveCount(1);
    await contains("section:contains(Harbour) a").click();
    expect.verifySteps(["my.vessel 7"]);
});

test("an addon renders its section by the registry, on the call card only if it says so", async () => {
    class Harbour extends Component {
        static template = xml`<div class="harbour" t-out="props.section.title + props.partnerId"/>`;
        static props = { section: Object, partnerId: Number };
        static compact = true;
    }
    registry.category("crm_lifecycle.sections").add("harbour", Harbour, { sequence: 5 });
    try {
        serve(SECTIONS);
        await mountWithCleanup(Customer360, { props: { partnerId: 4, compact: true } });
        await animationFrame();
        await animationFrame();
        expect(".harbour").toHaveText("Harbour4");
        expect("[data-section=timeline]").toHaveCount(0);
        expect("[data-section=people]").toHaveCount(0);
        expect("[data-section=money]").toHaveCount(1);
    } finally {
        registry.category("crm_lifecycle.sections").remove("harbour");
    }
});

test("without the right to see balances there is only a light", async () => {
    serve({ who: SECTIONS.who, standing: SECTIONS.standing, money: { credit_light: "over" } });
    await mountWithCleanup(Customer360, { props: { partnerId: 4 } });
    await loaded();
    expect("[data-section=money] .badge").toHaveText("Over credit limit");
    expect("[data-section=money] .o_customer_360_balance").toHaveCount(0);
});

test("a customer who is no customer yet, and one who may not be seen", async () => {
    serve({ who: { ...SECTIONS.who, tags: [], contacts: [], address: [] }, standing: { stages: STAGES } });
    await mountWithCleanup(Customer360, { props: { partnerId: 4 } });
    await loaded();
    expect(".o_customer_360_head h2").toHaveText("Aster Coffee");
    expect(".o_customer_360_strip .o_reached").toHaveCount(0);
});

test("older lines are added below; keys go from line to line", async () => {
    const asked = serve(SECTIONS, {
        first: { lines: [line(2), line(1)], next: "x", kinds: KINDS },
        x: { lines: [line(0, { title: "", amount: null })], next: null, kinds: KINDS },
    });
    await mountWithCleanup(Customer360, { props: { partnerId: 4 } });
    await loaded();
    expect(".o_customer_360_line").toHaveCount(2);
    expect(".o_customer_360_line:first small").toHaveText(/^02\/01\/2026 \d\d:00 · Budi · Quotation$/);
    await contains(".o_customer_360_more").click();
    expect(".o_customer_360_line").toHaveCount(3);
    expect(".o_customer_360_more").toHaveCount(0);
    expect(asked.filter((word) => word.startsWith("timeline"))).toEqual(["timeline first", "timeline x"]);
    expect(queryAllTexts(".o_customer_360_line .fw-bold")).toEqual(["S2", "S1", "Orders"]);
    queryOne(".o_customer_360_line:first").focus();
    await press("ArrowDown");
    expect(".o_customer_360_line:eq(1)").toBeFocused();
});

test("filters ask anew", async () => {
    const asked = serve(SECTIONS, { first: { lines: [line(2)], next: null, kinds: KINDS } });
    await mountWithCleanup(Customer360, { props: { partnerId: 4 } });
    await loaded();
    await contains(".o_customer_360_kinds").click();
    await contains(".o-dropdown-item:contains(Orders)").click();
    expect(asked.at(-1)).toBe("timeline first order");
    await click(".o_customer_360_filters input");
    await edit("tea");
    await runAllTimers();
    expect(asked.at(-1)).toBe("timeline first order tea");
});

test("suggestions are logged as shown, added by one click, and gone when declined", async () => {
    const asked = serve(SECTIONS);
    const added = new Deferred();
    onRpc("res.partner", "crm_lifecycle_add_to_quotation", ({ args }) => {
        added.resolve(args);
        return { order_id: 9, name: "S00009" };
    });
    onRpc("res.partner", "crm_lifecycle_dismiss", ({ args }) => asked.push(`dismiss ${args.join()}`));
    await mountWithCleanup(Customer360, { props: { partnerId: 4 } });
    await loaded();
    expect(asked).toInclude('shown [[5,"reorder"],[6,"cross_sell"]]');
    await contains("[data-kind=reorder] .o_customer_360_add").click();
    expect(await added).toEqual([[4], 5, "reorder", 3]);
    expect("[data-kind=reorder] .o_customer_360_add").not.toBeEnabled();
    await contains("[data-kind=cross_sell] .o_customer_360_dismiss").click();
    await animationFrame();
    expect(asked).toInclude("dismiss 4,6,cross_sell");
    expect(".o_customer_360_suggestion").toHaveCount(1);
});

test("calls are logged by hand by those who may see calls", async () => {
    serve(SECTIONS);
    await mountWithCleanup(Customer360, { props: { partnerId: 4 } });
    await loaded();
    expect(".o_customer_360_actions button[name=note]").toHaveCount(1);
    expect(".o_customer_360_actions button[name=call]").toHaveCount(0);
});

test("logging a call opens its dialog for the contact", async () => {
    serve({ ...SECTIONS, calls: { title: "Calls", lines: [] } });
    mockService("action", {
        doAction(action) {
            expect.step(`${action.res_model} ${action.context.default_partner_id}`);
        },
    });
    await mountWithCleanup(Customer360, { props: { partnerId: 4 } });
    await loaded();
    await contains(".o_customer_360_actions button[name=call]").click();
    expect.verifySteps(["crm.call.log 4"]);
});
