import { registry } from "@web/core/registry";
import { IntegerField, integerField } from "@web/views/fields/integer/integer_field";

const { Duration } = luxon;

/** Seconds as on a telephone: 9:02, from an hour on 1:00:05; nothing for none. */
export function formatSeconds(value) {
    return value ? Duration.fromObject({ seconds: Math.round(value) }).toFormat(value < 3600 ? "m:ss" : "h:mm:ss") : "";
}

/** A number of seconds that is only read. */
class DurationField extends IntegerField {
    get formattedValue() {
        return formatSeconds(this.value);
    }
}

registry.category("formatters").add("lifecycle_duration", formatSeconds);
registry.category("fields").add("lifecycle_duration", { ...integerField, component: DurationField });
