// Tab "Pipeline": the hotel's deals by stage, with counts and sums.

import { portal } from "./api.js";
import { emptyCard, h, icon, replace, toast } from "./dom.js";
import { money, number, stay } from "./format.js";
import { t } from "./i18n.js";
import { throttle } from "./live.js";
import { emit, on } from "./store.js";

const view = { visible: false, category: null, data: null };
let root = null;

export function startPipeline(node) {
  root = node;
  const refresh = throttle(() => view.visible && load(), 1500);
  for (const topic of ["crm", "resync"]) on(topic, refresh);
  on("language", draw);
  return { shown: () => { view.visible = true; load(); }, hidden: () => { view.visible = false; } };
}

async function load() {
  try {
    view.data = await portal.pipelines({ category: view.category });
  } catch (error) {
    if (error.status) toast(error.message, "alert");
    return;
  }
  draw();
}

function draw() {
  if (!view.data) return;
  const pipeline = view.data.pipeline;
  const left = root.querySelector(".kanban")?.scrollLeft || 0;
  replace(root, chooser(), pipeline?.stages.length ? board(pipeline) : emptyCard("pipeline", t("noPipeline"), t("noPipelineText")));
  const kanban = root.querySelector(".kanban");
  if (kanban) kanban.scrollLeft = left;
}

function chooser() {
  const { categories, pipeline } = view.data;
  const select = h("select", { ariaLabel: t("pipeline"), onChange: (event) => { view.category = event.target.value; load(); } },
    categories.map((row) => h("option", { value: row.id, selected: row.id === pipeline?.id }, row.name)));
  return h("div.toolbar", {}, select, pipeline ? h("span.total", {}, t("pipelineTotal"), h("b", {}, number(pipeline.count)), sums(pipeline.sums)) : null);
}

const sums = (byCurrency) => h("span.sums", {}, Object.entries(byCurrency).map(([currency, amount]) => money(amount, currency)).join(" · "));

function board(pipeline) {
  const most = Math.max(1, ...pipeline.stages.map((stage) => stage.count));
  return h("div.kanban", { tabindex: 0, role: "group", ariaLabel: pipeline.name }, pipeline.stages.map((stage) => column(stage, most)));
}

function column(stage, most) {
  const hidden = stage.count - stage.deals.length;
  return h("section.column", { style: { "--stage": stage.color }, testid: `stage-${stage.id}` },
    h("header", {}, h("b", {}, stage.name), h("span", {}, t("dealCount", { n: stage.count }).replace(String(stage.count), number(stage.count))), sums(stage.sums),
      h("div.share", { ariaHidden: true }, h("i", { style: { width: `${Math.round((stage.count / most) * 100)}%` } }))),
    h("div.column-cards", {}, stage.deals.map((deal) => dealCard(deal)), hidden > 0 ? h("p.quiet", {}, t("more", { n: number(hidden) })) : null));
}

function dealCard(deal) {
  return h("button.deal-card", { type: "button", onClick: () => emit("open-crm", { kind: "deals", id: deal.id }) },
    h("b", {}, (deal.title || t("untitled")).replace("№ ", "№\u00a0")),
    h("span.deal-when", {}, icon("clock", 13), stay(deal.begin, deal.end)),
    h("span.deal-foot", {}, h("span", {}, money(deal.amount, deal.currency)), deal.originId ? h("code.tag", {}, deal.originId) : null));
}
