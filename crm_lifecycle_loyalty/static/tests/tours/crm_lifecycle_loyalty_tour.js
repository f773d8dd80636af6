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
            trigger: ".o_form_view:not(:has(button[name=action_loyalty_update_balance])) [name=points_display]:contains('1,200 stars')",
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

const openCard = [
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
        trigger: "a[data-menu-xmlid='crm_lifecycle_loyalty.crm_lifecycle_loyalty_menu_cards']",
        run: "click",
    },
    {
        content: "Open the customer's card",
        trigger: ".o_list_view .o_data_row:contains('Toko Melati') .o_data_cell[name=points]",
        run: "click",
    },
];

registry.category("web_tour.tours").add("crm_lifecycle_loyalty_earned", {
    steps: () => [
        {
            content: "Confirm the quotation",
            trigger: ".o_form_view button[name=action_confirm]",
            run: "click",
        },
        {
            content: "The points are pending: see the card",
            trigger: ".o_arrow_button_current:contains('Sales Order')",
        },
        ...openCard,
        {
            trigger: ".o_form_view:has([name=points_display]:contains('0 stars')) [name=points_pending]:contains('100')",
        },
    ],
});

registry.category("web_tour.tours").add("crm_lifecycle_loyalty_paid", {
    steps: () => [
        {
            content: "Pay the invoice",
            trigger: ".o_form_view button[name=action_register_payment]",
            run: "click",
        },
        {
            trigger: ".modal button[name=action_create_payments]",
            run: "click",
        },
        {
            content: "It is paid",
            trigger: "body:not(:has(.modal)) .o_form_view:not(:has(button[name=action_register_payment]:visible))",
        },
        ...openCard,
        {
            content: "The points can be used",
            trigger: ".o_form_view:not(:has([name=points_pending])) [name=points_display]:contains('100 stars')",
        },
    ],
});

registry.category("web_tour.tours").add("crm_lifecycle_loyalty_credited", {
    steps: () => [
        {
            content: "Credit the invoice",
            trigger: ".o_form_view button[name=action_reverse]",
            run: "click",
        },
        {
            trigger: ".modal button[name=refund_moves]",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_form_view button[name=action_post]",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains('Posted')",
        },
        ...openCard,
        {
            content: "The points are taken back",
            trigger: ".o_form_view [name=points_display]:contains('0 stars')",
        },
        {
            trigger: ".o_notebook a[name=entries]",
            run: "click",
        },
        {
            content: "And the ledger says why",
            trigger: ".o_field_one2many[name=crm_loyalty_entry_ids] .o_data_row:contains('Taken back'):contains('-100.00')",
        },
    ],
});

registry.category("web_tour.tours").add("crm_lifecycle_loyalty_portal", {
    steps: () => [
        {
            content: "The statement",
            trigger: ".o_loyalty_statement:contains('5,050 stars')",
        },
        {
            trigger: "table:contains('Gift 99')",
        },
        {
            content: "The next page",
            trigger: ".o_portal_pager a:contains('2'), .pagination a:contains('2')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: "table:contains('Gift 3'):not(:contains('Gift 99'))",
        },
    ],
});

registry.category("web_tour.tours").add("crm_lifecycle_loyalty_portal_order", {
    steps: () => [
        {
            content: "Say how many points to use",
            trigger: ".o_loyalty_offer:contains('You have 80 stars') input[name=points]",
            run: "edit 30",
        },
        {
            trigger: ".o_loyalty_offer button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "They are used",
            trigger: ".o_loyalty_offer:contains('You use 30 stars of 80 stars')",
        },
        {
            trigger: "#total:contains('70.00')",
        },
    ],
});
