// Tab "CRM": contacts, companies and deals with search and paging, and one item's card.

import { portal } from "./api.js";
import { cardTabs } from "./applications.js";
import { avatar } from "./avatar.js";
import { renderBB } from "./bbcode.js";
import { emptyCard, h, icon, replace, toast } from "./dom.js";
import { dateTime, fullDate, money, number, stay } from "./format.js";
import { t } from "./i18n.js";
import { throttle } from "./live.js";
import { on } from "./store.js";

const PAGE = 30;
const KINDS = ["contacts", "companies", "deals"];
const view = { visible: false, kind: "contacts", q: "", offset: 0, rows: [], total: 0, counts: {}, item: null, open: null, call: 0, trail: [] };
let root = null;
let listBox = null;

export function startCrm(node) {
  root = node;
  const refresh = throttle(() => view.visible && load(), 1500);
  for (const topic of ["crm", "resync"]) on(topic, refresh);
  on("language", drawAll);
  return { shown: () => { view.visible = true; drawAll(); load(); }, hidden: () => { view.visible = false; } };
}

/** Opens one item: {kind: "contacts" | "companies" | "deals", id}. */
export function openItem(target) {
  if (view.open) view.trail.push(view.open);
  view.open = { kind: target.kind, id: target.id };
  view.item = null;
  if (root && view.visible) load();
}

async function load() {
  const call = (view.call += 1);
  try {
    if (view.open) {
      const item = (await portal.crmItem(view.open.kind, view.open.id)).item;
      if (call === view.call) view.item = item;
    } else {
      const answer = await portal.crm(view.kind, { limit: PAGE, offset: view.offset, q: view.q });
      if (call !== view.call) return;
      Object.assign(view, { rows: answer.items, total: answer.total, counts: answer.counts });
    }
  } catch (error) {
    if (error.status === 404 && view.open) view.open = null;
    else if (error.status) toast(error.message, "alert");
    return;
  }
  if (view.open) drawAll();
  else drawList();
}

function drawAll() {
  if (!root) return;
  if (view.open && view.item) {
    replace(root, card(view.item));
    return;
  }
  listBox = h("div.list-box", {});
  const later = debounce(() => { view.offset = 0; load(); }, 220);
  replace(root,
    h("div.toolbar.stacked", {}, h("div.segmented.wide", { role: "group" }),
      h("div.search-box", {}, icon("search", 16), h("input.search", { type: "search", testid: "crm-search", value: view.q, placeholder: t("searchCrm"), ariaLabel: t("searchCrm"), onInput: (event) => { view.q = event.target.value.trim(); later(); } }))),
    listBox);
  drawList();
}

function debounce(work, ms) {
  let timer = 0;
  return () => { clearTimeout(timer); timer = setTimeout(work, ms); };
}

function drawList() {
  if (!listBox || !root.contains(listBox)) {
    if (root && !view.open) drawAll();
    return;
  }
  replace(root.querySelector(".segmented"), KINDS.map((kind) =>
    h("button", { type: "button", testid: `crm-${kind}`, ariaPressed: kind === view.kind, onClick: () => { Object.assign(view, { kind, offset: 0, rows: [] }); load(); } },
      t(kind), view.counts[kind] !== undefined ? h("small", {}, number(view.counts[kind])) : null)));
  if (!view.rows.length) {
    replace(listBox, emptyCard(view.kind === "companies" ? "company" : view.kind === "deals" ? "deal" : "crm", view.q ? t("nothingFound") : t("noItems"), view.q ? "" : t("noItemsText")));
    return;
  }
  replace(listBox, h("div.rows", {}, view.rows.map((row) => (view.kind === "deals" ? dealRow(row) : personRow(row)))), pager());
}

function pager() {
  const to = Math.min(view.offset + view.rows.length, view.total);
  const go = (offset) => { view.offset = Math.max(0, offset); load(); listBox.scrollIntoView({ block: "start" }); };
  return h("footer.pager", {},
    h("button.icon-button", { type: "button", ariaLabel: t("prev"), disabled: view.offset === 0, onClick: () => go(view.offset - PAGE) }, icon("left", 18)),
    h("span", {}, t("shown", { from: number(view.offset + 1), to: number(to), total: number(view.total) })),
    h("button.icon-button", { type: "button", ariaLabel: t("next"), disabled: to >= view.total, onClick: () => go(view.offset + PAGE) }, icon("right", 18)));
}

function personRow(row) {
  const face = view.kind === "companies" ? h("span.face.group", { style: { "--size": "34px" } }, icon("company", 18)) : avatar({ id: row.id, name: row.title }, 34);
  return h("button.row", { type: "button", testid: `crm-item-${row.id}`, onClick: () => openItem({ kind: view.kind, id: row.id }) }, face,
    h("span.row-text", {}, h("b", {}, row.title || t("untitled")), h("small", {}, [row.phone, row.email].filter(Boolean).join(" · ") || row.about || "")),
    row.originId ? h("code.tag", { title: t("pmsNumber") }, row.originId) : null);
}

export function stagePill(row) {
  return row.stageName ? h("span.pill.stage-pill", { style: { "--stage": row.stageColor } }, row.stageName) : null;
}

function dealRow(row) {
  return h("button.row", { type: "button", testid: `crm-item-${row.id}`, onClick: () => openItem({ kind: "deals", id: row.id }) },
    h("span.row-text", {}, h("b", {}, row.title || t("untitled")), h("span.row-meta", {}, stagePill(row), h("small", {}, stay(row.begin, row.end)))),
    h("span.row-side", {}, h("b", {}, money(row.amount, row.currency)), row.originId ? h("code.tag", {}, row.originId) : null));
}

function goBack() {
  view.open = view.trail.pop() || null;
  view.item = null;
  drawAll();
  load();
}

function card(item) {
  return h("div.card", { testid: "crm-card" },
    h("button.back-link", { type: "button", onClick: goBack }, icon("back", 16), t(view.trail.length ? "back" : "backToList")),
    h("header.card-head", {}, h("div.card-pills", {}, stagePill(item), h("span.pill.quiet-pill", {}, `${t(`one_${view.open.kind}`)} ${item.id}`), item.originId ? h("span.pill.quiet-pill", {}, item.originId) : null),
      h("h2", {}, item.title || t("untitled")), item.amount !== undefined && item.amount !== null ? h("p.sum", {}, money(item.amount, item.currency)) : null,
      item.begin ? h("p.quiet", {}, stay(item.begin, item.end)) : null),
    cardTabs(view.open.kind, item.id),
    item.links.length ? h("section.card-section", {}, h("div.rows.boxed", {}, item.links.map((row) => linkRow(row)))) : null,
    h("section.card-section", {}, h("h3", {}, t("allFields")), h("dl.facts", {}, item.fields.map((field) => h("div", {}, h("dt", { title: field.code }, field.name), h("dd", {}, fieldValue(field)))))),
    item.timeline.length ? h("section.card-section", {}, h("h3", {}, t("timeline")), h("ol.timeline", {}, item.timeline.map((entry) => h("li", {}, h("time", {}, dateTime(entry.at)), h("div.text", {}, renderBB(entry.text, {})))))) : null);
}

const GLYPHS = { contacts: "crm", companies: "company", deals: "deal" };

function linkRow(row) {
  return h("button.row", { type: "button", onClick: () => openItem(row) }, icon(GLYPHS[row.kind], 20),
    h("span.row-text", {}, h("b", {}, row.title || t("untitled")), row.kind === "deals" ? h("span.row-meta", {}, stagePill(row), h("small", {}, stay(row.begin, row.end))) : h("small", {}, row.about || "")), icon("right", 16));
}

function fieldValue(field) {
  if (field.kind === "time") return dateTime(field.value);
  if (field.kind === "list") return h("span.values", {}, field.value.map((value) => h("span", {}, value)));
  return /^\d{4}-\d\d-\d\d$/.test(field.value) ? fullDate(field.value) : String(field.value);
}
