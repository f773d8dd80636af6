import { registry } from "@web/core/registry";

const button = (name) => ({ trigger: `.o_customer_360_actions button[name=${name}]`, run: "click" });
const closed = { trigger: "body:not(:has(.modal)) .o_customer_360_actions" };

registry.category("web_tour.tours").add("crm_lifecycle_customer_360_two_way", {
    steps: () => [
        { trigger: ".o_customer_360_head:contains(Aster Coffee)" },
        button("note"),
        { trigger: ".modal .odoo-editor-editable", run: "editor Spoken at the fair" },
        { trigger: ".modal-footer button[name=action_send_mail]:visible:enabled:contains(Log)", run: "click" },
        closed,
        { trigger: ".o_customer_360_timeline li[data-kind=message]:contains(Spoken at the fair)" },
        button("mail"),
        { trigger: ".modal .odoo-editor-editable", run: "editor Your beans are roasted" },
        { trigger: ".modal-footer button[name=action_send_mail]:visible:enabled:contains(Send)", run: "click" },
        closed,
        { trigger: ".o_customer_360_timeline li[data-kind=message]:contains(Your beans are roasted)" },
        button("call"),
        { trigger: ".modal .o_field_widget[name=partner_id] input:value(Aster Buyer)" },
        { trigger: ".modal .o_field_widget[name=note] textarea", run: "edit Wants a sample" },
        { trigger: ".modal-footer button[name=action_log]", run: "click" },
        closed,
        { trigger: ".o_customer_360_timeline li[data-kind=call]:contains(Wants a sample)" },
        button("activity"),
        { trigger: ".modal .o_field_widget[name=summary] input", run: "edit Send the sample" },
        { trigger: ".modal-footer button[name=action_schedule_activities]", run: "click" },
        closed,
        { trigger: ".o_customer_360_card[data-section=contact]:contains(Send the sample)" },
        button("meeting"),
        { trigger: ".modal .o_field_widget[name=name] input, .modal .o_field_widget[name=name] textarea", run: "edit Tasting" },
        { trigger: ".modal-footer .o_form_button_save", run: "click" },
        closed,
        { trigger: ".o_customer_360_timeline li[data-kind=meeting]:contains(Tasting)" },
        button("quotation"),
        { trigger: ".o_form_view .o_field_widget[name=partner_id] input:value(Aster)" },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_form_saved" },
        { trigger: ".o_breadcrumb a:contains(Aster Coffee), .o_breadcrumb .o_back_button", run: "click" },
        { trigger: ".o_customer_360_timeline li[data-kind=order]" },
    ],
});
