// Bitrix24's BB codes as DOM nodes (message-formatting.md). Whatever is not a known, well-formed code stays text.

import { h, icon } from "./dom.js";
import { dateTime, fullDate, shortDate, time, timeWithSeconds } from "./format.js";

const TOKEN = /\[(\/?)([a-z]{1,9})((?:=|\s)[^\]\n]*)?\]/gi;
const MAX_DEPTH = 24;
const RAW = new Set(["code", "img"]);
const SINGLE = new Set(["br", "timestamp", "disk", "icon"]);
const IMG_SIZES = new Set(["small", "medium", "large"]);

/**
 * Renders `text`. `ctx` says what a press does: put(text), send(text), openDialog(id), call(number),
 * fileUrl(diskId) → {name, url} | null.
 */
export function renderBB(text, ctx = {}) {
  const fragment = document.createDocumentFragment();
  for (const block of blocksOf(String(text ?? ""))) {
    if (block.kind === "quote") fragment.append(h("blockquote.quoted", {}, inline(block.text, ctx)));
    else fragment.append(...inline(block.text, ctx));
  }
  return fragment;
}

/** The text without codes, for one-line previews. */
export function plain(text) {
  return String(text ?? "")
    .replace(/\[img[^\]]*\][^[]*\[\/img\]/gi, "🖼")
    .replace(/\[br\]/gi, " ")
    .replace(/\[\/?(?:b|i|u|s|size|color|url|user|chat|context|put|send|code|call|timestamp|disk|icon)(?:[=\s][^\]]*)?\]/gi, "")
    .replace(/^>>/gm, "")
    .replace(/\s+/g, " ")
    .trim();
}

function blocksOf(text) {
  const blocks = [];
  let inCode = false;
  let inDashes = false;
  for (const line of text.replace(/\r\n?/g, "\n").split("\n")) {
    if (!inCode && /^-{6,}$/.test(line.trim())) {
      inDashes = !inDashes;
      if (inDashes) blocks.push({ kind: "quote", lines: [], dashes: true });
      continue;
    }
    const quoted = !inCode && (inDashes || line.startsWith(">>"));
    // The empty line that ends a quote is no line of the text after it.
    if (!quoted && !line && !inCode && blocks.at(-1)?.kind === "quote") continue;
    push(blocks, quoted ? "quote" : "text", quoted && !inDashes ? line.slice(2) : line);
    const marks = line.match(/\[\/?code\]/gi) || [];
    if (marks.length) inCode = !marks.at(-1).startsWith("[/");
  }
  return blocks.map(({ kind, lines }) => ({ kind, text: lines.join("\n") }));
}

function push(blocks, kind, line) {
  const last = blocks.at(-1);
  if (last && last.kind === kind) last.lines.push(line);
  else blocks.push({ kind, lines: [line] });
}

function inline(text, ctx) {
  const root = { tag: "", arg: "", source: "", nodes: [] };
  const stack = [root];
  let at = 0;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const [source, slash, name, argument = ""] = match;
    const tag = name.toLowerCase();
    const top = stack.at(-1);
    const arg = argument.startsWith("=") ? argument.slice(1).trim() : argument.trim();
    if (!(tag in RENDER) && !RAW.has(tag) && !SINGLE.has(tag)) continue;
    addText(top.nodes, text.slice(at, match.index));
    at = match.index + source.length;
    if (slash) {
      if (!close(stack, tag, ctx)) addText(top.nodes, source);
    } else if (SINGLE.has(tag)) {
      top.nodes.push(single(tag, arg, source, ctx));
    } else if (RAW.has(tag)) {
      const end = text.toLowerCase().indexOf(`[/${tag}]`, at);
      if (end < 0) addText(top.nodes, source);
      else {
        top.nodes.push(raw(tag, arg, text.slice(at, end)));
        at = TOKEN.lastIndex = end + tag.length + 3;
      }
    } else if (stack.length > MAX_DEPTH) addText(top.nodes, source);
    else stack.push({ tag, arg, source, nodes: [] });
  }
  addText(stack.at(-1).nodes, text.slice(at));
  while (stack.length > 1) unwind(stack);
  return root.nodes;
}

/** Closes the nearest open code of this name; what stood open inside it turns back into text. */
function close(stack, tag, ctx) {
  let depth = stack.length - 1;
  while (depth > 0 && stack[depth].tag !== tag) depth -= 1;
  if (depth === 0) return false;
  while (stack.length - 1 > depth) unwind(stack);
  const frame = stack.pop();
  stack.at(-1).nodes.push(RENDER[tag](frame.nodes, frame.arg, ctx, frame.source));
  return true;
}

function unwind(stack) {
  const frame = stack.pop();
  const nodes = stack.at(-1).nodes;
  addText(nodes, frame.source);
  nodes.push(...frame.nodes);
}

const LINK = /https?:\/\/[^\s<>"'\]]+[^\s<>"'\].,;:!?)]/g;

function addText(nodes, text) {
  if (!text) return;
  let at = 0;
  for (const match of text.matchAll(LINK)) {
    if (match.index > at) nodes.push(document.createTextNode(text.slice(at, match.index)));
    nodes.push(link(match[0], match[0]));
    at = match.index + match[0].length;
  }
  if (at < text.length) nodes.push(document.createTextNode(text.slice(at)));
}

/** Only http(s), mailto, tel and paths of this portal become links. */
export function safeUrl(url) {
  const text = String(url ?? "").trim();
  if (/^(https?:\/\/|mailto:|tel:)/i.test(text)) return text;
  return /^\/(?!\/)/.test(text) ? text : "";
}

export const link = (url, ...children) =>
  h("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, children);

const textOf = (nodes) => nodes.map((node) => node.textContent).join("");
const action = (nodes, title, run) => h("button.inline-action", { type: "button", title, onClick: run }, nodes);
const literal = (nodes, source, tag) => h("span", {}, source, nodes, `[/${tag}]`);
const simple = (element) => (nodes) => h(element, {}, nodes);

const RENDER = {
  b: simple("b"),
  i: simple("i"),
  u: simple("u"),
  s: simple("s"),
  size: (nodes, arg) => {
    const px = Number.parseInt(arg, 10);
    return h("span", px ? { style: { "font-size": `${Math.min(30, Math.max(8, px))}px` } } : {}, nodes);
  },
  color: (nodes, arg) => h("span", /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(arg) ? { style: { color: arg } } : {}, nodes),
  url: (nodes, arg, ctx, source) => {
    const url = safeUrl(arg || textOf(nodes));
    return url ? link(url, nodes.map((node) => (node.nodeName === "A" ? node.textContent : node))) : literal(nodes, source, "url");
  },
  user: (nodes, arg, ctx) =>
    /^\d+$/.test(arg)
      ? h("button.mention", { type: "button", onClick: () => ctx.openDialog?.(arg) }, nodes)
      : h("span.mention", {}, nodes),
  chat: (nodes, arg, ctx) =>
    h("button.mention", { type: "button", onClick: () => ctx.openDialog?.(arg.startsWith("chat") ? arg : `chat${arg}`) }, nodes),
  context: (nodes, arg, ctx) => action(nodes, "", () => ctx.openDialog?.(arg.split("/")[0], arg.split("/")[1])),
  put: (nodes, arg, ctx) => action(nodes, arg || textOf(nodes), () => ctx.put?.(arg || textOf(nodes))),
  send: (nodes, arg, ctx) => action(nodes, arg || textOf(nodes), () => ctx.send?.(arg || textOf(nodes))),
  call: (nodes, arg, ctx) => action([icon("chat", 14), ...nodes], arg || textOf(nodes), () => ctx.call?.(arg || textOf(nodes))),
};

function raw(tag, arg, body) {
  if (tag === "code") return h("code.block", {}, body.replace(/^\n|\n$/g, ""));
  return picture(body.trim(), (arg.match(/size=(\w+)/i) || [])[1]);
}

/** A picture of our own host is shown; one from elsewhere is a link: this page calls no foreign hosts. */
function picture(url, size) {
  const safe = safeUrl(url);
  if (!safe) return document.createTextNode(url);
  const own = new URL(safe, document.baseURI).origin === location.origin;
  const kind = IMG_SIZES.has(size) ? size : "medium";
  return own ? h("img.bb-image", { src: safe, class: kind, alt: "", loading: "lazy" }) : link(safe, "🖼 ", safe);
}

function single(tag, arg, source, ctx) {
  if (tag === "br") return document.createElement("br");
  if (tag === "timestamp") return timestamp(arg) || document.createTextNode(source);
  if (tag === "icon") {
    const title = (arg.match(/title=(.+)$/) || [])[1] || "";
    return document.createTextNode(title ? `◆ ${title}` : "◆");
  }
  const file = ctx.fileUrl?.(arg);
  return file ? h("a.file-link", { href: file.url, download: file.name }, icon("file", 14), file.name) : document.createTextNode(source);
}

function timestamp(arg) {
  const seconds = Number.parseInt(arg, 10);
  if (!Number.isFinite(seconds)) return null;
  const format = (arg.match(/format=(\w+)/) || [])[1] || "";
  const date = new Date(seconds * 1000);
  return h("time", { datetime: date.toISOString() }, formatted(date, format));
}

function formatted(date, format) {
  if (/^SHORT_TIME/.test(format)) return time(date);
  if (/^LONG_TIME/.test(format)) return timeWithSeconds(date);
  if (/^SHORT_DATE_FORMAT$/.test(format)) return shortDate(date);
  if (/DATE_FORMAT$/.test(format) && !/TIME/.test(format)) return fullDate(date);
  return dateTime(date);
}
