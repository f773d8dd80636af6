import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { deserializeDate, deserializeDateTime, formatDate, formatDateTime } from "@web/core/l10n/dates";
import { formatCurrency } from "@web/core/currency";
import { useService } from "@web/core/utils/hooks";
import { SectionCard } from "./section_card";

/** What passed between the firm and the customer, newest first, page by page. */
export class Timeline extends Component {
    static template = "crm_lifecycle.Timeline";
    static components = { SectionCard };
    static props = { partnerId: Number };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ lines: null, next: null, kinds: {} });
        onWillStart(() => this.load(this.props.partnerId));
        onWillUpdateProps((next) => next.partnerId !== this.props.partnerId && this.load(next.partnerId));
    }

    async load(partnerId, cursor = null) {
        const page = await this.orm.silent.call("res.partner", "crm_lifecycle_timeline", [[partnerId]], { cursor });
        this.state.lines = cursor ? [...this.state.lines, ...page.lines] : page.lines;
        this.state.next = page.next;
        this.state.kinds = Object.fromEntries(page.kinds.map((kind) => [kind.kind, kind]));
    }

    when(line) {
        return line.date.length === 10 ? formatDate(deserializeDate(line.date)) : formatDateTime(deserializeDateTime(line.date));
    }

    amount(line) {
        return line.amount === null ? "" : formatCurrency(line.amount, line.currency_id);
    }

    open(line) {
        this.action.doAction({ type: "ir.actions.act_window", res_model: line.model, res_id: line.document, views: [[false, "form"]] });
    }
}
