// Light or dark: as the system says, until somebody chooses; the choice stays on this machine.
const KEY = "lockstep.theme";
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const heard = new Set();

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // a browser may forbid storage
  }
}

function apply() {
  const chosen = remembered();
  if (chosen) root.dataset.theme = chosen;
  else delete root.dataset.theme;
  heard.forEach((tell) => tell());
}

export const isDark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";

export function switchTheme() {
  const next = isDark() ? "light" : "dark";
  try {
    localStorage.setItem(KEY, next);
  } catch {
    root.dataset.theme = next;
  }
  apply();
}

/** Call back whenever colours have changed: what is painted on a canvas must be painted anew. */
export function onTheme(tell) {
  heard.add(tell);
}

/** The value that a colour of tokens.css has now. */
export function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  probe.hidden = true;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** The same, seen through. */
export const faint = (name, share) => colour(name).replace(/^rgb\((.*)\)$/, (_, of) => `rgba(${of}, ${share})`);

system.addEventListener("change", apply);
apply();
