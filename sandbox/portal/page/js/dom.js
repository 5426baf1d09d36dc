// Elements are made here and nowhere else: text goes in as text nodes, so nothing a guest or a bot writes is markup.

import { ICONS } from "./icons.js";

/** h("button.primary", {type: "button", onClick: fn, ariaLabel: "…", testid: "send"}, ...children) */
export function h(tag, props, ...children) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name || "div");
  if (classes.length) node.classList.add(...classes);
  for (const [key, value] of Object.entries(props || {})) setProp(node, key, value);
  append(node, children);
  return node;
}

function setProp(node, key, value) {
  if (value === undefined || value === null || value === false) return;
  if (key === "class") node.classList.add(...String(value).split(" ").filter(Boolean));
  else if (key === "testid") node.dataset.testid = value;
  else if (key === "data") Object.assign(node.dataset, value);
  else if (key === "style") for (const [name, v] of Object.entries(value)) node.style.setProperty(name, v);
  else if (key.startsWith("on")) node.addEventListener(key.slice(2).toLowerCase(), value);
  else if (key.startsWith("aria")) node.setAttribute(`aria-${key.slice(4).toLowerCase()}`, String(value));
  else if (key === "value") node.value = value;
  else node.setAttribute(key, value === true ? "" : String(value));
}

export function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

export function replace(node, ...children) {
  node.replaceChildren();
  return append(node, children);
}

const SVG = "http://www.w3.org/2000/svg";

/** A line icon of our own set, hidden from readers: the button beside it carries the label. */
export function icon(name, size = 20) {
  const svg = document.createElementNS(SVG, "svg");
  const attrs = {
    viewBox: "0 0 24 24", width: size, height: size, fill: "none", stroke: "currentColor",
    "stroke-width": 1.8, "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true",
  };
  for (const [key, value] of Object.entries(attrs)) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name] || "");
  svg.append(path);
  svg.classList.add("icon");
  return svg;
}

/** Moves focus among the given siblings with the arrow keys (tab lists, radio groups, menus). */
export function roving(container, selector) {
  container.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const items = [...container.querySelectorAll(selector)];
    const at = items.indexOf(document.activeElement);
    if (at < 0) return;
    event.preventDefault();
    items[(at + step + items.length) % items.length].focus();
  });
}

const toasts = () => document.getElementById("toasts");

export function toast(text, kind = "info") {
  const node = h("div.toast", { class: kind }, text);
  toasts().append(node);
  setTimeout(() => node.classList.add("leaving"), 4200);
  setTimeout(() => node.remove(), 4600);
}

/** What a list shows when it has nothing to show. */
export const emptyCard = (glyph, title, text = "") =>
  h("div.empty", {}, icon(glyph, 32), h("h2", {}, title), text ? h("p", {}, text) : null);
