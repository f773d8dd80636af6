import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const app = [
    stepUtils.showAppsMenuItem(),
    {
        content: "Open the app",
        trigger: '.o_app[data-menu-xmlid="crm_lifecycle.crm_lifecycle_menu_root"]',
        run: "click",
    },
];

registry.category("web_tour.tours").add("crm_lifecycle_marketing_send", {
    url: "/odoo",
    steps: () => [
        ...app,
        {
            content: "Open the segments",
            trigger: '.o_menu_sections [data-menu-xmlid="crm_lifecycle_marketing.crm_lifecycle_marketing_menu_segments"]',
            run: "click",
        },
        {
            content: "See how many customers it has now",
            trigger: ".o_list_view .o_data_row:contains(Coffee Buyers) .o_data_cell[name=customer_count]:contains(120)",
        },
        {
            trigger: ".o_list_view .o_data_row:contains(Coffee Buyers) .o_data_cell[name=name]",
            run: "click",
        },
        {
            content: "Write to them",
            trigger: ".o_form_view button[name=action_write_offers]",
            run: "click",
        },
        {
            content: "See whom it will reach",
            trigger: ".o_form_view div[name=lifecycle_reach] .o_field_widget[name=lifecycle_customer_count]:contains(120)",
        },
        {
            content: "Hold half of them out",
            trigger: ".o_field_widget[name=lifecycle_holdout] input",
            run: "edit 50",
        },
        {
            content: "Name it",
            trigger: ".o_field_widget[name=subject] input, .o_field_widget[name=subject] textarea",
            run: "edit Beans of the month",
        },
        {
            content: "Send it",
            trigger: ".o_form_view button[name=action_launch]",
            run: "click",
        },
        {
            trigger: ".modal .modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "It waits in the queue",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(In Queue)",
        },
    ],
});

registry.category("web_tour.tours").add("crm_lifecycle_marketing_results", {
    url: "/odoo",
    steps: () => [
        ...app,
        {
            content: "Open the reports",
            trigger: '.o_menu_sections button[data-menu-xmlid="crm_lifecycle.crm_lifecycle_menu_reporting"]',
            run: "click",
        },
        {
            trigger: '.o-dropdown-item[data-menu-xmlid="crm_lifecycle_marketing.crm_lifecycle_marketing_menu_results"]',
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains(Beans of the month) .o_data_cell[name=title]",
            run: "click",
        },
        {
            content: "Enter what it cost",
            trigger: ".o_field_widget[name=lifecycle_spend] input",
            run: "edit 1000",
        },
        ...stepUtils.saveForm(),
        {
            content: "Read what it returned, with its interval",
            trigger: ".o_field_widget[name=lifecycle_roi_words]:contains(95 % interval)",
        },
        {
            content: "And in words",
            trigger: ".o_field_widget[name=lifecycle_verdict]:contains(more than chance explains)",
        },
        {
            content: "Open the customers behind a figure",
            trigger: ".o_lifecycle_figures button:contains(of those held out)",
            run: "click",
        },
        {
            content: "Held out, and bought all the same",
            trigger: ".o_list_view .o_searchview:contains(Held out)",
        },
        {
            trigger: ".o_list_view .o_data_row .o_data_cell[name=arm]:contains(Held out)",
        },
    ],
});
