// Faces without pictures: initials on a colour; the bot wears the reception bell.

import { h } from "./dom.js";
import { initials, personColor } from "./format.js";

const SVG = "http://www.w3.org/2000/svg";
const BELL = [
  ["circle", { cx: 16, cy: 8.6, r: 1.9 }],
  ["path", { d: "M6.8 20.6a9.2 9.2 0 0 1 18.4 0z" }],
  ["rect", { x: 5.4, y: 21.9, width: 21.2, height: 2.7, rx: 1.35 }],
];

export function bell(size = 24) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "4 5 24 21", width: size, height: size, fill: "currentColor", "aria-hidden": "true" }))
    svg.setAttribute(key, value);
  for (const [tag, attrs] of BELL) {
    const shape = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attrs)) shape.setAttribute(key, value);
    svg.append(shape);
  }
  return svg;
}

/** person: {id, name, bot?}; group chats pass {id, name, group: true}. */
export function avatar(person, size = 36) {
  const style = { "--size": `${size}px`, "--face": personColor(person?.name) };
  if (person?.bot) return h("span.face.bot", { style, ariaHidden: true }, bell(Math.round(size * 0.6)));
  const node = h("span.face", { style, ariaHidden: true }, initials(person?.name));
  if (person?.group) node.classList.add("group");
  return node;
}
