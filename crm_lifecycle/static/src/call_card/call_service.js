import { reactive } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { session } from "@web/session";

const TAB = "crm_lifecycle.call_tab";

/**
 * The calls that concern the user now. Every tab hears of them; the one that the user looked at last shows them.
 */
export const callService = {
    dependencies: ["bus_service", "orm"],

    start(env, { bus_service: bus, orm }) {
        const tab = `${Date.now()}:${Math.random()}`;
        const state = reactive({ cards: [], shown: false });
        // Calls whose card the user has closed in this tab.
        const closed = new Set();

        function claim() {
            browser.localStorage.setItem(TAB, tab);
            if (!state.shown) {
                state.shown = true;
                recover();
            }
        }
        function look() {
            if (browser.document?.visibilityState !== "hidden") {
                claim();
            }
        }
        browser.addEventListener("focus", look);
        document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && claim());
        browser.addEventListener("pagehide", () => {
            if (browser.localStorage.getItem(TAB) === tab) {
                browser.localStorage.removeItem(TAB);
            }
        });
        browser.addEventListener("storage", ({ key, newValue }) => {
            if (key === TAB) {
                // The tab that showed the calls is gone: the first to notice shows them.
                if (!newValue && !browser.localStorage.getItem(TAB)) {
                    claim();
                } else {
                    state.shown = browser.localStorage.getItem(TAB) === tab;
                }
            }
        });
        function drop(id) {
            const index = state.cards.findIndex((card) => card.id === id);
            // What an agent is about to write down or to look up stays until it is saved or closed.
            if (index >= 0 && (state.cards[index].writing || state.cards[index].searching)) {
                state.cards[index].state = "done";
            } else if (index >= 0) {
                state.cards.splice(index, 1);
            }
        }

        function keep(card) {
            const known = state.cards.find((each) => each.id === card.id);
            if (known) {
                Object.assign(known, card);
            } else if (!closed.has(card.id)) {
                state.cards.unshift({ ...card, writing: false, searching: false, folded: false });
            }
        }

        async function fetch(id) {
            const [card] = await orm.silent.call("crm.call", "cards", [[id]]);
            if (card && ["ringing", "talking"].includes(card.state)) {
                keep(card);
            } else {
                drop(id);
            }
        }

        async function recover(known) {
            if (!session.crm_lifecycle_calls) {
                return;
            }
            const ids = known || (await orm.silent.call("crm.call", "open_calls", []));
            for (const card of [...state.cards]) {
                if (!ids.includes(card.id)) {
                    drop(card.id);
                }
            }
            for (const card of ids.length ? await orm.silent.call("crm.call", "cards", [ids]) : []) {
                keep(card);
            }
        }

        bus.subscribe("crm_lifecycle.call", ({ call_id: id, state: now }) => {
            if (["ringing", "talking"].includes(now)) {
                // The other tabs ask when they are looked at.
                if (state.shown) {
                    fetch(id);
                }
            } else {
                drop(id);
            }
        });
        // Absent for those who may not see calls.
        if (session.crm_lifecycle_calls) {
            state.shown = document.visibilityState === "visible" || !browser.localStorage.getItem(TAB);
            if (state.shown) {
                browser.localStorage.setItem(TAB, tab);
            }
            bus.addEventListener("BUS:RECONNECT", () => recover());
            bus.start();
            recover(session.crm_lifecycle_calls.open);
        }

        return {
            state,
            close(id) {
                closed.add(id);
                state.cards = state.cards.filter((card) => card.id !== id);
            },
            keep,
        };
    },
};

registry.category("services").add("crm_lifecycle.call", callService);
