// ATTACH: the structured part of a message (attachments/index.md): MESSAGE, LINK, USER, GRID, IMAGE, FILE, DELIMITER.

import { avatar } from "./avatar.js";
import { link, renderBB, safeUrl } from "./bbcode.js";
import { h, icon } from "./dom.js";
import { bytes } from "./format.js";

const HEX = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i;
const list = (value) => (Array.isArray(value) ? value : value && typeof value === "object" ? [value] : []);

/** `attach` is one object with BLOCKS, a bare array of blocks, or an array of such objects. */
export function renderAttach(attach, ctx) {
  const entries = Array.isArray(attach) && attach.some((entry) => entry?.BLOCKS) ? attach : [attach];
  return entries.filter(Boolean).map((entry) => {
    const blocks = Array.isArray(entry) ? entry : entry.BLOCKS;
    const token = String(entry.COLOR_TOKEN || "base").toLowerCase();
    const style = HEX.test(entry.COLOR || "") ? { "--edge": entry.COLOR } : {};
    return h("div.attachment", { class: `token-${token}`, style }, list(blocks).map((block) => renderBlock(block, ctx)));
  });
}

function renderBlock(block, ctx) {
  if (typeof block === "string") return h("div.att-text", {}, renderBB(block, ctx));
  const [kind] = Object.keys(block || {});
  return BLOCKS[kind]?.(block[kind], ctx) ?? null;
}

const BLOCKS = {
  MESSAGE: (text, ctx) => h("div.att-text", {}, renderBB(text, ctx)),
  LINK: (value, ctx) => list(value).map((row) => titled(row, ctx)),
  RICH_LINK: (value, ctx) => list(value).map((row) => titled(row, ctx)),
  USER: (value, ctx) =>
    list(value).map((row) =>
      h("button.att-user", { type: "button", onClick: () => ctx.openDialog?.(String(row.USER_ID || row.BOT_ID || `chat${row.CHAT_ID}`)) },
        avatar({ id: row.USER_ID || row.NAME, name: row.NAME, bot: Boolean(row.BOT_ID) }, 28), row.NAME)),
  GRID: (value, ctx) => grid(list(value), ctx),
  IMAGE: (value) => list(value).map((row) => image(row)),
  FILE: (value) =>
    list(value).map((row) =>
      h("a.file-card", { href: safeUrl(row.LINK), target: "_blank", rel: "noopener" },
        icon("file", 22), h("span", {}, h("b", {}, row.NAME || row.LINK), row.SIZE ? h("small", {}, bytes(row.SIZE)) : null))),
  DELIMITER: (value) => h("hr.att-line", { style: HEX.test(value?.COLOR || "") ? { "border-color": value.COLOR } : {} }),
};

function titled(row, ctx) {
  const url = safeUrl(row.LINK);
  const title = row.NAME || row.LINK || "";
  return h("div.att-link", {}, url ? link(url, title) : h("b", {}, title), row.DESC ? h("p", {}, renderBB(row.DESC, ctx)) : null);
}

function image(row) {
  const url = safeUrl(row.PREVIEW || row.LINK);
  if (!url) return null;
  const own = new URL(url, document.baseURI).origin === location.origin;
  return own ? h("img.bb-image", { src: url, alt: row.NAME || "" }) : link(safeUrl(row.LINK), "🖼 ", row.NAME || row.LINK);
}

function grid(rows, ctx) {
  const display = String(rows[0]?.DISPLAY || "BLOCK").toLowerCase();
  return h("dl.att-grid", { class: `as-${display}` }, rows.map((row) => {
    const style = HEX.test(row.COLOR || "") ? { color: row.COLOR } : {};
    const value = renderBB(row.VALUE ?? "", ctx);
    const url = safeUrl(row.LINK);
    return h("div.att-cell", { style: row.WIDTH && display === "line" ? { "min-width": `${Number(row.WIDTH)}px` } : {} },
      row.NAME ? h("dt", {}, row.NAME) : null,
      row.VALUE !== undefined
        ? h("dd", { style, class: row.COLOR_TOKEN ? `ink-${String(row.COLOR_TOKEN).toLowerCase()}` : "" }, url ? link(url, value) : value)
        : null);
  }));
}
