// Dates, sums, sizes, initials: how values read on the page.

import { locale, t } from "./i18n.js";

const at = (value) => (value instanceof Date ? value : new Date(value));
const valid = (date) => !Number.isNaN(date.getTime());

export function time(value) {
  const date = at(value);
  return valid(date) ? date.toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" }) : "";
}

export function timeWithSeconds(value) {
  const date = at(value);
  return valid(date) ? date.toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit", second: "2-digit" }) : "";
}

export function day(value) {
  const date = at(value);
  if (!valid(date)) return "";
  const days = Math.round((startOfDay(new Date()) - startOfDay(date)) / 86_400_000);
  if (days === 0) return t("today");
  if (days === 1) return t("yesterday");
  const sameYear = date.getFullYear() === new Date().getFullYear();
  return date.toLocaleDateString(locale(), { day: "numeric", month: "long", ...(sameYear ? {} : { year: "numeric" }) });
}

const startOfDay = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

export function shortWhen(value) {
  const date = at(value);
  if (!valid(date)) return "";
  return startOfDay(date) === startOfDay(new Date()) ? time(date) : shortDate(date);
}

export function shortDate(value) {
  const date = at(value);
  return valid(date) ? date.toLocaleDateString(locale(), { day: "2-digit", month: "2-digit" }) : "";
}

export function fullDate(value) {
  const date = at(value);
  return valid(date) ? date.toLocaleDateString(locale(), { day: "numeric", month: "short", ...yearOf(date) }).replace(/\sг\.$/, "") : "";
}

export function dateTime(value) {
  const date = at(value);
  return valid(date) ? `${fullDate(date)}, ${time(date)}` : "";
}

// The current year goes without saying.
const yearOf = (date) => (date.getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" });

export function stay(from, to) {
  if (!from || !to) return "";
  return `${fullDate(from)} – ${fullDate(to)}`;
}

export function money(amount, currency) {
  const value = Number(amount);
  if (!Number.isFinite(value)) return "";
  try {
    const whole = { maximumFractionDigits: 0 };
    return value.toLocaleString(locale(), currency ? { style: "currency", currency, ...whole } : whole);
  } catch {
    return `${value.toLocaleString(locale())} ${currency}`;
  }
}

export const number = (value) => Number(value || 0).toLocaleString(locale());

export function bytes(size) {
  const units = locale() === "ru-RU" ? ["Б", "КБ", "МБ", "ГБ"] : ["B", "KB", "MB", "GB"];
  let value = Number(size) || 0;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toLocaleString(locale(), { maximumFractionDigits: value < 10 && unit ? 1 : 0 })} ${units[unit]}`;
}

export function initials(name) {
  const words = String(name || "?").replace(/[^\p{L}\p{N}\s-]/gu, "").trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? words[0][0] + words[1][0] : (words[0] || "?").slice(0, 2);
  return letters.toUpperCase();
}

const PALETTE = ["#2f7d6d", "#8a5a9e", "#b3683a", "#3f6fa8", "#a6495f", "#5f7a34", "#7a5c45", "#4b6584"];

/** A calm colour of its own for everyone, the same in both messengers. */
export function personColor(name) {
  let sum = 0;
  for (const letter of String(name || "?")) sum = (sum * 55 + letter.codePointAt(0)) % 10007;
  return PALETTE[sum % PALETTE.length];
}
