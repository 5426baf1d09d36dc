// One message of the portal's messenger as a node.

import { renderAttach } from "./attachment.js";
import { avatar } from "./avatar.js";
import { plain, renderBB } from "./bbcode.js";
import { portalUrl } from "./api.js";
import { h, icon } from "./dom.js";
import { renderFile } from "./files.js";
import { personColor, time } from "./format.js";
import { t } from "./i18n.js";
import { renderKeyboard } from "./keyboard.js";
import { state, user } from "./store.js";

/**
 * ctx: {group: show names, joined: same author as above, find(id) → message, reply(message), jump(id), press(message, button, index), …}
 * and everything BB codes and keyboards ask for.
 */
export function renderMessage(message, ctx) {
  if (message.isSystem || !message.authorId) return systemMessage(message, ctx);
  const author = user(message.authorId) || { id: message.authorId, name: `#${message.authorId}` };
  const own = message.authorId === state.me;
  const classes = ["message", own ? "own" : "other", author.bot ? "from-bot" : "", ctx.joined ? "joined" : ""];
  return h("article", { class: classes.join(" "), testid: `message-${message.id}`, data: { id: message.id } },
    own ? null : h("span.message-face", {}, ctx.joined ? null : avatar(author, 34)),
    h("div.message-body", {}, bubble(message, author, own, ctx), keyboard(message, ctx), reactions(message)),
    message.deleted ? null
      : h("button.message-tool", { type: "button", ariaLabel: t("reply"), title: t("reply"), onClick: () => ctx.reply(message) }, icon("reply", 16)));
}

function bubble(message, author, own, ctx) {
  const files = (message.files || []).map((file) => renderFile({ ...file, url: portalUrl(file.url) }));
  const text = message.text ? h("div.text", {}, renderBB(message.text, { ...ctx, fileUrl: (id) => diskFile(message, id) })) : null;
  const attach = message.attach ? renderAttach(message.attach, ctx) : null;
  return h("div.bubble", { class: !text && files.length ? "files-only" : "" },
    ctx.group && !own && !ctx.joined ? h("div.author", { style: { color: `var(--name, ${personColor(author.name)})` } }, author.name) : null,
    message.forward ? h("div.forwarded", {}, t("forwarded")) : null,
    replied(message, ctx),
    message.deleted ? h("div.text.deleted", {}, t("deleted")) : text,
    attach,
    files.length ? h("div.files", { class: files.length > 1 ? "many" : "" }, files) : null,
    h("div.meta", {}, message.edited ? h("span", {}, t("edited")) : null, h("time", { datetime: message.date }, time(message.date))));
}

function diskFile(message, id) {
  const file = (message.files || []).find((row) => String(row.id) === String(id));
  return file ? { name: file.name, url: portalUrl(file.url) } : null;
}

function replied(message, ctx) {
  if (!message.replyId) return null;
  const origin = ctx.find(message.replyId);
  const name = origin ? (user(origin.authorId)?.name ?? t("system")) : `#${message.replyId}`;
  return h("button.reply-quote", { type: "button", onClick: () => ctx.jump(message.replyId) },
    h("b", {}, name), h("span", {}, origin ? plain(origin.text) || fileNames(origin) : "…"));
}

const fileNames = (message) => (message.files || []).map((file) => file.name).join(", ");

function keyboard(message, ctx) {
  if (message.deleted || !message.keyboard) return null;
  return renderKeyboard(message.keyboard, { ...ctx, press: (button, index) => ctx.press(message, button, index) });
}

const FACES = { like: "👍", dislike: "👎", whiteHeavyCheckMark: "✅", crossMark: "❌", eyes: "👀", redHeart: "❤️", fire: "🔥", hourglass: "⏳" };

function reactions(message) {
  const rows = Object.entries(message.reactions || {}).filter(([, ids]) => ids.length);
  return rows.length
    ? h("div.reactions", {}, rows.map(([name, ids]) => h("span.reaction", { title: ids.map((id) => user(id)?.name).join(", ") }, FACES[name] || "•", ids.length > 1 ? ids.length : null)))
    : null;
}

function systemMessage(message, ctx) {
  return h("article.message.system", { testid: `message-${message.id}`, data: { id: message.id } },
    h("div.system-text", {}, renderBB(message.text, ctx)),
    message.attach ? renderAttach(message.attach, ctx) : null,
    keyboard(message, ctx));
}
