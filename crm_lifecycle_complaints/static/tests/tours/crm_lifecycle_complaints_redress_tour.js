import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

/** An agent's day: a complaint that came by mail is taken over, decided, made good by a credit note, and closed. */
registry.category("web_tour.tours").add("crm_lifecycle_complaints_day_tour", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "open the app",
            trigger: ".o_app[data-menu-xmlid='crm_lifecycle_complaints.crm_lifecycle_complaints_menu_root']",
            run: "click",
        },
        {
            content: "all complaints",
            trigger: ".o_nav_entry[data-menu-xmlid='crm_lifecycle_complaints.crm_lifecycle_complaints_menu_all']",
            run: "click",
        },
        {
            content: "the one that came by mail",
            trigger: ".o_data_row:contains('Tour: two jars were cracked') td[name=name]",
            run: "click",
        },
        {
            content: "take it over",
            trigger: "button[name=action_assign_to_me]",
            run: "click",
        },
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

/** The customer follows the link in the mail and says how it was handled. */
registry.category("web_tour.tours").add("crm_lifecycle_complaints_rating_tour", {
    steps: () => [
        { content: "a word with it", trigger: ".o_rating_page_submit textarea[name=feedback]", run: "edit Quick and fair." },
        { content: "send", trigger: ".o_rating_page_submit button[type=submit]", run: "click", expectUnloadPage: true },
        { content: "it was received", trigger: ".o_rating_page_thank_you" },
    ],
});

registry.category("web_tour.tours").add("crm_lifecycle_complaints_rated_tour", {
    steps: () => [
        { content: "the rating is on the complaint", trigger: "button[name=action_view_ratings]", run: "click" },
        { content: "with the customer's words", trigger: ".o_data_row:contains('Quick and fair.'), .o_kanban_record:contains('Quick and fair.')" },
    ],
});
