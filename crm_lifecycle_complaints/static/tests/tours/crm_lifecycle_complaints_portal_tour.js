import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("crm_lifecycle_complaints_portal_tour", {
    url: "/my",
    steps: () => [
        {
            content: "complaints on the portal",
            trigger: ".o_portal_docs a[href='/my/complaints'], .o_portal_my_home a[href='/my/complaints']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the open one",
            trigger: "td:contains('Tour: the jar was cracked') ~ td:contains('We have received it'), td:contains('Tour: the jar was cracked')",
        },
        {
            content: "go to it",
            trigger: "tr:contains('Tour: the jar was cracked') a",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "its state in plain words",
            trigger: ".o_complaint_state:contains('We have received it')",
        },
        {
            content: "write",
            trigger: ".o_complaint_write textarea",
            run: "edit The lid is missing, too.",
        },
        {
            content: "send",
            trigger: ".o_complaint_write button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "it is in the conversation",
            trigger: ".o_complaint_message:contains('The lid is missing, too.')",
        },
        {
            content: "back to the list",
            trigger: ".breadcrumb a[href='/my/complaints']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the closed one",
            trigger: "tr:contains('Tour: late delivery') a",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "rate it",
            trigger: ".o_complaint_rate_5",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "not to be rated again, and accept the solution",
            trigger: "body:not(:has(.o_complaint_rate_5)) .o_complaint_accept",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "accepted",
            trigger: ".o_complaint_accepted",
        },
        {
            content: "back to the list once more",
            trigger: ".breadcrumb a[href='/my/complaints']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "one whose solution does not do",
            trigger: "tr:contains('Tour: still broken') a",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the decision can be read",
            trigger: ".o_complaint_message:contains('Packed without padding.')",
        },
        {
            content: "do not agree",
            trigger: "details:not([open]) .o_complaint_disagree",
            run: ({ anchor }) => anchor.click(),
        },
        {
            content: "say why",
            trigger: "details[open] #reopen_text",
            run: "edit The new jar is cracked, too.",
        },
        {
            content: "open it again",
            trigger: ".o_complaint_reopen",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "it is looked at again",
            trigger: "body:not(:has(.o_complaint_reopen)) .o_complaint_message:contains('The new jar is cracked, too.')",
        },
    ],
});

registry.category("web_tour.tours").add("crm_lifecycle_complaints_form_tour", {
    url: "/complaints",
    steps: () => [
        { content: "address", trigger: "#complaint_email", run: "edit rudi@baru.test" },
        { content: "name", trigger: "#complaint_name", run: "edit Rudi Hartono" },
        { content: "subject", trigger: "#complaint_subject", run: "edit Tour: web form" },
        { content: "what happened", trigger: "#complaint_narrative", run: "edit It arrived cracked." },
        { content: "consent", trigger: "#complaint_consent", run: "click" },
        { content: "send", trigger: ".o_complaint_form button[type=submit]", run: "click", expectUnloadPage: true },
        { content: "its number", trigger: ".o_complaint_thanks strong:contains('CMP/')" },
    ],
});
