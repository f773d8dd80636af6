import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("crm_lifecycle_value_model", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open the app",
            trigger: '.o_app[data-menu-xmlid="crm_lifecycle.crm_lifecycle_menu_root"]',
            run: "click",
        },
        {
            content: "Open the reports",
            trigger: '.o_menu_sections button[data-menu-xmlid="crm_lifecycle.crm_lifecycle_menu_reporting"]',
            run: "click",
        },
        {
            trigger: '.o-dropdown-item[data-menu-xmlid="crm_lifecycle.crm_lifecycle_menu_value_fits"]',
            run: "click",
        },
        {
            content: "Fitting again can be started",
            trigger: ".o_list_view button[name=action_fit]",
        },
        {
            trigger: ".o_list_view .o_data_row:contains(692) .o_data_cell[name=date]",
            run: "click",
        },
        {
            content: "Read the conclusion",
            trigger: ".o_form_view .o_field_widget[name=conclusion]:contains(Fitted to 692 customers, of whom 300 came back)",
        },
        {
            content: "See the chart, drawn",
            trigger: ".o_lifecycle_value_chart canvas",
            run: ({ anchor }) => {
                const pixels = anchor.getContext("2d").getImageData(0, 0, anchor.width, anchor.height).data;
                if (!pixels.some((value) => value)) {
                    throw new Error("The chart is empty");
                }
            },
        },
        {
            content: "And the figures behind it",
            trigger: ".o_field_widget[name=line_ids] .o_data_row:contains(2.333)",
        },
    ],
});
