import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("crm_lifecycle_customer_360", {
    steps: () => [
        {
            content: "The head names the customer and the stage",
            trigger: ".o_customer_360_head:contains(Aster Coffee) .o_current",
        },
        {
            content: "The newest lines are there, and there is more",
            trigger: ".o_customer_360_timeline:not(:contains(Aster Opportunity 00)) li:contains(Aster Opportunity 24)",
        },
        {
            trigger: ".o_customer_360_more",
            run: "click",
        },
        {
            content: "The page after goes on where the first one ended",
            trigger: ".o_customer_360_timeline li:contains(Aster Opportunity 00)",
        },
        {
            content: "Filter by kind",
            trigger: ".o_customer_360_kinds",
            run: "click",
        },
        {
            trigger: ".o-dropdown-item:contains(Quotations and Orders)",
            run: "click",
        },
        {
            trigger: ".o_customer_360_timeline:not(:has(li[data-kind=opportunity])) li[data-kind=order]",
        },
        {
            trigger: ".o-dropdown-item:contains(Quotations and Orders)",
            run: "click",
        },
        {
            content: "Search",
            trigger: ".o_customer_360_filters input",
            run: "edit Opportunity 07",
        },
        {
            trigger: ".o_customer_360_timeline:not(:contains(Aster Opportunity 08)) li:contains(Aster Opportunity 07)",
        },
        {
            content: "A suggestion is put on a quotation",
            trigger: ".o_customer_360_suggestion[data-kind=reorder]:contains(Aster Beans):contains(every) .o_customer_360_add",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(Aster Beans is on quotation)",
        },
        {
            content: "Write from the page",
            trigger: ".o_customer_360_actions button[name=note]",
            run: "click",
        },
        {
            trigger: ".modal .o_mail_composer_form .odoo-editor-editable",
        },
        {
            trigger: ".modal .btn-close",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_customer_360_filters input",
            run: "edit calls agreed",
        },
        {
            content: "What was written to a contact is on the timeline, and opens",
            trigger: ".o_customer_360_timeline li[data-kind=message]:contains(Two calls agreed) button",
            run: "click",
        },
        {
            content: "The tab of the contact shows the same",
            trigger: ".o_notebook a[name=lifecycle_customer_360]",
            run: "click",
        },
        {
            trigger: ".o_notebook .o_customer_360_head:contains(Aster Coffee)",
        },
        {
            content: "Go back to the page by its address",
            trigger: ".o_breadcrumb a:contains(Aster Coffee), .o_breadcrumb .o_back_button",
            run: "click",
        },
        {
            trigger: ".o_customer_360_action .o_customer_360_head:contains(Aster Coffee)",
        },
    ],
});

registry.category("web_tour.tours").add("crm_lifecycle_goes_with", {
    steps: () => [
        {
            trigger: ".o_field_widget[name=partner_id] input",
            run: "edit Aster Coffee",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Aster Coffee)",
            run: "click",
        },
        {
            trigger: ".o_field_x2many_list_row_add button:contains(Add a product), .o_field_x2many_list_row_add a:contains(Add a product)",
            run: "click",
        },
        {
            trigger: ".o_selected_row .o_field_widget[name=product_template_id] input, .o_selected_row .o_field_widget[name=product_id] input",
            run: "edit Aster Beans",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Aster Beans)",
            run: "click",
        },
        {
            content: "What goes with it is offered",
            trigger: ".o_lifecycle_goes_with button:contains(Aster Filters)",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=order_line] .o_data_row:contains(Aster Filters)",
        },
        {
            content: "and offered no more",
            trigger: "body:not(:has(.o_lifecycle_goes_with button))",
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_form_saved",
        },
    ],
});
