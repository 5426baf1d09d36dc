// The stand-in Telegram as a phone: who I am there, chats and topics, a conversation. Lives in the panel's tab
// or beside the messenger.

import { telegram, telegramUrl } from "./api.js";
import { avatar } from "./avatar.js";
import { createComposer } from "./composer.js";
import { append, emptyCard, h, icon, replace, roving, toast } from "./dom.js";
import { day, shortWhen } from "./format.js";
import { t } from "./i18n.js";
import { openStream, throttle } from "./live.js";
import { on, recall, remember, state, user } from "./store.js";
import { fullName, renderTelegram, telegramFile, telegramPreview } from "./tg_message.js";

const view = { users: [], chats: [], commands: [], me: 0, chatId: 0, threadId: 0, messages: new Map(), replyTo: 0, editing: 0, load: 0, atEnd: true };
const people = h("div.tg-people", { role: "radiogroup" });
const head = h("header.tg-head", {});
const side = h("div.tg-chats", {});
const log = h("div.tg-log", { role: "log", ariaLive: "polite", tabindex: 0 });
const answers = h("div.tg-answers", { hidden: true });
const device = h("div.device", {});
export const telegramPane = h("div.tab-body.tg-pane", {}, device);
let composer = null;

export function startTelegram(enabled) {
  if (!enabled) {
    const off = () => replace(device, emptyCard("telegram", t("tgOff"), t("tgOffText")));
    on("language", off);
    off();
    return;
  }
  composer = createComposer({ testids: { field: "tg-composer", send: "tg-send", attach: "tg-attach" }, onSend: send, commands: () => (view.chatId > 0 ? view.commands : []), dropZone: device });
  append(device, [people, h("div.tg-screen", {}, side, h("div.tg-talk", {}, head, log, answers, composer.node))]);
  roving(people, "button");
  const sizeNow = () => `${log.clientWidth}×${log.clientHeight}`;
  log.addEventListener("scroll", () => { if (view.size === sizeNow()) view.atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60; }, { passive: true });
  log.addEventListener("load", () => view.atEnd && toEnd(), true);
  new ResizeObserver(() => {
    view.size = sizeNow(); // the layout moved, not the reader
    if (view.atEnd) toEnd();
  }).observe(log);
  on("language", () => { composer.relabel(); draw(); drawLog(); });
  const refresh = throttle(async () => { await loadChats(); await loadMessages(); }, 200);
  const onEvent = (event) => {
    if (event.topic !== "callback_answer") refresh();
    else if (event.user_id === view.me && event.text) toast(event.text);
  };
  openStream(telegramUrl("_sandbox/stream"), { onEvent, onState: (open) => open && refresh() });
}

const rows = (answer, key) => (Array.isArray(answer) ? answer : answer[key] || []);

async function loadChats() {
  try {
    const [users, chats] = await Promise.all([telegram.users(), telegram.chats()]);
    view.users = rows(users, "users").filter((person) => !person.is_bot);
    view.chats = rows(chats, "chats");
    view.commands = commandsOf(chats);
  } catch {
    return;
  }
  if (!view.me) view.me = recall("tg-me", 0) || view.users[0]?.id || 0;
  if (!view.users.some((person) => person.id === view.me)) view.me = view.users[0]?.id || 0;
  if (!view.chatId) view.chatId = view.me;
  draw();
}

const commandsOf = (answer) => (answer.commands || []).map((row) => ({ command: `/${row.command}`, title: row.description }));

async function loadMessages() {
  if (!view.chatId) return;
  const call = (view.load += 1);
  try {
    const answer = await telegram.messages(view.chatId, { thread_id: isForum(chat()) ? view.threadId : undefined });
    if (call !== view.load) return;
    view.messages = new Map(rows(answer, "messages").map((message) => [message.message_id, message]));
  } catch {
    if (call === view.load) view.messages = new Map();
  }
  drawLog();
}

function become(id) {
  const wasPrivate = view.chatId > 0;
  view.me = id;
  remember("tg-me", id);
  if (wasPrivate || !myChats().some((chat) => chat.id === view.chatId)) openChat(id, 0);
  else draw();
}

export function openChat(chatId, threadId = 0) {
  Object.assign(view, { chatId, threadId, messages: new Map(), atEnd: true });
  clearNotes();
  device.classList.remove("listing");
  draw();
  drawLog();
  loadMessages();
}

const chat = () => view.chats.find((row) => row.id === view.chatId);
const topics = (row) => (row?.topics || []).filter((topic) => !topic.deleted);
const isForum = (row) => Boolean(row?.is_forum);
const OUT = new Set(["left", "kicked"]);
const isMember = (row, id) => !row.members || (row.members[id] && !OUT.has(row.members[id]));

function myChats() {
  const groups = view.chats.filter((row) => row.id < 0 && isMember(row, view.me));
  return [{ id: view.me, type: "private" }, ...groups];
}

const titleOf = (row) => (row.id > 0 ? user(state.page.botUserId)?.name || state.page.title : row.title);

function draw() {
  drawPeople();
  drawSide();
  drawHead();
}

function drawPeople() {
  const focused = people.contains(document.activeElement);
  replace(people, view.users.map((person) => {
    const mine = person.id === view.me;
    return h("button.tg-person", { type: "button", role: "radio", ariaChecked: mine, tabindex: mine ? 0 : -1, testid: `tg-person-${person.id}`, class: mine ? "active" : "", onClick: () => become(person.id) },
      avatar({ id: person.id, name: fullName(person) }, 26), h("span", {}, person.first_name));
  }));
  people.setAttribute("aria-label", t("tgIAm"));
  if (focused) people.querySelector(".active")?.focus();
}

function drawSide() {
  replace(side, myChats().map((row) => [chatRow(row), isForum(row) && row.id === view.chatId ? topicRows(row) : null]));
}

function chatRow(row) {
  const active = row.id === view.chatId;
  const last = (row.last_message || view.chats.find((c) => c.id === row.id)?.last_message) ?? null;
  return h("button.tg-chat", { type: "button", testid: `tg-chat-${row.id}`, class: active ? "active" : "", ariaCurrent: active ? "true" : undefined, onClick: () => openChat(row.id, 0) },
    row.id > 0 ? avatar({ id: 0, bot: true }, 34) : h("span.face.group", { style: { "--size": "34px" } }, icon(isForum(row) ? "topic" : "people", 17)),
    h("span.tg-chat-text", {}, h("b", {}, titleOf(row)), h("small", {}, last ? telegramPreview(last) : t(row.id > 0 ? "tgPrivate" : isForum(row) ? "tgForum" : "tgGroup"))),
    last ? h("time", {}, shortWhen(last.date * 1000)) : null);
}

function topicRows(row) {
  const list = topics(row);
  const line = (topic) => {
    const active = (topic.message_thread_id || 0) === view.threadId;
    return h("button.tg-topic", { type: "button", testid: `tg-topic-${topic.message_thread_id || 0}`, class: active ? "active" : "", onClick: () => openChat(row.id, topic.message_thread_id || 0) },
      h("i", { style: topic.icon_color ? { background: `#${topic.icon_color.toString(16).padStart(6, "0")}` } : {} }), h("span", {}, topic.name), topic.is_closed || topic.closed ? icon("lock", 12) : null);
  };
  return h("div.tg-topics", {}, line({ name: t("tgGeneral") }), list.map(line), list.length ? null : h("p.quiet", {}, t("tgNoTopics")));
}

function drawHead() {
  const row = chat() || { id: view.chatId };
  const topic = topics(row).find((entry) => entry.message_thread_id === view.threadId);
  const about = view.chatId > 0 ? t("tgPrivate") : isForum(row) ? `${row.title} · ${t("tgForum")}` : t("tgGroup");
  const title = topic?.name || (isForum(row) ? t("tgGeneral") : titleOf(row));
  replace(head,
    h("button.icon-button", { type: "button", ariaLabel: t("tgChats"), title: t("tgChats"), testid: "tg-chats", onClick: () => device.classList.toggle("listing") }, icon("menu", 18)),
    view.chatId > 0 ? avatar({ id: 0, bot: true }, 32) : h("span.face.group", { style: { "--size": "32px" } }, icon(isForum(row) ? "topic" : "people", 16)),
    h("div", {}, h("b", {}, title), h("small", {}, about)));
  composer.setPlaceholder(t("tgWrite"));
}

function drawLog() {
  const group = view.chatId < 0;
  const messages = [...view.messages.values()].sort((a, b) => a.message_id - b.message_id);
  const nodes = [];
  let before = null;
  for (const message of messages) {
    const newDay = !before || day(before.date * 1000) !== day(message.date * 1000);
    if (newDay) nodes.push(h("div.day", {}, h("span", {}, day(message.date * 1000))));
    const joined = !newDay && before?.from?.id === message.from?.id && message.date - before.date < 300;
    nodes.push(renderTelegram(message, { meId: view.me, joined, group, press, reply, edit, fileUrl: telegramFile }));
    before = message;
  }
  const top = log.scrollTop;
  replace(log, nodes.length ? nodes : empty());
  if (view.atEnd) toEnd();
  else log.scrollTop = top;
  drawAnswers(messages);
}

function empty() {
  const start = view.chatId > 0 ? h("button.tg-start", { type: "button", onClick: () => send("/start", []) }, t("tgStart")) : null;
  return h("div.empty", {}, icon("telegram", 30), h("p", {}, view.chatId > 0 ? t("tgEmpty") : t("emptyChat")), start);
}

// A reply keyboard of the bot (request a contact, short answers) stands under the log until the bot removes it.
function drawAnswers(messages) {
  const markup = [...messages].reverse().find((message) => message.reply_markup?.keyboard || message.reply_markup?.remove_keyboard)?.reply_markup;
  const keyboard = markup?.keyboard || [];
  answers.hidden = !keyboard.length;
  replace(answers, keyboard.map((line) => h("div.tg-row", {}, line.map((button) => {
    const text = typeof button === "string" ? button : button.text;
    return h("button.tg-key", { type: "button", testid: "tg-button", data: { text }, onClick: () => send(text, []) }, text);
  }))));
}

const toEnd = () => log.scrollTo({ top: log.scrollHeight });

async function press(message, button) {
  try {
    await telegram.press(view.me, { chat_id: view.chatId, message_id: message.message_id, data: button.callback_data, text: button.text });
  } catch (error) {
    toast(t("notSent", { why: error.message }), "alert");
  }
}

function clearNotes() {
  view.replyTo = 0;
  view.editing = 0;
  composer.setNote(null);
}

function reply(message) {
  view.replyTo = message.message_id;
  composer.setNote({ title: t("replyTo", { name: fullName(message.from) }), text: telegramPreview(message).slice(0, 100), onCancel: () => { view.replyTo = 0; } });
  composer.focus();
}

function edit(message) {
  view.editing = message.message_id;
  composer.setNote({ title: t("tgEditing"), text: message.text.slice(0, 100), onCancel: () => { view.editing = 0; } });
  composer.setText(message.text);
}

async function send(text, files) {
  const [replyTo, editing] = [view.replyTo, view.editing];
  const place = { chat_id: view.chatId, ...(view.threadId ? { message_thread_id: view.threadId } : {}) };
  clearNotes();
  view.atEnd = true;
  try {
    if (editing) await telegram.edit(view.me, { chat_id: view.chatId, message_id: editing, text });
    else if (!files.length) await telegram.write(view.me, { ...place, text, ...(replyTo ? { reply_to: replyTo } : {}) });
    for (const [i, file] of files.entries()) await telegram.upload(view.me, { ...place, caption: i === 0 ? text : "" }, file);
    return true;
  } catch (error) {
    toast(t("notSent", { why: error.message }), "alert");
    return false;
  }
}
