// "What to try": a card for somebody who sees the product for the first time. Every line leads there.

import { avatar } from "./avatar.js";
import { h, icon } from "./dom.js";
import { t } from "./i18n.js";
import { emit, recall, remember, state, user } from "./store.js";

const HINTS = [
  { person: 5, key: "hintNew", put: "textNew" },
  { person: 5, key: "hintGuest", put: "textGuest" },
  { person: 2, key: "hintSupport", thread: true },
  { person: 4, key: "hintSync", put: "textSync" },
  { glyph: "telegram", key: "hintTelegram", tab: "telegram", needsTelegram: true },
  { glyph: "log", key: "hintLog", tab: "log" },
];

export const hintsShown = () => recall("hints", true);

export function toggleHints(shown = !hintsShown()) {
  remember("hints", shown);
  emit("hints");
}

export function renderHints() {
  if (!hintsShown()) return null;
  const rows = HINTS.filter((hint) => !hint.needsTelegram || state.page?.telegramBase);
  return h("section.hints", { ariaLabel: t("hints") },
    h("header", {}, icon("bulb", 18), h("b", {}, t("hints")),
      h("button.icon-button", { type: "button", ariaLabel: t("hideHints"), title: t("hideHints"), onClick: () => toggleHints(false) }, icon("close", 16))),
    h("ol", {}, rows.map((hint) =>
      h("li", {}, h("button.hint", { type: "button", testid: `hint-${hint.key}`, onClick: () => emit("try", hint) },
        hint.person ? avatar(user(hint.person) || { id: hint.person, name: "?" }, 30) : h("span.hint-glyph", {}, icon(hint.glyph, 18)),
        h("span", {}, h("b", {}, t(hint.key)), h("small", {}, t(`${hint.key}Text`))))))));
}
