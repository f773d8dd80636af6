import { Component, onWillDestroy, onWillStart, onWillUpdateProps, useExternalListener, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const EDITORS = ".o-mail-Composer, .o_mail_composer_form_view, .odoo-editor-editable";
const TOLD_EVERY = 30_000;
const SHOWN_FOR = 90_000;

/** Tells that a colleague is writing on the complaint, and tells the colleagues when the user is. */
export class ComplaintWriting extends Component {
    static template = "crm_lifecycle_complaints.ComplaintWriting";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.bus = useService("bus_service");
        this.state = useState({ names: [] });
        this.toldAt = 0;
        this.onWriting = ({ complaint_id }) => complaint_id === this.props.record.resId && this.load();
        this.bus.subscribe("crm_complaint/writing", this.onWriting);
        useExternalListener(document, "input", (ev) => this.onInput(ev), { capture: true });
        onWillStart(() => this.load());
        onWillUpdateProps(({ record }) => record.resId !== this.props.record.resId && this.load(record.resId));
        onWillDestroy(() => {
            this.bus.unsubscribe("crm_complaint/writing", this.onWriting);
            clearTimeout(this.timer);
        });
    }

    get message() {
        return _t("%(names)s is writing here right now.", { names: this.state.names.join(", ") });
    }

    async load(id = this.props.record.resId) {
        this.state.names = id ? await this.orm.silent.call("crm.complaint", "get_writers", [[id]]) : [];
        clearTimeout(this.timer);
        if (this.state.names.length) {
            this.timer = setTimeout(() => this.load(), SHOWN_FOR);
        }
    }

    onInput(ev) {
        const id = this.props.record.resId;
        const now = Date.now();
        if (id && now - this.toldAt > TOLD_EVERY && ev.target.closest?.(EDITORS)) {
            this.toldAt = now;
            this.orm.silent.call("crm.complaint", "note_writing", [[id]]);
        }
    }
}

registry.category("view_widgets").add("complaint_writing", { component: ComplaintWriting });
