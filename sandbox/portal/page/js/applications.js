// «Приложения»: the installed applications of a portal of the cloud, each in a slider; their tabs in CRM cards.

import { h, icon, replace } from "./dom.js";
import { t } from "./i18n.js";
import { state } from "./store.js";

const PLACES = { contacts: "CONTACT", companies: "COMPANY", deals: "DEAL" };

async function installed() {
  const base = state.page.applications;
  if (!base) return [];
  const answer = await fetch(`${base}applications?user=${state.me}`, { cache: "no-store" });
  return answer.ok ? (await answer.json()).applications : [];
}

/** A slider over the page; the frame's own page posts the application into it. */
function slide(title, url) {
  const close = h("button.icon-button", { type: "button", ariaLabel: t("close"), onClick: () => slider.close() }, icon("close"));
  const slider = h("dialog.slider", { testid: "slider" }, h("div.viewer-head", {}, h("b", {}, title), close), h("iframe", { src: url, title }));
  slider.addEventListener("close", () => slider.remove());
  document.body.append(slider);
  slider.showModal();
}

/** The list of applications; a portal by itself has none and no such place. */
export async function openApplications() {
  const found = await installed();
  const rows = found.map((one) => h("button.row", { type: "button", testid: `application-${one.client_id}`, disabled: !one.url, onClick: () => { list.close(); slide(one.title, one.url); } },
    icon("apps", 22), h("span.row-text", {}, h("b", {}, one.title), h("small", {}, t(one.installed ? "appInstalled" : "appUnfinished")))));
  const close = h("button.icon-button", { type: "button", ariaLabel: t("close"), onClick: () => list.close() }, icon("close"));
  const list = h("dialog.viewer.applications", {}, h("div.viewer-head", {}, h("b", {}, t("applications")), close), h("div.rows", {}, rows.length ? rows : h("p.quiet", {}, t("noApplications"))));
  list.addEventListener("close", () => list.remove());
  document.body.append(list);
  list.showModal();
}

/** Tabs that applications have bound to cards of this kind, or nothing; they come in when they are known. */
export function cardTabs(kind, id) {
  const place = h("section.card-section.app-tabs", { testid: "app-tabs" });
  installed().then((found) => {
    const wanted = `CRM_${PLACES[kind]}_DETAIL_TAB`;
    const tabs = found.flatMap((one) => one.tabs.filter((tab) => tab.placement === wanted));
    if (!tabs.length) return;
    const frame = h("div.app-frame");
    const buttons = tabs.map((tab) => h("button", { type: "button", onClick: () => replace(frame, h("iframe", { title: tab.title,
      src: `${tab.url}&options=${encodeURIComponent(JSON.stringify({ ID: String(id) }))}` })) }, tab.title));
    replace(place, h("div.segmented", { role: "group" }, buttons), frame);
  });
  return place;
}
