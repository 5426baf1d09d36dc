// Links into this portal open here, in the panel: a task, a CRM card, a dialog. Everything else is a page of its own.

import { portalUrl } from "./api.js";

const KINDS = { contact: "contacts", company: "companies", deal: "deals" };
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
const PLACES = [
  [/^(?:company\/personal\/user|workgroups\/group)\/\d+\/tasks\/task\/view\/(\d+)\/?$/, (id) => ["open-task", Number(id)]],
  [/^crm\/(deal|contact|company)\/details\/(\d+)\/?$/, (kind, id) => ["open-crm", { kind: KINDS[kind], id: Number(id) }]],
  [/^online\/?\?IM_DIALOG=(\w+)$/, (dialogId) => ["open-dialog", { dialogId }]],
];

/** [topic, detail] for the bus, or null when the address is no place of this page. */
export function placeOf(address) {
  const root = new URL(portalUrl("."));
  const url = new URL(address, root);
  const names = [root.hostname, url.hostname];
  const sameHost = names[0] === names[1] || names.every((name) => LOOPBACK.has(name));
  if (!sameHost || url.port !== root.port || !url.pathname.startsWith(root.pathname)) return null;
  const path = url.pathname.slice(root.pathname.length) + url.search;
  for (const [shape, place] of PLACES) {
    const found = path.match(shape);
    if (found) return place(...found.slice(1));
  }
  return null;
}

/** Follows such links here; a press with Ctrl, Shift or the middle button still opens a page. */
export function followHere(emit) {
  document.addEventListener("click", (event) => {
    const anchor = event.target.closest?.("a[href]");
    if (!anchor || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const place = placeOf(anchor.href);
    if (!place) return;
    event.preventDefault();
    emit(...place);
  });
}
