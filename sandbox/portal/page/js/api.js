// Every call of the page goes through here. Addresses are relative: the portal may be mounted anywhere.

import { state } from "./store.js";

const root = new URL(".", document.baseURI);

export class ApiError extends Error {
  constructor(status, description) {
    super(description);
    this.status = status;
  }
}

async function call(base, path, options = {}) {
  let response;
  try {
    response = await fetch(new URL(path, base), { cache: "no-store", ...options });
  } catch {
    throw new ApiError(0, "offline");
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, body.error_description || body.description || body.error || response.statusText);
  return body;
}

const json = (body) => ({
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
});

function query(params) {
  const text = new URLSearchParams(
    Object.entries(params).filter(([, value]) => value !== undefined && value !== null && value !== ""),
  ).toString();
  return text ? `?${text}` : "";
}

export const portalUrl = (path) => new URL(path, root).href;
const get = (path, params = {}) => call(root, `_sandbox/${path}${query(params)}`);
const post = (path, body) => call(root, `_sandbox/${path}`, json(body));
const as = () => `as/${state.me}`;

export const portal = {
  page: () => get("page.json"),
  dialogs: () => get(`${as()}/dialogs`),
  messages: (dialogId, params) => get(`${as()}/dialogs/${dialogId}/messages`, params),
  read: (dialogId) => post(`${as()}/dialogs/${dialogId}/read`, {}),
  write: (dialogId, text, replyId) => post(`${as()}/messages`, { dialogId, text, ...(replyId ? { replyId } : {}) }),
  press: (messageId, buttonIndex) => post(`${as()}/press`, { messageId, buttonIndex }),
  upload(dialogId, file, text = "") {
    const form = new FormData();
    form.append("dialogId", dialogId);
    form.append("text", text);
    form.append("file", file, file.name);
    return call(root, `_sandbox/${as()}/files`, { method: "POST", body: form });
  },
  commands: () => get("commands"),
  tasks: (params) => get("tasks", params),
  task: (id) => get(`tasks/${id}`),
  crm: (kind, params) => get(`crm/${kind}`, params),
  crmItem: (kind, id) => get(`crm/${kind}/${id}`),
  pipelines: (params) => get("crm/pipelines", params),
  requests: (params) => get("requests", params),
  counts: () => get("counts"),
};

let telegramRoot = null;
export function setTelegramBase(base) {
  telegramRoot = base ? new URL(`${base.replace(/\/$/, "")}/`, root) : null;
}
export const telegramUrl = (path) => (telegramRoot ? new URL(path, telegramRoot).href : "");
const tget = (path, params = {}) => call(telegramRoot, `_sandbox/${path}${query(params)}`);
const tpost = (path, body) => call(telegramRoot, `_sandbox/${path}`, json(body));

export const telegram = {
  users: () => tget("users"),
  chats: () => tget("chats"),
  messages: (chatId, params) => tget(`chats/${chatId}/messages`, params),
  write: (userId, body) => tpost(`as/${userId}/messages`, body),
  press: (userId, body) => tpost(`as/${userId}/press`, body),
  edit: (userId, body) => tpost(`as/${userId}/edit`, body),
  upload(userId, fields, file) {
    const form = new FormData();
    for (const [key, value] of Object.entries(fields)) if (value !== undefined && value !== "") form.append(key, value);
    form.append("file", file, file.name);
    return call(telegramRoot, `_sandbox/as/${userId}/files`, { method: "POST", body: form });
  },
};
