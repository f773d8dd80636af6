import { Component, onWillUnmount, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { Customer360 } from "../customer_360/customer_360";
import { formatSeconds } from "../duration/duration";

const { DateTime } = luxon;

/** One call: who it is, what to know of them, and what to do next. It lies over the page and takes no focus. */
export class CallCard extends Component {
    static template = "crm_lifecycle.CallCard";
    static props = { card: Object };
    static components = { Customer360 };

    setup() {
        this.calls = useService("crm_lifecycle.call");
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.last = new KeepLast();
        this.state = useState({ now: DateTime.now(), outcomeId: this.props.card.outcome_id || "", note: this.props.card.note, search: "", found: [] });
        const clock = setInterval(() => (this.state.now = DateTime.now()), 1000);
        onWillUnmount(() => clearInterval(clock));
    }

    get who() {
        return this.props.card.partner || this.props.card.lead;
    }

    get title() {
        return this.who ? this.who.name : this.props.card.candidates.length ? _t("Who is it?") : _t("Unknown caller");
    }

    get status() {
        const { state, direction } = this.props.card;
        if (state === "talking") {
            return _t("Talking");
        }
        if (state === "ringing") {
            return direction === "in" ? _t("Incoming call") : _t("Calling");
        }
        return _t("Call ended");
    }

    get elapsed() {
        const since = DateTime.fromSQL(this.props.card.answered_at || this.props.card.started_at, { zone: "utc" });
        return formatSeconds(Math.max(0, Math.floor(this.state.now.diff(since, "seconds").seconds))) || "0:00";
    }

    get foldTitle() {
        return this.props.card.folded ? _t("Unfold") : _t("Fold");
    }

    close() {
        this.calls.close(this.props.card.id);
    }

    fold() {
        this.props.card.folded = !this.props.card.folded;
    }

    writing() {
        this.props.card.writing = true;
    }

    async open(method) {
        const action = await this.orm.call("crm.call", method, [[this.props.card.id]]);
        if (action) {
            // On a phone the card would cover the page that it opens.
            this.props.card.folded = this.env.isSmall;
            await this.action.doAction(action);
        }
    }

    async choose(model, id) {
        this.calls.keep(await this.orm.call("crm.call", "choose", [[this.props.card.id], model, id]));
        Object.assign(this.state, { found: [], search: "" });
        this.props.card.searching = false;
    }

    async search() {
        const text = this.state.search.trim();
        this.props.card.searching = Boolean(text);
        this.state.found = await this.last.add(
            text.length > 1 ? this.orm.call("res.partner", "name_search", [text], { limit: 6 }) : Promise.resolve([])
        );
    }

    async create(method) {
        const action = await this.orm.call("crm.call", method, [[this.props.card.id]]);
        await this.action.doAction(action, {
            onClose: async () => this.calls.keep((await this.orm.call("crm.call", "cards", [[this.props.card.id]]))[0]),
        });
    }

    async log() {
        await this.orm.call("crm.call", "log_outcome", [[this.props.card.id], Number(this.state.outcomeId) || false, this.state.note]);
        this.props.card.writing = false;
        this.notification.add(_t("Kept with the call."), { type: "success" });
        if (!["ringing", "talking"].includes(this.props.card.state)) {
            this.close();
        }
    }
}

export class CallCards extends Component {
    static template = "crm_lifecycle.CallCards";
    static props = {};
    static components = { CallCard };

    setup() {
        this.state = useState(useService("crm_lifecycle.call").state);
    }
}

registry.category("main_components").add("crm_lifecycle.CallCards", { Component: CallCards });
