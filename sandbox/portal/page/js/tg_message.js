// One Telegram message (Bot API shape) as a node: entities, media, inline buttons.

import { telegramUrl } from "./api.js";
import { link, safeUrl } from "./bbcode.js";
import { h, icon } from "./dom.js";
import { renderFile } from "./files.js";
import { personColor, time } from "./format.js";
import { t } from "./i18n.js";

/** ctx: {meId, joined, group, press(message, button), reply(message), edit(message), fileUrl(fileId, name)} */
export function renderTelegram(message, ctx) {
  const service = serviceText(message);
  if (service) return h("div.tg-service", { data: { id: message.message_id } }, h("span", {}, service));
  const own = message.from?.id === ctx.meId;
  const name = fullName(message.from);
  const text = message.text ?? message.caption ?? "";
  const entities = message.entities ?? message.caption_entities ?? [];
  return h("article.tg-message", { class: [own ? "own" : "other", ctx.joined ? "joined" : ""].join(" "), testid: `tg-message-${message.message_id}`, data: { id: message.message_id } },
    h("div.tg-body", {},
      h("div.tg-bubble", {},
        ctx.group && !own && !ctx.joined ? h("div.author", { style: { color: `var(--name, ${personColor(name)})` } }, name) : null,
        quoted(message),
        media(message, ctx),
        text ? h("div.text", {}, renderEntities(text, entities)) : null,
        h("div.meta", {}, message.edit_date ? h("span", {}, t("edited")) : null, h("time", {}, time((message.date || 0) * 1000)))),
      inlineKeyboard(message, ctx)),
    h("span.tg-tools", {},
      h("button", { type: "button", ariaLabel: t("reply"), title: t("reply"), onClick: () => ctx.reply(message) }, icon("reply", 14)),
      own && message.text ? h("button", { type: "button", ariaLabel: t("tgEdit"), title: t("tgEdit"), onClick: () => ctx.edit(message) }, "✎") : null));
}

export const fullName = (person) => [person?.first_name, person?.last_name].filter(Boolean).join(" ") || person?.title || "";

/** One line about a message, for lists and quotes. */
export function telegramPreview(message) {
  if (!message) return "";
  return message.text || message.caption || serviceText(message) || mediaName(message) || "…";
}

function mediaName(message) {
  if (message.photo) return t("photo");
  if (message.document) return message.document.file_name || t("document");
  for (const kind of ["video", "voice", "sticker"]) if (message[kind]) return t(kind);
  if (message.contact) return t("contactCard");
  return message.location ? t("location") : "";
}

function serviceText(message) {
  if (message.forum_topic_created) return `# ${message.forum_topic_created.name}`;
  if (message.forum_topic_edited) return `# ${message.forum_topic_edited.name || ""}`;
  if (message.forum_topic_closed) return "🔒";
  if (message.forum_topic_reopened) return "🔓";
  if (message.new_chat_members) return `+ ${message.new_chat_members.map(fullName).join(", ")}`;
  if (message.left_chat_member) return `− ${fullName(message.left_chat_member)}`;
  return message.pinned_message ? `📌 ${telegramPreview(message.pinned_message)}` : "";
}

function quoted(message) {
  const origin = message.reply_to_message;
  if (!origin || origin.forum_topic_created) return null;
  return h("div.reply-quote", {}, h("b", {}, fullName(origin.from)), h("span", {}, message.quote?.text || telegramPreview(origin)));
}

function media(message, ctx) {
  const photo = message.photo?.at(-1);
  if (photo) return h("div.files", {}, renderFile({ name: t("photo"), type: "image", size: photo.file_size, url: ctx.fileUrl(photo.file_id) }));
  for (const kind of ["document", "video", "voice", "audio", "animation"]) {
    const file = message[kind];
    if (file) return h("div.files", {}, renderFile({ name: file.file_name || t(kind), type: /^image\//.test(file.mime_type || "") ? "image" : "file", size: file.file_size, url: ctx.fileUrl(file.file_id) }));
  }
  if (message.sticker) return h("div.tg-sticker", {}, message.sticker.emoji || t("sticker"));
  if (message.contact) return h("div.tg-contact", {}, h("b", {}, fullName(message.contact)), message.contact.phone_number);
  return message.location ? h("div.tg-contact", {}, `${message.location.latitude}, ${message.location.longitude}`) : null;
}

const WRAP = {
  bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre", blockquote: "blockquote", expandable_blockquote: "blockquote",
};

/** Entities are offsets in UTF-16 units, as JavaScript counts; nested ones are drawn outermost first. */
export function renderEntities(text, entities) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return span(text, 0, text.length, sorted);
}

function span(text, from, to, entities) {
  const nodes = [];
  let at = from;
  for (let i = 0; i < entities.length; i += 1) {
    const entity = entities[i];
    const end = Math.min(entity.offset + entity.length, to);
    if (entity.offset < at || entity.offset >= to) continue;
    if (entity.offset > at) nodes.push(document.createTextNode(text.slice(at, entity.offset)));
    const inner = entities.slice(i + 1).filter((next) => next.offset >= entity.offset && next.offset + next.length <= end);
    nodes.push(wrap(entity, text.slice(entity.offset, end), span(text, entity.offset, end, inner)));
    at = end;
  }
  if (at < to) nodes.push(document.createTextNode(text.slice(at, to)));
  return nodes;
}

function wrap(entity, text, nodes) {
  if (entity.type === "text_link" && safeUrl(entity.url)) return link(safeUrl(entity.url), nodes);
  if (entity.type === "url") return link(/^https?:/i.test(text) ? text : `https://${text}`, nodes);
  if (entity.type === "spoiler") return h("span.spoiler", { tabindex: 0 }, nodes);
  if (entity.type in WRAP) return h(WRAP[entity.type], {}, nodes);
  return h("span", { class: ["mention", "text_mention", "hashtag", "bot_command"].includes(entity.type) ? "tg-mark" : "" }, nodes);
}

function inlineKeyboard(message, ctx) {
  const rows = message.reply_markup?.inline_keyboard;
  if (!rows?.length) return null;
  return h("div.tg-keyboard", { role: "group" }, rows.map((row) => h("div.tg-row", {}, row.map((button) => inlineButton(message, button, ctx)))));
}

function inlineButton(message, button, ctx) {
  if (button.url && safeUrl(button.url))
    return h("a.tg-key", { href: safeUrl(button.url), target: "_blank", rel: "noopener noreferrer", testid: "tg-button", data: { text: button.text } }, button.text, icon("right", 12));
  const node = h("button.tg-key", { type: "button", testid: "tg-button", data: { text: button.text } }, button.text);
  node.addEventListener("click", async () => {
    node.classList.add("busy");
    node.disabled = true;
    try {
      await ctx.press(message, button);
    } finally {
      node.classList.remove("busy");
      node.disabled = false;
    }
  });
  return node;
}

export const telegramFile = (fileId) => telegramUrl(`_sandbox/files/${encodeURIComponent(fileId)}`);
