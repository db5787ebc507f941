// Numbers and moments as people read them; what is not known is a dash.
const NONE = "–";
const MINUS = "−";
const cached = new Map();

function formatter(least, most) {
  const key = `${least}-${most}`;
  if (!cached.has(key)) cached.set(key, new Intl.NumberFormat("en-US", { minimumFractionDigits: least, maximumFractionDigits: most }));
  return cached.get(key);
}

const known = (value) => value !== null && value !== undefined && Number.isFinite(Number(value));

export function number(value, least = 0, most = 8) {
  if (!known(value)) return NONE;
  const text = formatter(least, Math.max(least, most)).format(Number(value));
  return text.startsWith("-") ? MINUS + text.slice(1) : text;
}

export const price = (value, digits = 2) => number(value, digits, Math.max(digits, 6));
export const quantity = (value) => number(value, 0, 8);
export const money = (value) => number(value, 2, 2);
export const short = (value) => (known(value) && Math.abs(value) >= 1e5 ? number(value / 1e3, 0, 1) + "k" : number(value, 0, 2));
export const percent = (value, digits = 1) => (known(value) ? number(value * 100, digits, digits) + " %" : NONE);

/** With its sign, a plus too. */
export function signed(value, digits = 2) {
  if (!known(value)) return NONE;
  const rounded = Math.abs(value) < 0.5 * 10 ** -digits ? 0 : Number(value);
  return (rounded > 0 ? "+" : "") + number(rounded, digits, digits);
}

/** The class of a gain or a loss. */
export const side = (value, digits = 2) => (!known(value) || Math.abs(value) < 0.5 * 10 ** -digits ? "" : value > 0 ? "up" : "down");

export function clock(time, parts = "ms") {
  const moment = moved(time);
  return moment === null ? NONE : moment.toISOString().slice(11, parts === "ms" ? 23 : 19);
}

export function stamp(time) {
  const moment = moved(time);
  return moment === null ? NONE : moment.toISOString().slice(0, 19).replace("T", " ");
}

function moved(time) {
  if (time === null || time === undefined || time === 0 || time === "") return null;
  const moment = new Date(typeof time === "number" ? time / 1e6 : time);
  return Number.isNaN(moment.getTime()) ? null : moment;
}

export function age(seconds) {
  if (!known(seconds)) return NONE;
  if (seconds < 0.95) return `${Math.max(0, Math.round(seconds * 10) * 100)} ms`;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** Microseconds, in a unit that reads well. */
export function micros(value) {
  if (!known(value)) return NONE;
  if (value < 1000) return `${number(value, 0, value < 10 ? 1 : 0)} µs`;
  return value < 1e6 ? `${number(value / 1000, 0, value < 1e4 ? 2 : 1)} ms` : `${number(value / 1e6, 0, 2)} s`;
}

export function bytes(value) {
  if (!known(value)) return NONE;
  return value < 1 << 20 ? `${number(value / 1024, 0, 0)} KB` : value < 1 << 30 ? `${number(value / (1 << 20), 0, 1)} MB` : `${number(value / (1 << 30), 0, 2)} GB`;
}

/** camelCase and snake_case as words. */
export function words(name) {
  const spaced = String(name).replaceAll("_", " ").replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/([A-Z])([A-Z][a-z])/g, "$1 $2").toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** Digits behind the point that prices of these sizes need. */
export function digitsOf(prices) {
  let most = 2;
  for (const each of prices) most = Math.max(most, (String(each).split(".")[1] ?? "").length);
  return Math.min(most, 8);
}

const TECHNICAL = /_ns$|Ns$|^(wire|uid|pid|hash|tick|lots|trigger)$/;
const HASH = /^[0-9a-f]{32,}$/;

/** What a row of a journal says, in words: its values and those within, without what only machines read. */
export function sentence(content) {
  return Object.entries(content ?? {}).filter(([name, value]) => !TECHNICAL.test(name) && value !== null && value !== "" && value !== false && !HASH.test(value) && !(Array.isArray(value) && !value.length)).map(([name, value]) => {
    if (typeof value === "object" && !Array.isArray(value)) return `${words(name).toLowerCase()}: ${sentence(value)}`;
    return `${words(name).toLowerCase()} ${typeof value === "number" ? number(Number(value.toPrecision(10))) : Array.isArray(value) ? value.map((each) => (typeof each === "object" ? JSON.stringify(each) : each)).join(", ") : value}`;
  }).join(" · ");
}
