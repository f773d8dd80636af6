import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("crm_lifecycle_playbooks", {
    steps: () => [
        {
            content: "Look whom the welcome would reach, before switching it on",
            trigger: ".o_kanban_record:contains(Greet the new):contains(Off) button[name=action_preview]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=line_ids] .o_data_row:contains(Aster Coffee)",
        },
        {
            trigger: ".modal .o_field_widget[name=due]:contains(1)",
        },
        {
            trigger: ".modal footer button:contains(Close)",
            run: "click",
        },
        {
            content: "Open it",
            trigger: ".o_kanban_record:contains(Greet the new) span:contains(Greet the new)",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=to_stage_ids]:contains(First Purchase)",
        },
        {
            content: "Nobody is held out",
            trigger: ".o_form_view .o_field_widget[name=holdout_share] input",
            run: "edit 0",
        },
        {
            content: "Switch it on, which saves it",
            trigger: ".o_form_view button[name=action_switch_on]",
            run: "click",
        },
        {
            trigger: ".o_form_view button[name=action_switch_off]",
        },
        {
            content: "See what the other one did",
            trigger: ".o_breadcrumb a:contains(Playbooks), .o_back_button",
            run: "click",
        },
        {
            trigger: ".o_kanban_record:contains(Has run) span:contains(Has run)",
            run: "click",
        },
        {
            trigger: ".o_form_view button[name=action_open_runs]:contains(Reached)",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains(Aster Coffee):contains(Done)",
        },
    ],
});
