// Rolecall's pages work without this file; it only makes them quicker to use.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const one = (selector, root = document) => root.querySelector(selector);

const make = (tag, props = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), props);
  element.append(...children);
  return element;
};

const remember = {
  get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* private window */ } },
};

// What a screen reader should hear.
const status = make("p", { className: "visually-hidden" });
status.setAttribute("role", "status");
document.body.append(status);

// ---- theme: at once, and remembered by the server
for (const form of all("[data-theme-form]")) {
  form.addEventListener("submit", async (event) => {
    const chosen = event.submitter;
    if (!chosen?.value) return;
    event.preventDefault();
    const theme = chosen.value;
    document.documentElement.dataset.theme = theme;
    one("meta[name=color-scheme]")?.setAttribute("content", theme === "auto" ? "light dark" : theme);
    for (const button of all("button[name=theme]")) button.setAttribute("aria-pressed", String(button.value === theme));
    const body = new URLSearchParams(new FormData(form));
    body.set("theme", theme);
    try {
      await fetch(form.action, { method: "POST", body, redirect: "manual", keepalive: true });
    } catch {
      status.textContent = "The choice of colours could not be kept.";
    }
  });
}

// ---- copy
for (const button of all("[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  const word = one("[data-text]", button) ?? button;
  const before = word.textContent;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      status.textContent = word.textContent = "Copied";
    } catch {
      status.textContent = word.textContent = "Not copied";
    }
    setTimeout(() => { word.textContent = before; status.textContent = ""; }, 2000);
  });
}

// ---- show a password; hidden again before it is sent
for (const button of all("[data-show-password]")) {
  const input = document.getElementById(button.dataset.showPassword);
  if (!input) continue;
  const word = one("[data-text]", button) ?? button;
  const show = (visible) => {
    input.type = visible ? "text" : "password";
    word.textContent = visible ? "Hide" : "Show";
  };
  button.hidden = false;
  button.addEventListener("click", () => show(input.type === "password"));
  input.form?.addEventListener("submit", () => show(false));
}

// ---- relative times, the exact one in the title
const units = [["year", 31557600], ["month", 2629800], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const tellTimes = () => {
  for (const time of all("time[data-relative][datetime]")) {
    const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
    if (Number.isNaN(seconds)) continue;
    time.title ||= time.textContent;
    const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? [];
    time.textContent = unit ? relative.format(Math.trunc(seconds / size), unit) : seconds > 0 ? "in a moment" : "just now";
  }
};
tellTimes();
setInterval(tellTimes, 30_000);

// ---- forms: once only, and not lost by mistake
const snapshot = (form) => new URLSearchParams(new FormData(form)).toString();
const clean = new Map();
let sending = false;
for (const form of all("form[data-dirty]")) clean.set(form, one(".has-error", form) ? null : snapshot(form));

addEventListener("beforeunload", (event) => {
  if (!sending && [...clean].some(([form, first]) => snapshot(form) !== first)) event.preventDefault();
});

const sendButtons = (form) => [...form.elements].filter((element) => element.type === "submit");
const locked = new Set();
const unlock = () => {
  sending = false;
  for (const form of locked) {
    delete form.dataset.sent;
    for (const button of sendButtons(form)) if ("locked" in button.dataset) { button.disabled = false; delete button.dataset.locked; }
  }
  locked.clear();
};
addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  if (form.dataset.sent) return event.preventDefault();
  if (form.method !== "post" || "again" in form.dataset) return;
  sending = true;
  form.dataset.sent = "1";
  locked.add(form);
  // after the browser has taken the values, for a disabled button sends none
  setTimeout(() => {
    for (const button of sendButtons(form)) if (!button.disabled) { button.disabled = true; button.dataset.locked = ""; }
  });
});
addEventListener("pageshow", unlock);

// ---- focus: first what is wrong
if (!location.hash) (one(".error-summary") ?? one("[data-autofocus]"))?.focus();

// ---- the menu of small screens closes by Escape
addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
  if (menu) { menu.open = false; one("summary", menu).focus(); }
});

// ---- keyboard
const keys = [
  ["/", "or Ctrl-K: search"],
  ["j", "next row"],
  ["k", "row before"],
  ["Enter", "open the row"],
  ["?", "this help"],
];
const singleKeys = () => remember.get("single-keys") !== "off";

let help;
const openHelp = () => {
  if (!help) {
    const box = make("input", { type: "checkbox", checked: singleKeys() });
    box.addEventListener("change", () => remember.set("single-keys", box.checked ? "on" : "off"));
    const list = make("dl", { className: "facts" });
    for (const [key, text] of keys) list.append(make("div", {}, make("dt", {}, make("kbd", { textContent: key })), make("dd", { textContent: text })));
    const title = make("h2", { id: "help-title", textContent: "Keyboard" });
    help = make("dialog", {}, title, list,
      make("label", { className: "check" }, box, make("span", { textContent: "Keys without Ctrl are on" })),
      make("form", { method: "dialog", className: "form-actions" }, make("button", { className: "button", textContent: "Close" })));
    help.setAttribute("aria-labelledby", title.id);
    document.body.append(help);
  }
  if (!help.open) help.showModal();
};
for (const button of all("[data-help]")) {
  button.hidden = false;
  button.addEventListener("click", openHelp);
}

const moveRow = (step) => {
  const rows = all("table[data-rows] tbody tr").filter((row) => one("a[href]", row));
  if (!rows.length) return;
  const now = rows.findIndex((row) => row.contains(document.activeElement));
  const next = now < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(now + step, 0), rows.length - 1);
  one("a[href]", rows[next]).focus(); // Enter then follows the link, as everywhere
};

addEventListener("keydown", (event) => {
  const search = one("[data-search]");
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && search) {
    event.preventDefault();
    search.focus(); search.select();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !singleKeys()) return;
  if (event.target.closest?.("input, select, textarea, dialog, [contenteditable]")) return;
  if (event.key === "/" && search) { search.focus(); search.select(); }
  else if (event.key === "?") openHelp();
  else if (event.key === "j") moveRow(1);
  else if (event.key === "k") moveRow(-1);
  else return;
  event.preventDefault();
});
