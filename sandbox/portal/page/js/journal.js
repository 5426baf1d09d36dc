// Tab "Log": every REST call the service makes, and how much of the request budget is left.

import { portal } from "./api.js";
import { emptyCard, h, icon, replace, toast } from "./dom.js";
import { number, timeWithSeconds } from "./format.js";
import { t } from "./i18n.js";
import { throttle } from "./live.js";
import { on } from "./store.js";

const KEEP = 400;
const view = { visible: false, rows: [], budget: null, filter: "", onlyErrors: false, paused: false, timer: 0 };
let root = null;
let meter = null;
let table = null;

export function startJournal(node) {
  root = node;
  meter = h("div.meter-slot", {});
  table = h("div.log-rows", { role: "log", tabindex: 0 });
  const redraw = throttle(drawRows, 200);
  on("request", (entry) => {
    if (view.paused) return;
    view.rows = [entry, ...view.rows].slice(0, KEEP);
    if (view.visible) redraw();
  });
  on("resync", () => view.visible && load());
  on("language", draw);
  return {
    shown: () => { view.visible = true; draw(); load(); view.timer = setInterval(loadBudget, 1500); },
    hidden: () => { view.visible = false; clearInterval(view.timer); },
  };
}

async function load() {
  try {
    const answer = await portal.requests({ limit: KEEP });
    view.rows = [...answer.requests].reverse();
    view.budget = answer.budget;
  } catch (error) {
    if (error.status) toast(error.message, "alert");
  }
  drawMeter();
  drawRows();
}

async function loadBudget() {
  if (document.hidden) return;
  try {
    view.budget = (await portal.requests({ limit: 0 })).budget;
    drawMeter();
  } catch {
    /* the next tick tries again */
  }
}

function draw() {
  const filter = h("input.search", { type: "search", value: view.filter, placeholder: t("filterLog"), ariaLabel: t("filterLog"), onInput: (event) => { view.filter = event.target.value; drawRows(); } });
  const toggle = (key, on_) => h("button.soft-button.small", { type: "button", ariaPressed: view[key], onClick: () => { view[key] = !view[key]; draw(); } }, t(on_));
  replace(root, meter, h("div.toolbar", {}, h("div.search-box", {}, icon("search", 16), filter), toggle("onlyErrors", "onlyErrors"), toggle("paused", view.paused ? "resume" : "pause")), table);
  drawMeter();
  drawRows();
}

function drawMeter() {
  const budget = view.budget;
  if (!budget) return;
  const used = Math.min(1, budget.level / budget.capacity);
  const mood = used > 0.85 ? "alert" : used > 0.6 ? "warn" : "calm";
  const stats = recent();
  replace(meter,
    h("section.budget", { class: mood },
      h("header", {}, h("b", {}, t("budget")), h("small", {}, t("budgetText", { cap: budget.capacity, leak: budget.leakPerS }))),
      h("div.gauge", { role: "meter", ariaValuemin: 0, ariaValuemax: budget.capacity, ariaValuenow: Math.round(budget.level), ariaLabel: t("budget") },
        h("i", { style: { width: `${Math.round(used * 100)}%` } }), h("span", {}, `${number(Math.round(budget.level))} / ${number(budget.capacity)}`)),
      h("div.stats", {}, stat(stats.calls, t("calls")), stat(stats.avg, t("avgMs")), stat(stats.errors, t("errors"), stats.errors ? "alert" : "")),
      budget.operating.length ? h("details.operating", {}, h("summary", {}, t("operating")), budget.operating.map((row) => operatingRow(row, budget.operatingLimitS))) : null));
}

const stat = (value, name, kind = "") => h("span.stat", { class: kind }, h("b", {}, number(value)), h("small", {}, name));

function operatingRow(row, limit) {
  return h("div.op-row", {}, h("code", {}, row.method), h("span.bar", {}, h("i", { style: { width: `${Math.min(100, (row.seconds / limit) * 100)}%` } })), h("small", {}, `${row.seconds.toFixed(1)} / ${limit} s`));
}

function recent() {
  const since = Date.now() - 60_000;
  const rows = view.rows.filter((row) => new Date(row.at).getTime() > since);
  const ms = rows.reduce((sum, row) => sum + row.ms, 0);
  return { calls: rows.length, avg: rows.length ? Number((ms / rows.length).toFixed(1)) : 0, errors: rows.filter(failed).length };
}

const failed = (row) => row.status >= 400 || Boolean(row.error);

function drawRows() {
  const needle = view.filter.toLowerCase();
  const rows = view.rows.filter((row) => (!view.onlyErrors || failed(row)) && (!needle || row.method.toLowerCase().includes(needle))).slice(0, 150);
  replace(table, rows.length ? rows.map((row) => logRow(row)) : emptyCard("log", view.rows.length ? t("nothingFound") : t("noRequests"), view.rows.length ? "" : t("noRequestsText")));
}

function logRow(row) {
  const many = row.commands?.length;
  return h("div.log-row", { class: failed(row) ? "failed" : "" },
    h("time", {}, timeWithSeconds(row.at)),
    h("span.log-method", {}, h("code", { title: many ? row.commands.join("\n") : row.method }, row.method, many ? h("b", {}, ` ×${many}`) : null), row.error ? h("small", {}, row.error) : null),
    h("span.log-ms", {}, number(row.ms < 10 ? row.ms.toFixed(1) : Math.round(row.ms)), h("small", {}, ` ${t("ms")}`)),
    h("span.log-status", { class: `s${String(row.status)[0]}` }, row.status));
}
