import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatMoment, openRecord } from "../format";
import { SectionCard } from "../section_card";

/** What is planned with a customer. */
export class ContactSection extends Component {
    static template = "crm_lifecycle.ContactSection";
    static components = { SectionCard };
    static props = { section: Object, partnerId: Number };
    static compact = true;

    setup() {
        this.action = useService("action");
        this.formatMoment = formatMoment;
    }

    isLate(activity) {
        return activity.date < luxon.DateTime.local().toISODate();
    }

    open(model, id) {
        openRecord(this.action, model, id);
    }
}

registry.category("crm_lifecycle.sections").add("contact", ContactSection, { sequence: 50 });
