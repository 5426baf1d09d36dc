// What the page knows right now, and the little bus by which its parts hear of changes.

export const state = {
  page: null, // /_sandbox/page.json
  people: [], // [{id, name, firstName, lastName, workPosition, color, bot, role}]
  users: new Map(), // id → the same, bots included
  me: 0,
  dialogs: [],
  dialogId: "",
  tab: "tasks",
  view: "dialogs", // what a phone shows: dialogs | chat | tasks | crm | pipeline | telegram | log
  language: "ru",
  online: false,
};

const bus = new EventTarget();

export function on(topic, handler) {
  bus.addEventListener(topic, (event) => handler(event.detail));
}

export function emit(topic, detail) {
  bus.dispatchEvent(new CustomEvent(topic, { detail }));
}

export const user = (id) => state.users.get(Number(id));
export const me = () => user(state.me);
export const dialog = (id = state.dialogId) => state.dialogs.find((row) => row.dialogId === id);
export const botDialogId = () => (state.page?.botUserId ? String(state.page.botUserId) : "");

/** Person, dialog and tab live in the address, so that two tabs can be two people and a reload stays where it was. */
export function readAddress() {
  const [person, dialogId, tab, kind, id] = location.hash.replace(/^#\/?/, "").split("/");
  return { person: Number(person) || 0, dialogId: dialogId || "", tab: tab || "", item: { kind: id ? kind : "", id: Number(id) || 0 } };
}

export function writeAddress() {
  const hash = `#/${state.me}/${state.dialogId}/${state.tab}`;
  if (location.hash !== hash) history.replaceState(null, "", hash);
}

export function remember(key, value) {
  try {
    localStorage.setItem(`concierge.${key}`, JSON.stringify(value));
  } catch {
    /* private mode: the page simply forgets */
  }
}

export function recall(key, fallback) {
  try {
    const raw = localStorage.getItem(`concierge.${key}`);
    return raw === null ? fallback : JSON.parse(raw);
  } catch {
    return fallback;
  }
}
