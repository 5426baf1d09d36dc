// Who am I: the row of people at the top. A press and the whole page belongs to somebody else.

import { avatar } from "./avatar.js";
import { h, replace, roving } from "./dom.js";
import { t } from "./i18n.js";
import { emit, on, remember, state } from "./store.js";

const root = document.getElementById("people");

export function startPeople() {
  roving(root, "button");
  on("language", draw);
  on("me", draw);
  on("message", countUnread);
  draw();
}

// Others' badges are only a hint that something waits there; the dialogs of the person I am count exactly.
function countUnread({ action, message, members }) {
  if (action !== "add") return;
  const waiting = state.people.filter((person) => person.id !== state.me && person.id !== message.authorId && members.includes(person.id));
  for (const person of waiting) person.unread = (person.unread || 0) + 1;
  if (waiting.length) draw();
}

export function become(id) {
  if (state.me === id) return;
  state.me = id;
  const person = state.people.find((row) => row.id === id);
  if (person) person.unread = 0;
  state.dialogId = "";
  remember("me", id);
  emit("me");
}

const roleOf = (person) => (t(`role_${person.id}`) === `role_${person.id}` ? person.workPosition : t(`role_${person.id}`));

function draw() {
  const focused = root.contains(document.activeElement) ? document.activeElement.dataset.testid : "";
  replace(root, state.people.map((person) => chip(person)));
  if (focused) root.querySelector(`[data-testid="${focused}"]`)?.focus();
}

function chip(person) {
  const mine = person.id === state.me;
  return h("button.person", {
    type: "button", role: "radio", ariaChecked: mine, tabindex: mine ? 0 : -1, testid: `person-${person.id}`,
    class: mine ? "active" : "", title: `${person.name}, ${person.workPosition}`, onClick: () => become(person.id),
  }, avatar(person, 34), h("span.person-text", {}, h("b", {}, person.firstName || person.name), h("small", {}, roleOf(person))),
    person.unread && !mine ? h("i.badge.dot", { ariaLabel: String(person.unread) }) : null);
}
