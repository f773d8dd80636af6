import { registry } from "@web/core/registry";
import { PlainSection } from "@crm_lifecycle/customer_360/section_card";

/** Points and tier: on the page of the customer, and on the card of a call. */
export class LoyaltySection extends PlainSection {
    static compact = true;
}

registry.category("crm_lifecycle.sections").add("loyalty", LoyaltySection, { sequence: 25 });
