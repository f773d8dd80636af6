import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const press = (key, trigger) => ({ content: `Press ${key}`, trigger, run: () => window.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })) });
const menu = (name, parent) => [
    { trigger: `.o_menu_sections button[data-menu-xmlid="crm_lifecycle.${parent}"]`, run: "click" },
    { trigger: `.o-dropdown--menu [data-menu-xmlid="crm_lifecycle.${name}"]`, run: "click" },
];

registry.category("web_tour.tours").add("crm_lifecycle_sales_force", {
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open the app",
            trigger: '.o_app[data-menu-xmlid="crm_lifecycle.crm_lifecycle_menu_root"]',
            run: "click",
        },
        {
            trigger: '.o_menu_sections [data-menu-xmlid="crm_lifecycle.crm_lifecycle_menu_my_day"]',
            run: "click",
        },
        {
            content: "The day begins with the call that was planned",
            trigger: ".o_my_day_count:contains(0 of 3)",
        },
        {
            trigger: ".o_my_day_stop.o_current[data-kind=activity]:contains(Bakul Tea):contains(Samples)",
        },
        {
            content: "The customer's page is beside it",
            trigger: ".o_my_day_customer .o_customer_360_head:contains(Bakul Tea)",
        },
        press("s", ".o_my_day_stop.o_current:contains(Bakul Tea)"),
        {
            content: "Put off, it is not a part of today; the next one has come up",
            trigger: ".o_my_day_count:contains(0 of 2)",
        },
        press("j", ".o_my_day_stop.o_current[data-kind=plan]:contains(Aster Coffee)"),
        {
            trigger: ".o_my_day_stop.o_current[data-kind=at_risk]:contains(Cengkeh Hotel):contains(usually buys every)",
        },
        press("k", ".o_my_day_stop.o_current[data-kind=at_risk]"),
        press("d", ".o_my_day_stop.o_current[data-kind=plan]"),
        {
            trigger: ".o_my_day_doing .o_my_day_outcome:contains(Question answered)",
            run: "click",
        },
        {
            trigger: ".o_my_day_doing textarea",
            run: "edit Wants samples of the new roast",
        },
        {
            trigger: ".o_my_day_doing button[name=save]",
            run: "click",
        },
        {
            trigger: ".o_my_day_count:contains(1 of 2)",
        },
        press("Enter", ".o_my_day_stop.o_current:contains(Cengkeh Hotel)"),
        {
            content: "Enter opens the customer's page",
            trigger: ".o_customer_360_action .o_customer_360_head:contains(Cengkeh Hotel)",
        },
        {
            trigger: "[data-section=plan]:contains(There is no plan for this customer)",
        },
        {
            content: "Plans for many customers at once",
            trigger: '.o_menu_sections [data-menu-xmlid="crm_lifecycle.crm_lifecycle_menu_customers"]',
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains(Cengkeh Hotel) .o_list_record_selector input",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains(Bakul Tea) .o_list_record_selector input",
            run: "click",
        },
        {
            trigger: ".o_control_panel .o_cp_action_menus .dropdown-toggle:contains(Actions)",
            run: "click",
        },
        {
            trigger: ".o-dropdown--menu .o_menu_item:contains(Make Account Plans)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=objective] textarea",
            run: "edit Win them back",
        },
        {
            trigger: ".modal button[name=action_make]",
            run: "click",
        },
        {
            trigger: ".o_list_view:not(:has(.modal)) .o_data_row:contains(Cengkeh Hotel):contains(Win them back)",
        },
        ...menu("crm_lifecycle_menu_visit_tours", "crm_lifecycle_menu_sales"),
        {
            trigger: ".o_breadcrumb:contains(Visit Tours)",
        },
        {
            content: "A tour",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=city] input",
            run: "edit Bandung",
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: "button[name=action_find_customers]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=stop_ids] .o_data_row:contains(Cengkeh Hotel)",
        },
        {
            trigger: "button[name=action_plan]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=state] .o_arrow_button_current:contains(In the Calendar)",
        },
        {
            trigger: "button[name=action_undo]",
            run: "click",
        },
        {
            trigger: ".modal .modal-footer .btn-primary",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=state] .o_arrow_button_current:contains(Draft)",
        },
        ...menu("crm_lifecycle_menu_sales_funnel", "crm_lifecycle_menu_reporting"),
        {
            trigger: ".o_pivot_view, .o_pivot",
        },
        ...menu("crm_lifecycle_menu_purchase_forecast", "crm_lifecycle_menu_reporting"),
        {
            trigger: ".o_graph_view",
        },
    ],
});
