import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("crm_lifecycle_customers", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open the app",
            trigger: '.o_app[data-menu-xmlid="crm_lifecycle.crm_lifecycle_menu_root"]',
            run: "click",
        },
        {
            trigger: '.o_menu_sections [data-menu-xmlid="crm_lifecycle.crm_lifecycle_menu_customers"]',
            run: "click",
        },
        {
            content: "Look for the customer",
            trigger: ".o_searchview_input",
            run: "edit Aster",
        },
        {
            trigger: ".o_searchview_input",
            run: "press Enter",
        },
        {
            content: "See the stages as columns",
            trigger: ".o_list_view .o_data_row:contains(Aster Coffee)",
        },
        {
            trigger: ".o_switch_view.o_kanban",
            run: "click",
        },
        {
            content: "Open the customer",
            trigger: ".o_kanban_group:contains(Prospect) .o_kanban_record:contains(Aster Coffee)",
            run: "click",
        },
        {
            content: "Read how they got here",
            trigger: ".o_form_view .o_field_widget[name=transition_ids]:contains(First contact)",
        },
        {
            content: "Go to the contact",
            trigger: "button[name=action_open_partner]",
            run: "click",
        },
        {
            content: "The contact shows the stage and leads back",
            trigger: "button[name=action_open_lifecycle]:contains(Prospect)",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=transition_ids]:contains(First contact)",
        },
    ],
});
