import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("crm_lifecycle_loyalty_points", {
    steps: () => [
        {
            content: "The points are on the customer",
            trigger: "button[name=action_open_loyalty_cards]:contains('1,200 stars')",
        },
        {
            content: "Open the page with the section",
            trigger: ".o_notebook a[name=sales_purchases]",
            run: "click",
        },
        {
            content: "Open the cards of the program",
            trigger: ".o_loyalty_balances button:contains('Stars')",
            run: "click",
        },
        {
            content: "Open the card",
            trigger: ".o_list_view .o_data_row:contains('Toko Melati') .o_data_cell[name=points]",
            run: "click",
        },
        {
            content: "The balance cannot be changed here",
            trigger: ".o_form_view:not(:has(button[name=action_loyalty_update_balance])) [name=points_display]:contains('1200 stars')",
        },
    ],
});

registry.category("web_tour.tours").add("crm_lifecycle_loyalty_rule", {
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            trigger: ".o_app[data-menu-xmlid='crm_lifecycle.crm_lifecycle_menu_root']",
            run: "click",
        },
        {
            trigger: "button[data-menu-xmlid='crm_lifecycle_loyalty.crm_lifecycle_loyalty_menu_root']",
            run: "click",
        },
        {
            trigger: "a[data-menu-xmlid='crm_lifecycle_loyalty.crm_lifecycle_loyalty_menu_rules']",
            run: "click",
        },
        {
            content: "Let a rule be prepared",
            trigger: "button[name=action_quick_start]",
            run: "click",
        },
        {
            trigger: ".o_form_view [name=stage_id] input:value('Loyal')",
        },
        {
            trigger: ".o_form_view [name=name] input",
            run: "edit Thanks from the tour",
        },
        {
            trigger: ".o_form_view [name=points] input",
            run: "edit 150",
        },
        {
            trigger: ".o_form_view [name=budget_points] input",
            run: "edit 3000",
        },
        {
            content: "Preview whom it would reach",
            trigger: "button[name=action_preview]",
            run: "click",
        },
        {
            trigger: ".modal:contains('Would reach')",
        },
        {
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_form_saved, body:not(:has(.modal)) .o_form_view",
        },
    ],
});
