import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("crm_lifecycle_journey", {
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
            trigger: '.o-dropdown-item[data-menu-xmlid="crm_lifecycle.crm_lifecycle_menu_journey"]',
            run: "click",
        },
        {
            content: "Look at one customer's journey",
            trigger: ".o_journey .o_journey_flow",
        },
        {
            trigger: ".o_searchview_input",
            run: "edit Aster",
        },
        {
            trigger: ".o_searchview_input",
            run: "press Enter",
        },
        {
            content: "Their only move, as a picture and as a figure",
            trigger: ".o_journey .o_journey_ribbon[aria-label='New → Prospect: 1']:only-of-type",
        },
        {
            content: "Open it",
            trigger: ".o_journey_matrix button:contains(1)",
            run: "click",
        },
        {
            content: "The record behind the figure",
            trigger: ".o_list_view .o_data_row:contains(Aster Coffee):contains(First contact)",
        },
        {
            content: "Back to the report",
            trigger: ".o_breadcrumb .o_back_button",
            run: "click",
        },
        {
            content: "Last year nothing had happened yet",
            trigger: ".o_journey_preset",
            run: "select last_year",
        },
        {
            trigger: ".o_journey .o_view_nocontent:contains(Choose another period)",
        },
    ],
});
