import { Component } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { openRecord } from "./format";

/** The frame of a section: a heading with an icon, and what is put into it (slots `default` and `actions`). */
export class SectionCard extends Component {
    static template = "crm_lifecycle.SectionCard";
    static props = {
        title: String,
        icon: { type: String, optional: true },
        name: { type: String, optional: true },
        slots: { type: Object, optional: true },
    };
}

/** A section for which no component is registered: its title and its lines, of which those with a `model` and an `id` open a record. */
export class PlainSection extends Component {
    static template = "crm_lifecycle.PlainSection";
    static components = { SectionCard };
    static props = { section: Object, partnerId: Number };

    setup() {
        this.action = useService("action");
    }

    open({ model, id }) {
        openRecord(this.action, model, id);
    }
}
