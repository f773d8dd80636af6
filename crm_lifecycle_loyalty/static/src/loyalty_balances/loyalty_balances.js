import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** The points of a customer's family, one line per loyalty program; a line opens the cards behind it. */
export class LoyaltyBalances extends Component {
    static template = "crm_lifecycle_loyalty.LoyaltyBalances";
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
    }

    get balances() {
        return this.props.record.data[this.props.name] || [];
    }

    async open(balance) {
        const action = await this.orm.call("res.partner", "action_open_loyalty_cards", [[this.props.record.resId]], {
            context: { ...this.props.record.context, loyalty_program_id: balance.program_id },
        });
        await this.action.doAction(action);
    }
}

registry.category("fields").add("loyalty_balances", {
    component: LoyaltyBalances,
    supportedTypes: ["json"],
});
