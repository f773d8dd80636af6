import { registry } from "@web/core/registry";
import { JourneyController } from "./journey_controller";

registry.category("views").add("lifecycle_journey", {
    type: "graph",
    Controller: JourneyController,
    searchMenuTypes: ["filter", "favorite"],
});
