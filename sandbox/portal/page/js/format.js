// Dates, sums, sizes, initials: how values read on the page.

import { locale, t } from "./i18n.js";

// Times read as the portal's people see them: in the portal's zone, wherever this browser sits.
let zone = undefined;
export function setTimeZone(name) {
  zone = name || undefined;
}

const at = (value) => (value instanceof Date ? value : new Date(value));
const valid = (date) => !Number.isNaN(date.getTime());
const zoneOf = (value) => (/^\d{4}-\d\d-\d\d$/.test(value) ? "UTC" : zone); // a day has no zone

function shown(value, options) {
  const date = at(value);
  return valid(date) ? date.toLocaleString(locale(), { timeZone: zoneOf(value), ...options }).replace(/\sг\.$/, "") : "";
}

/** "2026-11-22" in the portal's zone. */
const dayKey = (value) => at(value).toLocaleDateString("en-CA", { timeZone: zoneOf(value) });
const thisYear = (value) => dayKey(value).slice(0, 4) === dayKey(new Date()).slice(0, 4);
// The current year goes without saying.
const yearOf = (value) => (thisYear(value) ? {} : { year: "numeric" });

export const time = (value) => shown(value, { hour: "2-digit", minute: "2-digit" });
export const timeWithSeconds = (value) => shown(value, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
export const shortDate = (value) => shown(value, { day: "2-digit", month: "2-digit" });
export const fullDate = (value) => (valid(at(value)) ? shown(value, { day: "numeric", month: "short", ...yearOf(value) }) : "");

export function day(value) {
  if (!valid(at(value))) return "";
  const days = Math.round((Date.parse(dayKey(new Date())) - Date.parse(dayKey(value))) / 86_400_000);
  if (days === 0) return t("today");
  return days === 1 ? t("yesterday") : shown(value, { day: "numeric", month: "long", ...yearOf(value) });
}

export function shortWhen(value) {
  if (!valid(at(value))) return "";
  return dayKey(value) === dayKey(new Date()) ? time(value) : shortDate(value);
}

export function dateTime(value) {
  return valid(at(value)) ? `${fullDate(value)}, ${time(value)}` : "";
}

export function stay(from, to) {
  const [first, last] = [at(from), at(to)];
  if (!from || !to || !valid(first) || !valid(last)) return "";
  const options = { timeZone: zoneOf(from), day: "numeric", month: "short", ...(thisYear(from) && thisYear(to) ? {} : { year: "numeric" }) };
  const range = new Intl.DateTimeFormat(locale(), options);
  return first <= last ? range.formatRange(first, last).replace(/\sгг?\.$/, "") : `${fullDate(from)} – ${fullDate(to)}`;
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
