import { registry } from "@web/core/registry";
import { formatPercentage } from "@web/views/fields/formatters";

/** A share that may be unknown, which Odoo's own formatter shows as 0 %. */
export function formatShare(value, options) {
    return value === false || value === null || value === undefined ? "" : formatPercentage(value, options);
}
formatShare.extractOptions = formatPercentage.extractOptions;

registry.category("formatters").add("lifecycle_share", formatShare);
