// Wires the page: reads its configuration, starts the parts, keeps the live stream, decides what stands where.

import { portal, portalUrl, setTelegramBase } from "./api.js";
import { openApplications } from "./applications.js";
import { bell } from "./avatar.js";
import { focusComposer, openDialog, putText, startChat } from "./chat.js";
import { openItem } from "./crm.js";
import { load as loadDialogs, startDialogs } from "./dialogs.js";
import { h, icon, replace, toast } from "./dom.js";
import { setTimeZone } from "./format.js";
import { hintsShown, toggleHints } from "./hints.js";
import { setLanguage, startLanguage, t } from "./i18n.js";
import { followHere } from "./links.js";
import { openStream } from "./live.js";
import { showTab, startPanel, TABS } from "./panel.js";
import { become, startPeople } from "./people.js";
import { botDialogId, emit, on, readAddress, recall, remember, state, writeAddress } from "./store.js";
import { openTask } from "./tasks.js";
import { startTelegram, telegramPane } from "./tg.js";

const app = document.getElementById("app");
const phone = document.getElementById("phone");
const WIDE = matchMedia("(min-width: 1240px)");
const SMALL = matchMedia("(max-width: 760px)");
const FRONT_DESK = 5;
const ORDER = [5, 6, 2, 3, 4, 1];

async function start() {
  applyTheme(recall("theme", "") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
  await readPage();
  setTelegramBase(state.page.telegramBase);
  setLanguage(startLanguage(state.page.language));
  const address = readAddress();
  state.me = [address.person, recall("me", 0), FRONT_DESK].find((id) => state.people.some((row) => row.id === id)) || state.people[0]?.id || 0;
  wire();
  startPeople();
  startDialogs();
  startChat();
  startTelegram(Boolean(state.page.telegramBase));
  startPanel(telegramPane);
  drawTools();
  layout();
  const tab = [address.tab, recall("tab", "")].find((name) => TABS.includes(name)) || "tasks";
  showTab(tab);
  go(SMALL.matches ? "chat" : state.view);
  await loadDialogs();
  await openDialog(address.dialogId || botDialogId());
  if (address.item.kind === "task") emit("open-task", address.item.id);
  else if (address.item.kind) emit("open-crm", address.item);
  openStream(portalUrl("_sandbox/stream"), { onEvent: hear, onState: connection });
}

async function readPage() {
  state.page = await portal.page();
  setTimeZone(state.page.timeZone);
  state.people = state.page.people.filter((person) => !person.bot).sort((a, b) => place(a) - place(b));
  state.users = new Map(state.page.people.map((person) => [person.id, person]));
  document.title = state.page.title;
  replace(document.getElementById("brand"), bell(26), h("span", {}, h("b", {}, state.page.title), h("small", {}, t("brandTail"))));
}

// The desk first: that is who a newcomer is.
const place = (person) => (ORDER.includes(person.id) ? ORDER.indexOf(person.id) : 100 + person.id);

function wire() {
  on("open-dialog", async ({ dialogId }) => {
    go("chat");
    await openDialog(dialogId);
    if (!SMALL.matches) focusComposer();
  });
  on("me", async () => {
    drawTools();
    await loadDialogs();
    await openDialog(botDialogId());
  });
  on("dialog", writeAddress);
  on("me", writeAddress);
  on("view", go);
  on("show-tab", (tab) => { showTab(tab); go(tab); });
  on("open-task", (id) => { emit("show-tab", "tasks"); openTask(id); });
  followHere(emit);
  on("open-crm", (item) => { emit("show-tab", "crm"); openItem(item); });
  on("widen", () => { app.classList.toggle("panel-wide"); emit("layout"); });
  on("try", tryOut);
  on("dialogs", drawUnread);
  on("language", () => { drawTools(); drawTabbar(); readPage(); });
  on("bot", async () => {
    await readPage();
    await loadDialogs();
    if (!state.dialogId) await openDialog(botDialogId());
  });
  on("user", readPage);
  WIDE.addEventListener("change", layout);
  SMALL.addEventListener("change", () => go(state.view));
}

function hear({ topic, ...payload }) {
  emit(topic, payload);
}

function connection(open, again) {
  state.online = open;
  if (open && again) emit("resync");
  drawTools();
}

/** A line of the hint card: become that person, go there, put the words into the field. */
async function tryOut(hint) {
  if (hint.person && hint.person !== state.me) {
    become(hint.person);
    await loadDialogs();
  }
  if (hint.tab) {
    emit("show-tab", hint.tab);
    return;
  }
  const thread = hint.thread && state.dialogs.find((row) => row.kind === "thread");
  go("chat");
  await openDialog(thread ? thread.dialogId : botDialogId());
  if (hint.put) putText(t(hint.put));
  else focusComposer();
}

// ── what stands where ────────────────────────────────────────────────────────────────────────────────────────

function go(view) {
  state.view = view;
  app.dataset.view = view;
  if (TABS.includes(view) && SMALL.matches && state.tab !== view) showTab(view);
  drawTabbar();
}

function layout() {
  const beside = Boolean(state.page.telegramBase) && WIDE.matches && recall("beside", innerWidth >= 1600);
  app.classList.toggle("beside", beside);
  phone.hidden = !beside;
  const home = beside ? phone : document.querySelector(".panel-body");
  if (telegramPane.parentElement !== home) home.append(telegramPane);
  telegramPane.hidden = !beside && state.tab !== "telegram";
  if (beside && state.tab === "telegram") showTab("tasks");
  if (beside) telegramPane.hidden = false;
  drawTools();
}

function besideToggled() {
  remember("beside", !app.classList.contains("beside"));
  layout();
}

on("tab", () => {
  if (!app.classList.contains("beside")) return;
  telegramPane.hidden = false;
  if (state.tab === "telegram") {
    remember("beside", false);
    layout();
  }
});

function drawTools() {
  const dark = document.documentElement.dataset.theme === "dark";
  const tool = (glyph, label, onClick, extra = {}) => h("button.icon-button", { type: "button", ariaLabel: label, title: label, onClick, ...extra }, icon(glyph));
  replace(document.getElementById("tools"),
    h("span.live", { class: state.online ? "on" : "off", role: "status", title: t(state.online ? "online" : "offline") }, h("i"), h("span", {}, state.online ? "" : t("offline"))),
    tool("bulb", t(hintsShown() ? "hideHints" : "showHints"), () => toggleHints(), { ariaPressed: hintsShown(), testid: "toggle-hints" }),
    state.page.applications ? tool("apps", t("applications"), () => openApplications(), { testid: "applications" }) : null,
    state.page.telegramBase ? tool("split", t("sideBySide"), besideToggled, { ariaPressed: app.classList.contains("beside"), class: "only-wide", testid: "toggle-beside" }) : null,
    tool(dark ? "sun" : "moon", t("theme"), () => { applyTheme(dark ? "light" : "dark"); remember("theme", dark ? "light" : "dark"); drawTools(); }),
    h("button.language", { type: "button", title: t("language"), ariaLabel: t("language"), testid: "language", onClick: () => setLanguage(state.language === "ru" ? "en" : "ru") }, t("languageShort")));
}

on("hints", () => drawTools());

function applyTheme(theme) {
  document.documentElement.dataset.theme = theme;
}

function drawUnread() {
  const unread = state.dialogs.reduce((sum, row) => sum + (row.unread || 0), 0);
  document.title = unread ? `(${unread}) ${state.page.title}` : state.page.title;
  drawTabbar();
}

function drawTabbar() {
  const unread = state.dialogs.reduce((sum, row) => sum + (row.unread || 0), 0);
  const entries = [["dialogs", "chat", t("chats")], ["tasks", "task", t("tasksShort")], ["crm", "crm", t("crm")], ["pipeline", "pipeline", t("pipeline")], ["telegram", "telegram", t("telegram")], ["log", "log", t("log")]];
  replace(document.getElementById("tabbar"), entries.map(([view, glyph, label]) => {
    const active = state.view === view || (view === "dialogs" && state.view === "chat");
    return h("button", { type: "button", class: active ? "active" : "", ariaCurrent: active ? "page" : undefined, testid: `bar-${view}`,
      onClick: () => (view === "dialogs" ? go("dialogs") : emit("show-tab", view)) },
      icon(glyph, 22), h("span", {}, label), view === "dialogs" && unread ? h("i.badge", {}, unread) : null);
  }));
}

start().catch((error) => {
  toast(`${error.message}`, "alert");
  throw error;
});

