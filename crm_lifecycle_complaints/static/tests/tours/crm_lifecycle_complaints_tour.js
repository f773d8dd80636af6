import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("crm_lifecycle_complaints_tour", {
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
            content: "enter one",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "its subject",
            trigger: ".o_field_widget[name=name] textarea",
            run: "edit Tour: the jar was cracked",
        },
        {
            content: "its customer",
            trigger: ".o_field_widget[name=partner_id] input",
            run: "edit Siti Rahmawati",
        },
        {
            content: "choose the customer",
            trigger: ".ui-autocomplete .dropdown-item:contains('Siti Rahmawati')",
            run: "click",
        },
        {
            content: "it is grave",
            trigger: ".o_field_widget[name=severity] label:contains('Grave')",
            run: "click",
        },
        {
            content: "what happened",
            trigger: ".o_field_widget[name=narrative] textarea",
            run: "edit The jar arrived cracked and cut my hand.",
        },
        ...stepUtils.saveForm(),
        {
            content: "it has a number and belongs to nobody",
            trigger: ".o_field_widget[name=number]:contains('/00001')",
        },
        {
            content: "take it over",
            trigger: "button[name=action_assign_to_me]",
            run: "click",
        },
        {
            content: "it is ours",
            trigger: ".o_form_view:not(:has(button[name=action_assign_to_me])) .o_field_widget[name=user_id] img",
        },
        {
            content: "answer the customer",
            trigger: "button[name=action_reply]",
            run: "click",
        },
        {
            content: "the recipient is shown",
            trigger: ".modal .o_field_widget[name=complaint_recipient]:contains('siti@maju.test')",
        },
        {
            content: "write",
            trigger: ".modal .o_field_widget[name=body] .odoo-editor-editable",
            run: "editor We are looking into it.",
        },
        {
            content: "send",
            trigger: ".modal .o_mail_send",
            run: "click",
        },
        {
            content: "it is in the chatter",
            trigger: "body:not(:has(.modal)) .o-mail-Message-body:contains('We are looking into it.')",
        },
        {
            content: "decide",
            trigger: "button[name=action_close]",
            run: "click",
        },
        {
            content: "accept",
            trigger: ".modal .o_field_widget[name=decision] label:contains('Accept')",
            run: "click",
        },
        {
            content: "give the reasons",
            trigger: ".modal .o_field_widget[name=decision_reason] .odoo-editor-editable",
            run: "editor It was packed without padding.",
        },
        {
            content: "send the decision and close",
            trigger: ".modal button:contains('Send Decision and Close')",
            run: "click",
        },
        {
            content: "it is closed",
            trigger: "body:not(:has(.modal)) .o_statusbar_status button.o_arrow_button_current:contains('Closed')",
        },
        {
            content: "the customer was told",
            trigger: ".o-mail-Message:contains('Our decision on your complaint')",
        },
    ],
});

registry.category("web_tour.tours").add("crm_lifecycle_complaints_customer_tour", {
    steps: () => [
        {
            content: "the customer shows the complaint",
            trigger: ".oe_stat_button[name=action_view_complaints]:contains('Complaints'):contains('1')",
            run: "click",
        },
        {
            content: "in a list",
            trigger: ".o_list_view .o_data_row:contains('Tour: the jar was cracked')",
        },
    ],
});
