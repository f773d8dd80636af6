import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

/** What the telephone system sends, by the token that the test has given it; then the page asks again, as it does after a lost connection. */
async function report(parameters) {
    const body = new URLSearchParams({ direction: "in", "user[]": "101", ...parameters });
    const answer = await fetch("/crm_lifecycle/cti/token-of-the-tour/event", { method: "POST", body });
    if (answer.status !== 204) {
        throw new Error(`The telephone system was answered ${answer.status}`);
    }
    odoo.__WOWL_DEBUG__.root.env.services.bus_service.trigger("BUS:RECONNECT");
}

const CARD = ".o_lifecycle_call";
const known = (name) => `${CARD} .o_lifecycle_call_title:contains(${name})`;

registry.category("web_tour.tours").add("crm_lifecycle_call_known", {
    steps: () => [
        {
            content: "The call that rings is shown when the page is opened",
            trigger: `${known("Aster Coffee")}`,
        },
        {
            trigger: `${CARD}:contains(Incoming call) .o_lifecycle_call_number:contains(+62 812-3456-7890)`,
        },
        {
            content: "What to know of the customer is on it",
            trigger: `${CARD} .o_customer_360_compact`,
        },
        {
            content: "Open the page of the customer",
            trigger: `${CARD} .o_lifecycle_call_actions button:contains(Open)`,
            run: "click",
        },
        {
            trigger: ".o_customer_360_action .o_customer_360_head:contains(Aster Coffee)",
        },
        {
            content: "The agent answers",
            trigger: CARD,
            run: () => report({ event: "answer", callId: "tour-1", from: "+6281234567890", answeringNumber: "101" }),
        },
        {
            trigger: `${CARD}:contains(Talking)`,
        },
        {
            content: "A quotation for the caller",
            trigger: `${CARD} button[name=action_new_quotation]`,
            run: "click",
        },
        {
            trigger: ".o_form_view:has(.o_field_widget[name=partner_id] input:value(Aster Coffee))",
        },
        {
            content: "Write in the form without saving it",
            trigger: ".o_field_widget[name=client_order_ref] input, .o_form_view .o_notebook a[name=other_information]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=client_order_ref] input",
            run: "edit half a sent",
        },
        {
            content: "Another call comes meanwhile: it takes neither focus nor form",
            trigger: ".o_form_view .o_field_widget[name=client_order_ref] input",
            async run() {
                this.anchor.focus();
                await report({ event: "newCall", callId: "tour-2", from: "+6281299998888" });
            },
        },
        {
            trigger: known("Unknown caller"),
            run() {
                const field = document.querySelector(".o_field_widget[name=client_order_ref] input");
                if (document.activeElement !== field || field.value !== "half a sent") {
                    throw new Error("The card took the focus or what was being written");
                }
            },
        },
        {
            trigger: ".o_form_status_indicator_buttons:not(.invisible) .o_form_button_cancel",
            run: "click",
        },
        {
            content: "The caller hangs up, so the card goes",
            trigger: `${CARD}:contains(Unknown caller)`,
            run: () => report({ event: "hangup", callId: "tour-2", from: "+6281299998888" }),
        },
        {
            content: "Plan to call back",
            trigger: `body:not(:has(${CARD}:contains(Unknown caller))) ${CARD} button[name=action_plan_callback]`,
            run: "click",
        },
        {
            trigger: ".o_notification:contains(among your activities)",
        },
        {
            content: "What came of the call",
            trigger: `${CARD} select`,
            run: "selectByLabel Order",
        },
        {
            trigger: `${CARD} textarea`,
            run: "edit Ten bags",
        },
        {
            content: "The end of the call leaves what is being written",
            trigger: `${CARD} textarea`,
            run: () => report({ event: "hangup", callId: "tour-1", from: "+6281234567890" }),
        },
        {
            trigger: `${CARD}:contains(Call ended) button[name=log_outcome]`,
            run: "click",
        },
        {
            trigger: `body:not(:has(${CARD}))`,
        },
    ],
});

registry.category("web_tour.tours").add("crm_lifecycle_call_unknown", {
    steps: () => [
        {
            content: "A new contact with the caller's number",
            trigger: `${CARD}:has(.o_lifecycle_call_title:contains(Unknown caller)) .o_lifecycle_call_unknown button:contains(New contact)`,
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=phone] input",
            run() {
                if (this.anchor.value.replace(/\D/g, "") !== "628119876543") {
                    throw new Error(`The number is not filled in: ${this.anchor.value}`);
                }
            },
        },
        {
            trigger: ".modal .o_field_widget[name=name] :is(input, textarea)",
            run: "edit Melati Roastery",
        },
        {
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "The call is theirs",
            trigger: known("Melati Roastery"),
            run: () => report({ event: "newCall", callId: "tour-4", from: "+6281133334444" }),
        },
        {
            content: "Another unknown caller turns out to be somebody known",
            trigger: `${CARD}[data-call]:has(.o_lifecycle_call_title:contains(Unknown caller)) .o_lifecycle_call_unknown input`,
            run: "edit Aster",
        },
        {
            trigger: `${CARD} .o_lifecycle_call_unknown button:contains(Aster Coffee)`,
            run: "click",
        },
        {
            trigger: known("Aster Coffee"),
        },
        {
            content: "And is known the next time",
            trigger: CARD,
            async run() {
                await report({ event: "hangup", callId: "tour-3", from: "+628119876543" });
                await report({ event: "hangup", callId: "tour-4", from: "+6281133334444" });
                await report({ event: "newCall", callId: "tour-5", from: "081133334444" });
            },
        },
        {
            trigger: `${CARD}:not(:has(.o_lifecycle_call_unknown)) .o_lifecycle_call_title:contains(Aster Coffee)`,
        },
    ],
});

registry.category("web_tour.tours").add("crm_lifecycle_call_chooser", {
    steps: () => [
        {
            content: "Several have this number",
            trigger: `${CARD}:has(.o_lifecycle_call_title:contains(Who is it?)) .o_lifecycle_call_chooser button:contains(Budi)`,
            run: "click",
        },
        {
            trigger: `body:not(:has(.o_lifecycle_call_chooser)) ${known("Budi")}`,
            async run() {
                await report({ event: "hangup", callId: "tour-6", from: "+6281234567890" });
                await report({ event: "newCall", callId: "tour-7", from: "+6281234567890" });
            },
        },
        {
            content: "The answer is remembered",
            trigger: `${CARD}:not(:has(.o_lifecycle_call_chooser)) .o_lifecycle_call_title:contains(Budi)`,
            run: () => report({ event: "hangup", callId: "tour-7", from: "+6281234567890" }),
        },
        {
            content: "Nobody answered: they wait for a call",
            trigger: `body:not(:has(${CARD}))`,
        },
        stepUtils.showAppsMenuItem(),
        {
            trigger: '.o_app[data-menu-xmlid="crm_lifecycle.crm_lifecycle_menu_root"]',
            run: "click",
        },
        {
            trigger: '[data-menu-xmlid="crm_lifecycle.crm_lifecycle_menu_calls_root"]',
            run: "click",
        },
        {
            trigger: '[data-menu-xmlid="crm_lifecycle.crm_lifecycle_menu_calls_to_return"]',
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains(Budi):contains(Not answered) .o_data_cell[name=number_display]",
            run: "click",
        },
        {
            content: "An outcome ends the wait",
            trigger: ".o_form_view .o_field_widget[name=outcome_id] input",
            run: "edit Question",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Question answered)",
            run: "click",
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_form_view:has(.o_form_status_indicator_buttons.invisible)",
        },
    ],
});
