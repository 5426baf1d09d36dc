// Russian first, English beside it. Plurals: forms divided by "|", chosen by the language's own rule.

import { emit, recall, remember, state } from "./store.js";
import { TEXTS } from "./texts.js";

const FORMS = { ru: ["one", "few", "many"], en: ["one", "other"] };

export function t(key, values = {}) {
  let text = TEXTS[state.language][key] ?? TEXTS.ru[key] ?? key;
  if (text.includes("|") && "n" in values) text = plural(text.split("|"), values.n);
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

function plural(forms, n) {
  const rule = new Intl.PluralRules(state.language).select(n);
  const at = FORMS[state.language].indexOf(rule);
  return forms[at < 0 ? forms.length - 1 : Math.min(at, forms.length - 1)];
}

export function setLanguage(language) {
  state.language = language in TEXTS ? language : "ru";
  document.documentElement.lang = state.language;
  remember("language", state.language);
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", t(node.dataset.label));
  emit("language");
}

export const startLanguage = (fallback) => recall("language", fallback || "ru");
export const locale = () => (state.language === "ru" ? "ru-RU" : "en-GB");
