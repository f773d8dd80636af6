import { Component, onWillStart, onWillUpdateProps, useEffect, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { formatMoment, openRecord } from "./format";
import { PlainSection } from "./section_card";
import { Timeline } from "./timeline";

const HEAD = ["who", "standing"];
const PLACED = new Set([...HEAD, "timeline"]);
export const HEALTH = { active: "text-bg-success", won_back: "text-bg-info", at_risk: "text-bg-warning", churned: "text-bg-danger" };

/**
 * A section of the page by its name, with the props `{ section, partnerId }`; the sequence orders them, and a static `compact = true`
 * shows it in the call card as well.
 */
const sectionRegistry = registry.category("crm_lifecycle.sections");

/** One customer, one page. The head comes first, then each section as it is ready. */
export class Customer360 extends Component {
    static template = "crm_lifecycle.Customer360";
    static components = { Timeline };
    static props = {
        partnerId: Number,
        compact: { type: Boolean, optional: true },
        onLoaded: { type: Function, optional: true },
    };
    static defaultProps = { compact: false };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.formatMoment = formatMoment;
        this.health = HEALTH;
        this.state = useState({ partnerId: 0, head: null, failed: "", sections: {}, names: [], round: 0 });
        this.strip = useRef("strip");
        // On a narrow screen the strip is wider than the page: the stage where the customer stands is what must be seen.
        useEffect(
            (strip) => {
                const current = strip?.querySelector(".o_current");
                if (current) {
                    strip.scrollLeft = current.offsetLeft - strip.offsetLeft - (strip.clientWidth - current.clientWidth) / 2;
                }
            },
            () => [this.strip.el]
        );
        onWillStart(() => {
            this.load(this.props.partnerId);
        });
        onWillUpdateProps((next) => {
            if (next.partnerId !== this.props.partnerId) {
                this.load(next.partnerId);
            }
        });
    }

    /** Ask for the head, then for the other sections, each by itself so that a slow one keeps nobody waiting. */
    async load(partnerId) {
        const round = this.state.round + 1;
        const fresh = this.state.partnerId !== partnerId;
        Object.assign(this.state, { partnerId, round, failed: "", ...(fresh ? { head: null, sections: {}, names: [] } : {}) });
        let head;
        try {
            head = await this.snapshot(partnerId, HEAD);
        } catch (error) {
            if (this.state.round === round) {
                this.state.failed = error.data?.message || _t("The customer could not be loaded.");
            }
            return;
        }
        if (this.state.round !== round) {
            return;
        }
        const names = head.available.filter((name) => !PLACED.has(name) && (!this.props.compact || this.component(name).compact));
        names.sort((a, b) => this.sequence(a) - this.sequence(b));
        Object.assign(this.state, { head, names });
        this.props.onLoaded?.(head);
        for (const name of names) {
            this.loadSection(partnerId, name, round);
        }
    }

    async loadSection(partnerId, name, round) {
        let section = null;
        try {
            section = (await this.snapshot(partnerId, [name])).sections[name] || null;
        } finally {
            if (this.state.round === round) {
                this.state.sections[name] = { section };
            }
        }
    }

    snapshot(partnerId, sections) {
        return this.orm.silent.call("res.partner", "crm_lifecycle_snapshot", [[partnerId]], { sections });
    }

    component(name) {
        return sectionRegistry.get(name, PlainSection);
    }

    sequence(name) {
        const position = sectionRegistry.getEntries().findIndex(([key]) => key === name);
        return position < 0 ? 1000 : position;
    }

    get who() {
        return this.state.head.sections.who;
    }

    get standing() {
        return this.state.head.sections.standing;
    }

    get since() {
        const { stage_since: day, stage_reason: reason } = this.standing;
        return day ? _t("Since %(day)s: %(reason)s", { day: formatMoment(day), reason }) : "";
    }

    get override() {
        const { override_reason: reason, override_until: day, computed_stage: stage } = this.standing;
        if (!reason) {
            return "";
        }
        return day
            ? _t("Set by hand until %(day)s (%(reason)s); by the documents: %(stage)s", { day: formatMoment(day), reason, stage })
            : _t("Set by hand (%(reason)s); by the documents: %(stage)s", { reason, stage });
    }

    get current() {
        return this.standing.stages.findIndex((stage) => stage.id === this.standing.stage_id);
    }

    open(model, id) {
        openRecord(this.action, model, id);
    }

    openStanding() {
        this.open("crm.lifecycle.customer", this.standing.customer_id);
    }

    // Two-way: what is done here is on the timeline afterwards.

    do(action) {
        return this.action.doAction(action, { onClose: () => this.load(this.state.partnerId) });
    }

    dialog(name, model, context) {
        return this.do({ type: "ir.actions.act_window", name, res_model: model, views: [[false, "form"]], target: "new", context });
    }

    writeMail() {
        return this.dialog(_t("Write a Mail"), "mail.compose.message", {
            default_model: "res.partner",
            default_res_ids: [this.state.head.contact_id],
            default_partner_ids: [this.state.head.contact_id],
            default_composition_mode: "comment",
            default_subtype_xmlid: "mail.mt_comment",
        });
    }

    logNote() {
        return this.dialog(_t("Log a Note"), "mail.compose.message", {
            default_model: "res.partner",
            default_res_ids: [this.state.head.contact_id],
            // Not whom Odoo would suggest: without an address they keep the note from being logged.
            default_partner_ids: [],
            // As Odoo's own page does; else the dialog asks for recipients, in a field that notes do not show.
            clicked_on_full_composer: true,
            default_composition_mode: "comment",
            default_subtype_xmlid: "mail.mt_note",
        });
    }

    get mayLogCall() {
        return this.state.head.available.includes("calls");
    }

    logCall() {
        return this.dialog(_t("Log a Call"), "crm.call.log", { default_partner_id: this.state.head.contact_id });
    }

    planActivity() {
        return this.dialog(_t("Plan an Activity"), "mail.activity.schedule", {
            active_model: "res.partner",
            active_ids: [this.state.head.contact_id],
            active_id: this.state.head.contact_id,
        });
    }

    createMeeting() {
        return this.dialog(_t("New Meeting"), "calendar.event", { default_partner_ids: [user.partnerId, this.state.head.contact_id] });
    }

    createQuotation() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "sale.order",
            views: [[false, "form"]],
            context: { default_partner_id: this.state.head.contact_id },
        });
    }
}
