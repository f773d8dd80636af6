import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { useService } from "@web/core/utils/hooks";
import { session } from "@web/session";
import { PhoneField } from "@web/views/fields/phone/phone_field";

/** A click on a number has the user's telephone call it, where their telephone system offers that; else the link is followed. */
patch(PhoneField.prototype, {
    setup() {
        super.setup();
        if (session.crm_lifecycle_calls?.originate) {
            this.orm = useService("orm");
            this.notification = useService("notification");
        }
    },

    async onClickNumber(event) {
        if (!this.orm) {
            return;
        }
        event.preventDefault();
        event.stopPropagation();
        const number = this.props.record.data[this.props.name];
        if (await this.orm.call("crm.cti.endpoint", "originate", [number])) {
            this.notification.add(number, { title: _t("Your telephone calls"), type: "info" });
        } else {
            window.location.href = this.phoneHref;
        }
    },
});
