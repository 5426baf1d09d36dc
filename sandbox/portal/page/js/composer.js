// The message field: grows with the text, Enter sends, files by button, paste or drop, commands by "/".
// One maker for both messengers of the page.

import { h, icon, replace } from "./dom.js";
import { bytes } from "./format.js";
import { t } from "./i18n.js";

const MAX_HEIGHT_PX = 180;

/**
 * options: {id?, testids: {field, send, attach}, onSend(text, files) → Promise, commands() → [{command, title, params}],
 * dropZone?: element}. Returns {node, setText, focus, setPlaceholder, setLocked, setNote}.
 */
export function createComposer(options) {
  const state = { files: [], active: -1, rows: [], note: null, busy: false };
  const field = h("textarea.composer-field", {
    rows: 1, id: options.id, testid: options.testids.field, autocomplete: "off",
    onInput: () => { grow(); suggest(); mark(); }, onKeydown: onKey, onPaste: onPaste,
    ariaAutocomplete: "list", onBlur: () => setTimeout(hideMenu, 150),
  });
  const picker = h("input", { type: "file", multiple: true, hidden: true, onChange: () => { add(picker.files); picker.value = ""; } });
  const attach = h("button.icon-button", { type: "button", testid: options.testids.attach, onClick: () => picker.click() }, icon("attach"));
  const sendButton = h("button.send", { type: "button", testid: options.testids.send, onClick: submit }, icon("send"));
  const menu = h("div.slash-menu", { role: "listbox", hidden: true });
  const chips = h("div.chips", { hidden: true });
  const note = h("div.composer-note", { hidden: true });
  const bar = h("div.composer-bar", {}, attach, field, sendButton);
  const node = h("div.composer", {}, menu, note, chips, bar, picker);
  relabel();
  mark();
  if (options.dropZone) acceptDrops(options.dropZone, add);

  function relabel() {
    attach.setAttribute("aria-label", t("attach"));
    attach.title = t("attach");
    sendButton.setAttribute("aria-label", t("send"));
    menu.setAttribute("aria-label", t("commands"));
    field.title = t("enterHint");
  }

  function grow() {
    field.style.height = "auto";
    if (field.scrollHeight) field.style.height = `${Math.min(field.scrollHeight, MAX_HEIGHT_PX)}px`;
  }

  function mark() {
    sendButton.disabled = state.busy || field.disabled || (!field.value.trim() && !state.files.length);
  }

  function add(files) {
    state.files.push(...files);
    drawChips();
    field.focus();
  }

  function drawChips() {
    chips.hidden = !state.files.length;
    replace(chips, state.files.map((file, index) =>
      h("span.chip", {}, icon(file.type.startsWith("image/") ? "image" : "file", 16), h("span", {}, file.name), h("small", {}, bytes(file.size)),
        h("button", { type: "button", ariaLabel: t("removeFile", { name: file.name }), onClick: () => { state.files.splice(index, 1); drawChips(); } }, icon("close", 14)))));
    mark();
  }

  async function submit() {
    const text = field.value.trim();
    const files = state.files;
    if (state.busy || field.disabled || (!text && !files.length)) return;
    state.busy = true;
    field.value = "";
    state.files = [];
    grow();
    drawChips();
    hideMenu();
    let sent = false;
    try {
      sent = await options.onSend(text, files);
    } finally {
      state.busy = false;
      if (sent === false && !field.value) {
        field.value = text;
        state.files = files;
        drawChips();
        grow();
      }
      mark();
      field.focus({ preventScroll: true });
    }
  }

  function onKey(event) {
    if (!menu.hidden && onMenuKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape" && state.note) setNote(null);
  }

  function onPaste(event) {
    const files = [...(event.clipboardData?.files || [])];
    if (!files.length) return;
    event.preventDefault();
    add(files);
  }

  function suggest() {
    const typed = field.value;
    const wanted = /^\/\S*$/.test(typed) ? typed.slice(1).toLowerCase() : null;
    state.rows = wanted === null ? [] : (options.commands?.() || []).filter((row) => row.command.replace(/^\//, "").toLowerCase().startsWith(wanted));
    state.active = state.rows.length ? 0 : -1;
    drawMenu();
  }

  function drawMenu() {
    menu.hidden = !state.rows.length;
    replace(menu, state.rows.map((row, index) =>
      h("button.slash-row", { type: "button", role: "option", tabindex: -1, ariaSelected: index === state.active,
        class: index === state.active ? "active" : "", onMousedown: (event) => { event.preventDefault(); choose(row); } },
        h("b", {}, row.command), row.params ? h("i", {}, row.params) : null, h("span", {}, row.title || ""))));
    menu.querySelector(".active")?.scrollIntoView({ block: "nearest" });
  }

  function hideMenu() {
    state.rows = [];
    menu.hidden = true;
  }

  function onMenuKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = state.rows[state.active];
    if (step) {
      state.active = (state.active + step + state.rows.length) % state.rows.length;
      drawMenu();
    } else if (event.key === "Tab" || (event.key === "Enter" && row && field.value.trim() !== row.command)) choose(row);
    else if (event.key === "Escape") hideMenu();
    else return false;
    event.preventDefault();
    return true;
  }

  function choose(row) {
    hideMenu();
    setText(row.params ? `${row.command} ` : row.command);
  }

  function setText(text) {
    field.value = text;
    grow();
    mark();
    field.focus();
    field.setSelectionRange(text.length, text.length);
  }

  /** A strip above the field: {title, text, onCancel}; null takes it away. */
  function setNote(value) {
    const before = state.note;
    state.note = value;
    note.hidden = !value;
    if (value) {
      replace(note, icon("reply", 16), h("span", {}, h("b", {}, value.title), h("small", {}, value.text)),
        h("button.icon-button", { type: "button", ariaLabel: t("close"), onClick: () => setNote(null) }, icon("close", 16)));
    } else before?.onCancel?.();
  }

  return {
    node, setText, setNote, relabel,
    focus: () => field.focus({ preventScroll: true }),
    setPlaceholder: (text) => { field.placeholder = text; field.setAttribute("aria-label", text); grow(); },
    setLocked: (locked) => { field.disabled = locked; attach.disabled = locked; node.classList.toggle("locked", locked); mark(); },
  };
}

function acceptDrops(zone, add) {
  const shade = h("div.drop-shade", { hidden: true });
  zone.append(shade);
  let depth = 0;
  const hasFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  zone.addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth += 1;
    replace(shade, icon("attach", 36), t("dropHere"));
    shade.hidden = false;
  });
  zone.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  zone.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (!depth) shade.hidden = true;
  });
  zone.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    shade.hidden = true;
    add(event.dataTransfer.files);
  });
}
