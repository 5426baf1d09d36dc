// The conversation in the middle: loads a dialog, keeps it live, edits in place, stays at the end while one reads there.

import { portal } from "./api.js";
import { avatar } from "./avatar.js";
import { plain } from "./bbcode.js";
import { createComposer } from "./composer.js";
import { faceOf, kindText } from "./dialogs.js";
import { append, emptyCard, h, icon, replace, toast } from "./dom.js";
import { day } from "./format.js";
import { t } from "./i18n.js";
import { renderMessage } from "./message.js";
import { botDialogId, dialog, emit, on, state, user } from "./store.js";

const PAGE = 60;
const JOIN_MS = 5 * 60_000;
const root = document.getElementById("chat");
const head = h("header.chat-head", {});
const list = h("div.messages", { role: "log", ariaLive: "polite", tabindex: 0 });
const typing = h("div.typing", { hidden: true });
const toEnd = h("button.to-end", { type: "button", hidden: true, onClick: () => scrollToEnd(true) }, icon("down"));
const view = { messages: new Map(), hasEarlier: false, replyId: 0, atEnd: true, load: 0, commands: [], typing: new Map(), drafts: new Map() };
let composer = null;

export function startChat() {
  composer = createComposer({
    id: "composer", testids: { field: "composer", send: "send", attach: "attach" }, onSend: send,
    commands: () => (dialog()?.kind === "private" && !user(state.dialogId)?.bot ? [] : view.commands), dropZone: root,
  });
  append(root, [head, h("div.stage", {}, list, toEnd), typing, composer.node]);
  list.addEventListener("scroll", onScroll, { passive: true });
  // A picture that loads late must not push the last words out of sight.
  list.addEventListener("load", () => view.atEnd && scrollToEnd(), true);
  new ResizeObserver(() => {
    view.size = sizeNow();
    if (view.atEnd) scrollToEnd();
  }).observe(list);
  on("language", () => { composer.relabel(); loadCommands(); draw(); });
  on("dialogs", () => { drawHead(); drawField(); if (!view.messages.size) drawList(); });
  on("message", onMessage);
  on("typing", onTyping);
  on("resync", () => { loadCommands(); reload(); });
  on("bot", loadCommands);
  loadCommands();
}

export async function openDialog(dialogId) {
  if (state.dialogId !== dialogId || !view.messages.size) {
    view.messages.clear();
    view.typing.clear();
    view.replyId = 0;
    composer.setNote(null);
  }
  state.dialogId = dialogId;
  emit("dialog");
  draw();
  await reload();
}

export const putText = (text) => composer.setText(text);
export const sendText = (text) => send(text, []);
export const focusComposer = () => composer.focus();

async function reload() {
  if (!state.dialogId) return;
  const call = (view.load += 1);
  const [person, dialogId] = [state.me, state.dialogId];
  try {
    const answer = await portal.messages(dialogId, { limit: PAGE });
    if (call !== view.load || person !== state.me || dialogId !== state.dialogId) return;
    view.messages = new Map(answer.messages.map((message) => [message.id, message]));
    view.hasEarlier = answer.hasEarlier;
  } catch (error) {
    if (error.status && error.status !== 404) toast(error.message, "alert");
    return;
  }
  view.atEnd = true;
  draw();
  markRead();
}

async function loadEarlier() {
  const first = Math.min(...view.messages.keys());
  const height = list.scrollHeight;
  const answer = await portal.messages(state.dialogId, { before: first, limit: PAGE });
  view.hasEarlier = answer.hasEarlier;
  view.messages = new Map([...answer.messages.map((message) => [message.id, message]), ...view.messages]);
  drawList();
  list.scrollTop = list.scrollHeight - height;
}

async function loadCommands() {
  try {
    const answer = await portal.commands();
    view.commands = answer.commands.map((row) => ({ command: row.command, title: inLanguage(row.title), params: inLanguage(row.params) }));
  } catch {
    view.commands = [];
  }
}

const inLanguage = (texts) => (texts && typeof texts === "object" ? texts[state.language] || texts.en || Object.values(texts)[0] || "" : texts || "");

function onMessage({ chatId, action, message }) {
  if (chatId !== dialog()?.chatId || !message) return;
  const known = view.messages.get(message.id);
  if (!known && action !== "add") return;
  if (message.gone) {
    view.messages.delete(message.id);
    drawList();
    return;
  }
  if (known && action !== "delete" && same(known, message)) return;
  view.messages.set(message.id, action === "delete" ? { ...message, deleted: true } : message);
  if (!known) {
    view.typing.delete(message.authorId);
    drawTyping();
  }
  if (message.authorId === state.me) view.atEnd = true;
  drawList();
  if (known) list.querySelector(`[data-id="${message.id}"]`)?.classList.add("changed");
  if (action === "add" && message.authorId !== state.me) markRead();
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function markRead() {
  const row = dialog();
  if (document.hidden || (row && !row.unread && row.lastMessage?.id === lastId())) return;
  if (row) row.unread = 0;
  emit("dialogs");
  portal.read(state.dialogId).catch(() => {});
}

const lastId = () => Math.max(0, ...view.messages.keys());

function onTyping({ chatId, userId, duration, code }) {
  if (chatId !== dialog()?.chatId || userId === state.me) return;
  clearTimeout(view.typing.get(userId)?.timer);
  const timer = setTimeout(() => { view.typing.delete(userId); drawTyping(); }, Math.min(duration || 25, 60) * 1000);
  view.typing.set(userId, { timer, text: code ? t(code.replace("IMBOT_AGENT_ACTION_", "act_")) : "" });
  drawTyping();
}

function drawTyping() {
  const rows = [...view.typing.entries()];
  typing.hidden = !rows.length;
  replace(typing, h("span.dots", { ariaHidden: true }, h("i"), h("i"), h("i")),
    rows.map(([id, row]) => `${user(id)?.name || ""} ${row.text || t("typing")}`).join(", "));
}

function draw() {
  drawHead();
  drawList();
  drawTyping();
  drawField();
}

function drawField() {
  const row = dialog();
  const locked = row?.textFieldEnabled === false;
  composer.setLocked(!state.dialogId || locked);
  composer.setPlaceholder(locked ? t("writeLocked") : row ? placeholder(row) : t("write"));
}

const placeholder = (row) => ({ private: t("writeTo", { name: row.title }), thread: t("writeThread"), task: t("writeTask") })[row.kind] ?? t("write");

function drawHead() {
  const row = dialog();
  const person = row ? null : user(state.dialogId);
  const title = row?.title || person?.name || t("chooseDialog");
  const about = row ? [kindText(row), row.kind === "private" ? "" : t("members", { n: row.members.length })].filter(Boolean).join(" · ") : "";
  replace(head,
    h("button.icon-button.only-phone", { type: "button", ariaLabel: t("back"), onClick: () => emit("view", "dialogs") }, icon("back")),
    row ? faceOf(row, 40) : person ? avatar(person, 40) : null,
    h("div.chat-title", {}, h("h1", {}, title), h("small", {}, about)),
    row && row.kind !== "private" ? h("div.faces", {}, row.members.slice(0, 5).map((id) => user(id)).filter(Boolean).map((p) => h("span", { title: p.name }, avatar(p, 28)))) : null,
    row?.taskId ? h("button.soft-button", { type: "button", onClick: () => emit("open-task", row.taskId) }, icon("task", 16), t("tasks")) : null);
}

function context(joined) {
  const row = dialog();
  return {
    joined, group: row && row.kind !== "private",
    find: (id) => view.messages.get(Number(id)), jump, reply, press,
    put: putText, send: sendText, copy, call: (n) => toast(t("callNumber", { n })),
    openDialog: (id, messageId) => emit("open-dialog", { dialogId: String(id), messageId }),
  };
}

function drawList() {
  const messages = [...view.messages.values()].sort((a, b) => a.id - b.id);
  const nodes = view.hasEarlier ? [h("button.earlier", { type: "button", onClick: loadEarlier }, t("earlier"))] : [];
  let before = null;
  for (const message of messages) {
    const newDay = !before || day(before.date) !== day(message.date);
    if (newDay) nodes.push(h("div.day", {}, h("span", {}, day(message.date))));
    const joined = !newDay && before.authorId === message.authorId && !before.isSystem && new Date(message.date) - new Date(before.date) < JOIN_MS;
    nodes.push(renderMessage(message, context(joined)));
    before = message;
  }
  const top = list.scrollTop;
  const focused = focusMark();
  replace(list, nodes.length ? nodes : empty());
  if (focused) restoreFocus(focused);
  if (view.atEnd) scrollToEnd();
  else list.scrollTop = top;
}

// Redrawing must not throw a keyboard user out of the buttons he stands in.
function focusMark() {
  const node = document.activeElement;
  const message = list.contains(node) ? node.closest("[data-id]") : null;
  return message ? { id: message.dataset.id, at: [...message.querySelectorAll("button,a")].indexOf(node) } : null;
}

function restoreFocus({ id, at }) {
  const message = list.querySelector(`[data-id="${id}"]`);
  message?.querySelectorAll("button,a")[at]?.focus({ preventScroll: true });
}

function empty() {
  if (!state.dialogId) return emptyCard("chat", state.page?.botUserId ? t("chooseDialog") : t("noBot"), state.page?.botUserId ? "" : t("noBotText"));
  if (state.dialogId === botDialogId()) return emptyCard("chat", t("emptyBot"), t("emptyBotText"));
  return emptyCard("chat", t("emptyChat"), "");
}

const sizeNow = () => `${list.clientWidth}×${list.clientHeight}`;

function onScroll() {
  if (view.size !== sizeNow()) return; // the layout moved, not the reader
  view.atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  toEnd.hidden = view.atEnd;
  toEnd.setAttribute("aria-label", t("toEnd"));
}

function scrollToEnd(smooth = false) {
  list.scrollTo({ top: list.scrollHeight, behavior: smooth ? "smooth" : "instant" });
  toEnd.hidden = true;
}

function jump(id) {
  const node = list.querySelector(`[data-id="${id}"]`);
  node?.scrollIntoView({ block: "center", behavior: "smooth" });
  node?.classList.add("changed");
}

function reply(message) {
  view.replyId = message.id;
  composer.setNote({ title: t("replyTo", { name: user(message.authorId)?.name || "" }), text: plain(message.text).slice(0, 120), onCancel: () => { view.replyId = 0; } });
  composer.focus();
}

async function copy(text) {
  await navigator.clipboard?.writeText(text).catch(() => {});
  toast(t("copied"));
}

async function press(message, button, index) {
  try {
    await portal.press(message.id, index);
  } catch (error) {
    toast(t("notSent", { why: why(error) }), "alert");
  }
}

const why = (error) => (error.status ? error.message : t("offlineShort"));

async function send(text, files) {
  const [dialogId, replyId] = [state.dialogId, view.replyId];
  composer.setNote(null);
  view.atEnd = true;
  try {
    if (!files.length) await portal.write(dialogId, text, replyId);
    for (const [i, file] of files.entries()) await portal.upload(dialogId, file, i === 0 ? text : "");
    return true;
  } catch (error) {
    toast(t("notSent", { why: why(error) }), "alert");
    return false;
  }
}
