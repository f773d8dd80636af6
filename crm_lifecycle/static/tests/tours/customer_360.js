import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("crm_lifecycle_customer_360", {
    steps: () => [
        {
            content: "The head names the customer and the stage",
            trigger: ".o_customer_360_head:contains(Aster Coffee):contains(Prospect)",
        },
        {
            content: "A document of a contact is on the timeline, and opens",
            trigger: ".o_customer_360_line:contains(Aster Opportunity)",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=name]",
        },
        {
            content: "Go back to the customer",
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item:contains(Aster Coffee) a",
            run: "click",
        },
        {
            trigger: ".o_customer_360_head:contains(Aster Coffee)",
        },
    ],
});
