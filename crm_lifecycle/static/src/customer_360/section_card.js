import { Component } from "@odoo/owl";

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

/** A section for which no component is registered: its title and its lines. */
export class PlainSection extends Component {
    static template = "crm_lifecycle.PlainSection";
    static components = { SectionCard };
    static props = { section: Object, partnerId: Number };
}
