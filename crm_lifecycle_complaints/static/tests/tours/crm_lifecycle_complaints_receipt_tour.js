import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const entry = (menu) => `.o_nav_entry[data-menu-xmlid='crm_lifecycle_complaints.crm_lifecycle_complaints_menu_${menu}']`;

registry.category("web_tour.tours").add("crm_lifecycle_complaints_receipt_tour", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "open the app",
            trigger: ".o_app[data-menu-xmlid='crm_lifecycle_complaints.crm_lifecycle_complaints_menu_root']",
            run: "click",
        },
        { content: "what is in quarantine", trigger: entry("quarantine"), run: "click" },
        { content: "choose the mail", trigger: ".o_data_row:contains('Tour: no spam') .o_list_record_selector input", run: "click" },
        { content: "release it", trigger: ".o_control_panel button[name=action_release]", run: "click" },
        { content: "it is released", trigger: "body:not(:has(.o_data_row:contains('Tour: no spam')))" },
        { content: "all complaints", trigger: entry("all"), run: "click" },
        { content: "it became one", trigger: ".o_data_row:contains('Tour: no spam') td[name=name]", run: "click" },
        { content: "say what it is about", trigger: ".o_notebook a:contains('Similar')", run: "click" },
        { content: "the other one resembles it", trigger: ".o_field_widget[name=similar_ids] .o_data_row:contains('Tour: spam, they said')" },
        { content: "take it over", trigger: "button[name=action_assign_to_me]", run: "click" },
        { content: "plan a visit", trigger: "button[name=action_view_visits]", run: "click" },
        { content: "the technician", trigger: ".o_field_widget[name=technician_id]" },
        ...stepUtils.saveForm(),
        { content: "it is planned", trigger: ".o_field_widget[name=event_id]:contains('Visit')" },
    ],
});
