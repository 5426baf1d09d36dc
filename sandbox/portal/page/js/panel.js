// The right-hand panel: five tabs over what the portal knows. On a phone the tab bar below leads to the same places.

import { startCrm } from "./crm.js";
import { append, h, icon, replace, roving } from "./dom.js";
import { t } from "./i18n.js";
import { startJournal } from "./journal.js";
import { startPipeline } from "./pipeline.js";
import { emit, on, remember, state, writeAddress } from "./store.js";
import { startTasks } from "./tasks.js";

export const TABS = ["tasks", "crm", "pipeline", "telegram", "log"];
const STARTERS = { tasks: startTasks, crm: startCrm, pipeline: startPipeline, log: startJournal };
const root = document.getElementById("panel");
const tabs = h("div.tabs", { role: "tablist" });
const bodies = {};
const parts = {};

/** `telegramBody` is the place the phone pane lives in while it is not standing beside the messenger. */
export function startPanel(telegramBody) {
  roving(tabs, "button[role=tab]");
  for (const tab of TABS) {
    bodies[tab] = tab === "telegram" ? telegramBody : h("div.tab-body", {});
    Object.entries({ role: "tabpanel", id: `panel-${tab}`, "aria-labelledby": `tab-${tab}` }).forEach(([k, v]) => bodies[tab].setAttribute(k, v));
    bodies[tab].hidden = true;
  }
  append(root, [h("div.panel-head", {}, tabs), h("div.panel-body", {}, TABS.map((tab) => bodies[tab]))]);
  on("language", draw);
  on("layout", draw);
  draw();
}

/** Shows a tab; each part starts at its first showing and pauses while hidden. */
export function showTab(tab) {
  if (!TABS.includes(tab)) return;
  const before = state.tab;
  state.tab = tab;
  remember("tab", tab);
  if (before && before !== tab) parts[before]?.hidden?.();
  for (const name of TABS) bodies[name].hidden = name !== tab;
  if (STARTERS[tab] && !parts[tab]) parts[tab] = STARTERS[tab](bodies[tab]);
  parts[tab]?.shown?.();
  draw();
  writeAddress();
  emit("tab");
}

function draw() {
  const wide = document.getElementById("app").classList.contains("panel-wide");
  const focused = tabs.contains(document.activeElement);
  replace(tabs, TABS.map((tab) => {
    const active = tab === state.tab;
    return h("button.tab", { type: "button", role: "tab", id: `tab-${tab}`, testid: `tab-${tab}`, ariaSelected: active, ariaControls: `panel-${tab}`,
      tabindex: active ? 0 : -1, class: active ? "active" : "", onClick: () => emit("show-tab", tab) }, icon(tab === "tasks" ? "task" : tab, 18), h("span", {}, t(tab)));
  }), h("button.icon-button.widen", { type: "button", ariaLabel: t(wide ? "narrow" : "widen"), title: t(wide ? "narrow" : "widen"), onClick: () => emit("widen") }, icon(wide ? "shrink" : "expand", 18)));
  if (focused) tabs.querySelector(".tab.active")?.focus();
}
