// A message's buttons (message-keyboards.md). COMMAND goes to the bot through the portal; ACTION stays in the client.

import { h, icon } from "./dom.js";
import { safeUrl } from "./bbcode.js";

const HEX = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i;
const yes = (value) => value === "Y" || value === true;

/** The buttons of a keyboard as vendors pass it: an array, {BUTTONS: […]}, or nothing. */
export function buttonsOf(keyboard) {
  const buttons = Array.isArray(keyboard) ? keyboard : keyboard?.BUTTONS;
  return Array.isArray(buttons) ? buttons : Object.values(buttons || {});
}

/** ctx: press(button, index) → Promise for COMMAND buttons; put, send, copy, call, openDialog for ACTION ones. */
export function renderKeyboard(keyboard, ctx) {
  const buttons = buttonsOf(keyboard);
  const rows = [[]];
  let index = -1; // the portal counts buttons, not line breaks
  for (const button of buttons) {
    if (button?.TYPE === "NEWLINE") {
      rows.push([]);
      continue;
    }
    index += 1;
    if (button?.TEXT && button.CONTEXT !== "MOBILE") rows.at(-1).push(renderButton(button, index, ctx));
  }
  const filled = rows.filter((row) => row.length);
  return filled.length ? h("div.keyboard", { role: "group" }, filled.map((row) => h("div.keyboard-row", {}, row))) : null;
}

function renderButton(button, index, ctx) {
  const token = String(button.BG_COLOR_TOKEN || "base").toLowerCase();
  const classes = [`token-${token}`, String(button.DISPLAY || "BLOCK").toLowerCase() === "line" ? "line" : "block"];
  const props = { class: classes.join(" "), testid: "bot-button", style: colours(button), data: { text: button.TEXT } };
  if (button.LINK) {
    const url = safeUrl(button.LINK);
    return h("a.key", { ...props, href: url, target: "_blank", rel: "noopener noreferrer" }, button.TEXT, icon("right", 13));
  }
  const node = h("button.key", { ...props, type: "button", disabled: yes(button.DISABLED) }, button.TEXT);
  node.addEventListener("click", () => onPress(node, button, index, ctx));
  return node;
}

function colours(button) {
  const style = {};
  if (HEX.test(button.BG_COLOR || "") && !button.BG_COLOR_TOKEN) style["background-color"] = button.BG_COLOR;
  if (HEX.test(button.TEXT_COLOR || "")) style.color = button.TEXT_COLOR;
  if (Number(button.WIDTH) > 0) style["min-width"] = `${Math.min(Number(button.WIDTH), 460)}px`;
  return style;
}

async function onPress(node, button, index, ctx) {
  if (button.ACTION) {
    ACTIONS[String(button.ACTION).toUpperCase()]?.(String(button.ACTION_VALUE ?? ""), ctx, button, index);
    return;
  }
  node.classList.add("busy");
  node.disabled = true;
  try {
    await ctx.press(button, index);
  } finally {
    node.classList.remove("busy");
    node.disabled = yes(button.BLOCK) || yes(button.DISABLED);
  }
}

const ACTIONS = {
  PUT: (value, ctx) => ctx.put(value),
  SEND: (value, ctx, button, index) => ctx.press(button, index),
  COPY: (value, ctx) => ctx.copy(value),
  CALL: (value, ctx) => ctx.call(value),
  DIALOG: (value, ctx) => ctx.openDialog(value),
};
