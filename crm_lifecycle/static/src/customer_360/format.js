import { formatCurrency } from "@web/core/currency";
import { deserializeDate, deserializeDateTime, formatDate, formatDateTime } from "@web/core/l10n/dates";
import { localization } from "@web/core/l10n/localization";

/** A day (`YYYY-MM-DD`) or a moment in UTC, to the minute, as the reader writes it; nothing for nothing. */
export function formatMoment(value) {
    if (!value) {
        return "";
    }
    if (value.length === 10) {
        return formatDate(deserializeDate(value));
    }
    return formatDateTime(deserializeDateTime(value), { format: localization.dateTimeFormat.replace(":ss", "") });
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
