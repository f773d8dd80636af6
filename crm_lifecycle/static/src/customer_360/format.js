import { formatCurrency } from "@web/core/currency";
import { deserializeDate, deserializeDateTime, formatDate, formatDateTime } from "@web/core/l10n/dates";

/** A day (`YYYY-MM-DD`) or a moment in UTC as the reader writes it; nothing for nothing. */
export function formatMoment(value) {
    if (!value) {
        return "";
    }
    return value.length === 10 ? formatDate(deserializeDate(value)) : formatDateTime(deserializeDateTime(value), { showSeconds: false });
}

/** An amount with its currency, without decimals where they say nothing. */
export function formatAmount(amount, currencyId) {
    if (amount === null || amount === undefined) {
        return "";
    }
    return formatCurrency(amount, currencyId, { trailingZeros: !Number.isInteger(amount) });
}

/** Open a record in its form. */
export function openRecord(action, model, id) {
    return action.doAction({ type: "ir.actions.act_window", res_model: model, res_id: id, views: [[false, "form"]] });
}
