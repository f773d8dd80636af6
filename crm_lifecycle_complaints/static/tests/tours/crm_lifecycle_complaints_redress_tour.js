import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("crm_lifecycle_complaints_redress_tour", {
    steps: () => [
        {
            content: "the deadline is shown",
            trigger: ".o_field_widget[name=sla_state]:contains('On time')",
        },
        {
            content: "the customer was called back",
            trigger: "button[name=action_answered_otherwise]",
            run: "click",
        },
        {
            content: "now we may wait for them",
            trigger: "button[name=action_wait]",
            run: "click",
        },
        {
            content: "and go on",
            trigger: "button[name=action_stop_waiting]",
            run: "click",
        },
        {
            content: "decide: give redress",
            trigger: "button[name=action_wait]",
        },
        {
            trigger: "button[name=action_give_redress]",
            run: "click",
        },
        {
            content: "choose the invoice",
            trigger: ".o_field_widget[name=move_id] input",
            run: "edit INV",
        },
        {
            trigger: ".ui-autocomplete .dropdown-item:contains('INV')",
            run: "click",
        },
        {
            content: "name a line of it",
            trigger: ".o_field_widget[name=line_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=move_line_id] input",
            run: "edit Jar",
        },
        {
            trigger: ".ui-autocomplete .dropdown-item:contains('Jar')",
            run: "click",
        },
        {
            content: "two pieces of it",
            trigger: ".o_field_widget[name=line_ids] .o_field_widget[name=quantity] input",
            run: "edit 2 && press Tab",
        },
        {
            content: "the amount has its taxes",
            trigger: ".o_field_widget[name=amount]:contains('22.20')",
        },
        {
            content: "give it",
            trigger: "button[name=action_request]:contains('Give')",
            run: "click",
        },
        {
            content: "it is given",
            trigger: ".o_statusbar_status button.o_arrow_button_current:contains('Given')",
        },
        {
            content: "the credit note is there",
            trigger: "button[name=action_open_result]",
        },
        {
            content: "back to the complaint",
            trigger: ".o_back_button",
            run: "click",
        },
        {
            content: "decide and close",
            trigger: "button[name=action_close]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=decision] label:contains('Accept')",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=decision_reason] .odoo-editor-editable",
            run: "editor Two jars were cracked; we credit them.",
        },
        {
            trigger: ".modal button:contains('Send Decision and Close')",
            run: "click",
        },
        {
            content: "it is closed",
            trigger: "body:not(:has(.modal)) .o_statusbar_status button.o_arrow_button_current:contains('Closed')",
        },
    ],
});
