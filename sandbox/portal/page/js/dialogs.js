// The left column: this person's dialogs, the bot first, then by what happened last.

import { portal } from "./api.js";
import { avatar } from "./avatar.js";
import { plain } from "./bbcode.js";
import { h, icon, replace, toast } from "./dom.js";
import { shortWhen } from "./format.js";
import { renderHints } from "./hints.js";
import { t } from "./i18n.js";
import { throttle } from "./live.js";
import { botDialogId, emit, on, state, user } from "./store.js";

const root = document.getElementById("dialogs");
const search = h("input.search", { type: "search", onInput: drawRows });
const rows = h("div.dialog-rows", {});
const hints = h("div.hints-slot", {});
let wanted = 0;

export function startDialogs() {
  replace(root, h("div.search-box", {}, icon("search", 18), search), rows, hints);
  on("language", draw);
  on("me", () => { state.dialogs = []; draw(); load(); });
  on("dialog", drawRows);
  on("dialogs", drawRows);
  on("hints", draw);
  const later = throttle(load, 250);
  for (const topic of ["message", "chat", "read", "bot", "resync"]) on(topic, later);
  draw();
}

export async function load() {
  const call = (wanted += 1);
  try {
    const answer = await portal.dialogs();
    if (call !== wanted) return;
    state.dialogs = sorted(answer.dialogs);
  } catch (error) {
    if (error.status) toast(error.message, "alert");
    return;
  }
  emit("dialogs");
}

function sorted(list) {
  const bot = botDialogId();
  const key = (row) => (row.dialogId === bot ? Infinity : new Date(row.lastMessage?.date || row.date || 0).getTime());
  return [...list].sort((a, b) => key(b) - key(a));
}

function draw() {
  search.placeholder = t("searchDialogs");
  search.setAttribute("aria-label", t("searchDialogs"));
  replace(hints, renderHints());
  drawRows();
}

function drawRows() {
  const needle = search.value.trim().toLowerCase();
  const shown = state.dialogs.filter((row) => !needle || row.title.toLowerCase().includes(needle));
  replace(rows, shown.length ? shown.map((row) => renderRow(row)) : h("p.quiet", {}, needle ? t("nothingFound") : t("noDialogs")));
}

function dialogPerson(row) {
  if (row.kind === "private") return user(row.dialogId) || { id: row.dialogId, name: row.title };
  return { id: row.chatId, name: row.title, group: true };
}

export const kindText = (row) =>
  ({ private: user(row.dialogId)?.bot ? t("bot") : user(row.dialogId)?.workPosition || "", task: t("taskChat"), thread: t("supportThread") })[row.kind] ?? t("groupChat");

function renderRow(row) {
  const open = row.dialogId === state.dialogId;
  return h("button.dialog-row", {
    type: "button", testid: `dialog-${row.dialogId}`, ariaCurrent: open ? "true" : undefined, class: open ? "active" : "",
    onClick: () => emit("open-dialog", { dialogId: row.dialogId }),
  }, faceOf(row),
    h("span.dialog-text", {},
      h("span.dialog-line", {}, h("b", {}, row.title), h("time", {}, shortWhen(row.lastMessage?.date))),
      h("span.dialog-line", {}, h("small", {}, preview(row)), row.unread ? h("i.badge", { ariaLabel: `${t("newMessages")}: ${row.unread}` }, row.unread) : null)));
}

/** The face of a dialog: a person, or what kind of chat it is. */
export function faceOf(row, size = 42) {
  if (row.kind === "private") return avatar(dialogPerson(row), size);
  return h("span.face.group", { class: row.kind, style: { "--size": `${size}px` }, ariaHidden: true }, icon(row.kind === "task" ? "task" : row.kind === "thread" ? "topic" : "people", 20));
}

function preview(row) {
  const last = row.lastMessage;
  if (!last) return kindText(row);
  const text = plain(last.text) || (last.files?.length ? `📎 ${last.files.map((file) => file.name).join(", ")}` : "…");
  if (last.authorId === state.me) return `${t("you")}: ${text}`;
  const name = row.kind === "private" || !last.authorId ? "" : `${user(last.authorId)?.firstName || user(last.authorId)?.name || ""}: `;
  return name.length > 2 ? name + text : text;
}
