// Tab "Task": the list of tasks and one task's card.

import { portal, portalUrl } from "./api.js";
import { avatar } from "./avatar.js";
import { renderBB } from "./bbcode.js";
import { emptyCard, h, icon, replace, toast } from "./dom.js";
import { renderFile } from "./files.js";
import { dateTime, shortWhen } from "./format.js";
import { t } from "./i18n.js";
import { throttle } from "./live.js";
import { dialog, emit, me, on, state, user } from "./store.js";

const view = { visible: false, open: 0, onlyOpen: true, search: "", tasks: [], task: null };
let root = null;

export function startTasks(node) {
  root = node;
  const refresh = throttle(() => view.visible && load(), 400);
  for (const topic of ["task", "resync"]) on(topic, refresh);
  on("message", ({ chatId }) => view.task && chatId === view.task.chatId && refresh());
  on("language", draw);
  on("me", draw);
  return { shown: () => { view.visible = true; load(); }, hidden: () => { view.visible = false; } };
}

export function openTask(id) {
  view.open = Number(id);
  view.task = null;
  if (root && view.visible) load();
}

async function load() {
  try {
    if (view.open) view.task = (await portal.task(view.open)).task;
    else view.tasks = (await portal.tasks({ limit: 200 })).tasks;
  } catch (error) {
    if (error.status === 404) view.open = 0;
    else if (error.status) toast(error.message, "alert");
  }
  draw();
}

const isOpen = (task) => !["completed", "declined"].includes(task.status);

function draw() {
  if (!root) return;
  if (view.open && view.task) {
    replace(root, card(view.task));
    return;
  }
  const keep = root.contains(document.activeElement) && document.activeElement.classList.contains("search");
  const needle = view.search.toLowerCase();
  const rows = view.tasks.filter((task) => (!view.onlyOpen || isOpen(task)) && (!needle || `${task.title} ${task.id}`.toLowerCase().includes(needle)));
  replace(root, toolbar(), rows.length ? h("div.rows", {}, rows.map((task) => row(task)))
    : emptyCard("task", view.tasks.length ? t("nothingFound") : t("noTasks"), view.tasks.length ? "" : t("noTasksText")));
  if (keep) {
    const field = root.querySelector(".search");
    field.focus();
    field.setSelectionRange(view.search.length, view.search.length);
  }
}

function toolbar() {
  const option = (onlyOpen, key) =>
    h("button", { type: "button", ariaPressed: view.onlyOpen === onlyOpen, onClick: () => { view.onlyOpen = onlyOpen; draw(); } }, t(key));
  return h("div.toolbar", {},
    h("div.segmented", { role: "group" }, option(true, "taskOpen"), option(false, "taskAll")),
    h("div.search-box", {}, icon("search", 16), h("input.search", { type: "search", value: view.search, placeholder: t("searchTasks"), ariaLabel: t("searchTasks"), onInput: (event) => { view.search = event.target.value; draw(); } })));
}

const overdue = (task) => task.deadline && isOpen(task) && new Date(task.deadline) < new Date();

function statusPill(task) {
  return h("span.pill", { class: `status-${task.status}` }, t(`st_${task.status}`));
}

function row(task) {
  const person = user(task.responsibleId);
  return h("button.row.task-row", { type: "button", testid: `task-${task.id}`, onClick: () => openTask(task.id) },
    person ? avatar(person, 34) : null,
    h("span.row-text", {}, h("b", {}, task.title), h("span.row-meta", {}, statusPill(task), deadline(task))),
    h("time", {}, shortWhen(task.changedAt || task.createdAt)));
}

function deadline(task) {
  if (!task.deadline) return h("small", {}, t("noDeadline"));
  return h("small", { class: overdue(task) ? "overdue" : "" }, icon("clock", 13), dateTime(task.deadline), overdue(task) ? ` · ${t("overdue")}` : "");
}

function card(task) {
  return h("div.card", { testid: "task-card" },
    h("button.back-link", { type: "button", onClick: () => { view.open = 0; view.task = null; load(); } }, icon("back", 16), t("backToList")),
    h("header.card-head", {}, h("div.card-pills", {}, statusPill(task), task.priority > 1 ? h("span.pill.hot", {}, t("priorityHigh")) : null, h("span.pill.quiet-pill", {}, `№ ${task.id}`)), h("h2", {}, heading(task.title))),
    h("dl.facts", {},
      fact(t("deadline"), deadline(task)), fact(t("responsible"), personLine(task.responsibleId)), fact(t("creator"), personLine(task.creatorId)),
      fact(t("accomplices"), task.accomplices.map(personLine)), fact(t("auditors"), task.auditors.map(personLine)),
      fact(t("created"), dateTime(task.createdAt)), fact(t("tags"), task.tags.join(", ")), fact(t("xmlId"), task.xmlId ? h("code", {}, task.xmlId) : null),
      fact(t("crmLinks"), task.crm.map((item) => h("button.link-button", { type: "button", onClick: () => emit("open-crm", item) }, item.title)))),
    task.description ? section(t("description"), h("div.text.description", {}, renderBB(task.description, {}))) : null,
    task.files.length ? section(t("files"), h("div.files", {}, task.files.map((file) => renderFile({ ...file, url: portalUrl(file.url) })))) : null,
    chatButton(task));
}

// A number such as FB-2026-000123 stays in one piece, and no line begins with a dot.
const heading = (title) => title.replaceAll(" · ", "\u00a0· ").split(/([A-Z]+-\d{4}-\d+)/).map((part, at) => (at % 2 ? h("span.whole", {}, part) : part));
const section = (title, body) => h("section.card-section", {}, h("h3", {}, title), body);
const fact = (name, value) => (value === null || value === "" || (Array.isArray(value) && !value.length) ? null : h("div", {}, h("dt", {}, name), h("dd", {}, value)));

function personLine(id) {
  const person = user(id);
  return person ? h("span.person-line", {}, avatar(person, 22), person.name) : `#${id}`;
}

function chatButton(task) {
  if (!task.chatId) return null;
  const member = Boolean(dialog(`chat${task.chatId}`)) || task.chatMembers.includes(state.me);
  return h("footer.card-foot", {},
    h("button.soft-button", { type: "button", disabled: !member, onClick: () => emit("open-dialog", { dialogId: `chat${task.chatId}` }) }, icon("chat", 16), t("taskChatOpen")),
    h("small", {}, member ? t("chatCount", { n: task.chatMessages }) : t("notMember", { name: me()?.firstName || "" })));
}
