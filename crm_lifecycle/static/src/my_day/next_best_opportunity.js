import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { openRecord } from "../customer_360/format";
import { NextBestSection } from "../customer_360/sections/next_best";

/** A suggestion may also become an opportunity, to be followed up. */
patch(NextBestSection.prototype, {
    async makeOpportunity(kind, row) {
        const made = `${kind}-${row.id}-lead`;
        this.state.added[made] = true;
        let lead;
        try {
            lead = await this.call("crm_lifecycle_make_opportunity", [row.id, kind, kind === "reorder" ? row.quantity || 1 : 1]);
        } catch (error) {
            this.state.added[made] = false;
            throw error;
        }
        this.notification.add(_t("Opportunity made: %s", lead.name), {
            type: "success",
            buttons: [{ name: _t("Open"), onClick: () => openRecord(this.action, "crm.lead", lead.lead_id) }],
        });
    },
});
