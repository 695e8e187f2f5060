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

// ---- what is done to a page, and to parts of it that come later
const enhancements = [];
const enhance = (root) => { for (const one of enhancements) one(root); };

// ---- copy
enhancements.push((root) => { for (const button of all("[data-copy]", root)) {
  if (!navigator.clipboard) { button.remove(); continue; } // a page over http
  button.hidden = false;
  const word = one("[data-text]", button) ?? button;
  const before = word.textContent;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      status.textContent = word.textContent = "Copied";
      button.classList.add("copied");
    } catch {
      status.textContent = word.textContent = "Not copied";
    }
    setTimeout(() => { word.textContent = before; status.textContent = ""; button.classList.remove("copied"); }, 2000);
  });
} });

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

// ---- ticked rows: how many, and all of the page at once
for (const form of all("form[data-bulk]")) {
  const boxes = all(`input[form="${form.getAttribute("id")}"][name=id]`); // form.id would be the boxes called id
  const every = one("[data-tick-all]"), told = one("[data-chosen]", form), whole = one("input[name=all]", form);
  const tell = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    told.textContent = whole?.checked ? "All that match" : ticked ? `${ticked} chosen` : form.dataset.bulk || "Nobody chosen";
    if (every) { every.checked = ticked === boxes.length; every.indeterminate = ticked > 0 && ticked < boxes.length; }
  };
  if (every) {
    every.hidden = false;
    every.addEventListener("change", () => { for (const box of boxes) box.checked = every.checked; tell(); });
    one("[data-tick-page]", form)?.remove();
  }
  for (const box of [...boxes, whole]) box?.addEventListener("change", tell);
  addEventListener("pageshow", tell);
  tell();
}

// ---- what goes on by itself, such as a job: read again until it is over
const follow = async () => {
  const live = one("[data-live]");
  if (!live) return;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    const fresh = answer.ok && one("[data-live], [data-over]", new DOMParser().parseFromString(await answer.text(), "text/html"));
    if (fresh && !live.contains(document.activeElement)) {
      live.replaceWith(document.adoptNode(fresh));
      tellTimes();
      if ("over" in fresh.dataset) { status.textContent = fresh.dataset.over; return; }
    }
  } catch { /* the connection is lost: tried again */ }
  setTimeout(follow, 2000);
};
setTimeout(follow, 2000);

// ---- forms: once only, and not lost by mistake
const snapshot = (form) => new URLSearchParams(new FormData(form)).toString();
const clean = new Map();
let sending = false;
// what is typed into a brief form, such as a code, is no loss
for (const form of all("form.form[method=post], form.confirm[method=post]")) if (!("brief" in form.dataset)) clean.set(form, one(".has-error", form) ? null : snapshot(form));

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

// ---- a preview comes into the page as it stands; whatever goes wrong, the form is sent as it would be without scripts
const fetchPage = async (address, options) => {
  const answer = await fetch(address, { headers: { Accept: "text/html" }, ...options });
  if (answer.redirected) throw new Error("elsewhere");
  return new DOMParser().parseFromString(await answer.text(), "text/html");
};
addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || submitter?.name !== "preview" || form.dataset.whole || form.method !== "post") return;
  event.preventDefault();
  submitter.setAttribute("aria-disabled", "true");
  try {
    const page = await fetchPage(form.action, { method: "POST", body: new URLSearchParams(new FormData(form, submitter)) });
    const fresh = all("form", page).find((other) => other.getAttribute("action") === form.getAttribute("action") && one("[name=preview]", other));
    if (!fresh || (one(".preview", page) && !one(".preview", fresh))) throw new Error("it is shown elsewhere on the page");
    const shown = document.importNode(fresh, true);
    const wrong = one(".error-summary", page);
    one(".error-summary")?.remove();
    form.replaceWith(shown);
    clean.delete(form);
    clean.set(shown, null);
    if (wrong) shown.before(document.importNode(wrong, true));
    enhance(shown);
    tellTimes();
    if (wrong) return one(".error-summary").focus();
    one("[name=preview]", shown)?.focus({ preventScroll: true });
    const effects = one(".preview", shown);
    effects?.scrollIntoView({ block: "nearest" });
    status.textContent = effects?.innerText ?? "";
  } catch {
    form.dataset.whole = "1";
    form.requestSubmit(submitter);
  }
}, { capture: true });

// ---- combobox: choices under a field while one types (ARIA Authoring Practices); `load` gives nodes with [role=option] in them
let lists = 0;
const combobox = (input, list, { load, choose, first = false, empty = "Nothing fits." }) => {
  let [options, at, request, timer, shown] = [[], -1, null, 0, null];
  list.id = `choices-${++lists}`;
  const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id };
  for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
  list.setAttribute("role", "listbox");
  list.hidden = true;

  const point = (to) => {
    at = to;
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
    if (at < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", options[at].id);
    options[at].scrollIntoView({ block: "nearest" });
  };
  const close = () => {
    clearTimeout(timer);
    request?.abort();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    [options, shown] = [[], null];
    point(-1);
  };
  const show = (nodes) => {
    list.replaceChildren(...nodes);
    options = all("[role=option]", list);
    options.forEach((option, place) => { option.id = `${list.id}-${place}`; });
    list.hidden = !options.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    point(first && options.length ? 0 : -1);
    status.textContent = options.length === 1 ? "1 choice" : options.length ? `${options.length} choices` : empty;
  };
  const refresh = async () => {
    request?.abort();
    const [mine, text] = [(request = new AbortController()), input.value];
    try {
      const nodes = await load(mine.signal);
      if (mine.signal.aborted || document.activeElement !== input) return;
      shown = text;
      show(nodes);
    } catch { /* newer letters came, or the server cannot be reached: one can type on */ }
  };
  const take = (option) => { close(); choose(option); };

  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(refresh, 80); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", async (event) => {
    const { key } = event;
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    if (key === "Enter" && first && shown !== input.value) {
      event.preventDefault(); // typed faster than the answer comes: what is opened is what was asked for
      clearTimeout(timer);
      await refresh();
      if (at >= 0) take(options[at]);
      else if (shown !== input.value) input.form.requestSubmit();
      return;
    }
    if (key === "ArrowDown" && list.hidden) refresh();
    else if (key === "ArrowDown") point((at + 1) % options.length);
    else if (key === "ArrowUp" && !list.hidden) point(at <= 0 ? options.length - 1 : at - 1);
    else if (key === "Enter" && at >= 0) take(options[at]);
    else if (key === "Escape" && !list.hidden) close();
    else return;
    event.preventDefault();
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) { event.preventDefault(); take(option); }
  });
  return { refresh, close };
};

// ---- pickers: names of roles, users and permissions
const near = (input) => one(".near", input.closest(".field"));
enhancements.push((root) => { for (const input of all("input[data-suggest]", root)) {
  const many = "many" in input.dataset;
  const list = make("ul", { className: "choices-popup" });
  list.setAttribute("aria-label", `Suggestions for ${input.labels[0]?.textContent ?? "this field"}`);
  input.after(list);
  // of several names the one where the caret is
  const part = () => {
    const start = many ? input.value.lastIndexOf(",", input.selectionStart - 1) + 1 : 0;
    const end = many && input.value.includes(",", start) ? input.value.indexOf(",", start) : input.value.length;
    return { start, end, text: input.value.slice(start, end).trim() };
  };
  combobox(input, list, {
    async load(signal) {
      const { text } = part();
      if (!text) return [];
      const answer = await fetch(`/admin/suggestions?${new URLSearchParams({ kind: input.dataset.suggest, q: text })}`, { signal });
      const { suggestions } = answer.ok ? await answer.json() : { suggestions: [] };
      return suggestions.map(({ name, note }) => {
        const option = make("li", {}, make("b", { textContent: name }), " ", make("span", { className: "muted", textContent: note }));
        option.setAttribute("role", "option");
        option.dataset.name = name;
        return option;
      });
    },
    choose({ dataset: { name } }) {
      const { start, end } = part();
      const quoted = many && name.includes(",") ? `"${name}"` : name;
      input.setRangeText(`${start ? " " : ""}${quoted}`, start, end, "end");
      near(input)?.remove();
      status.textContent = `${name} is chosen.`;
    },
  });
  near(input)?.addEventListener("change", (event) => {
    if (event.target.value) input.value = event.target.value;
    near(input).remove();
    input.focus();
  });
  if (many) input.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text");
    if (!/\n/.test(text)) return;
    event.preventDefault();
    input.setRangeText(text.trim().split(/\s*[\r\n]+\s*/).join(", "), input.selectionStart, input.selectionEnd, "end");
  });
} });

// ---- focus: first what is wrong, then what is to be typed, then what was done (its Undo is the next stop), then the heading
const told = one(".flash"), begin = told ?? one("main h1");
begin?.setAttribute("tabindex", "-1");
const focused = one(".error-summary") ?? one("[data-autofocus]") ?? begin;
if (!location.hash || one(":target")?.contains(focused)) focused?.focus({ preventScroll: focused === begin });
if (told && focused !== told) setTimeout(() => { status.textContent = one("p", told).innerText; }, 200);

// ---- the menu of small screens closes by Escape
addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
  if (menu) { menu.open = false; one("summary", menu).focus(); }
});

// ---- keyboard
const keys = [
  ["/", "or Ctrl-K: search, or say what to do"],
  ["j", "next row"],
  ["k", "row before"],
  ["Enter", "open the row"],
  ["Esc", "close what is open"],
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

// ---- the palette: search and commands; Enter opens the first result
let palette;
const openPalette = () => {
  if (!palette) {
    const input = make("input", { name: "q", type: "search", autocomplete: "off", spellcheck: false, maxLength: 500, placeholder: "A name, or: give bob approver" });
    input.setAttribute("aria-label", "Search, or say what to do");
    const told = make("p", { className: "palette-told" });
    const list = make("div", { className: "choices-popup" });
    list.setAttribute("aria-label", "Results");
    const help = make("div", { className: "palette-help", tabIndex: 0 });
    help.setAttribute("role", "region");
    help.setAttribute("aria-label", "What can be said");
    const keys = make("p", { className: "palette-keys muted" }, make("kbd", { textContent: "↑" }), make("kbd", { textContent: "↓" }), " choose ", make("kbd", { textContent: "Enter" }), " open ", make("kbd", { textContent: "Esc" }), " close");
    const form = make("form", { action: "/admin/search", method: "get" }, input, make("input", { type: "hidden", name: "go", value: "1" }));
    const dialog = make("dialog", { className: "palette" }, form, told, list, help, keys);
    dialog.setAttribute("aria-label", "Search and commands");
    document.body.append(dialog);
    const box = combobox(input, list, {
      first: true,
      empty: "Nothing was found.",
      async load(signal) {
        const page = await fetchPage(`/admin/search?${new URLSearchParams({ q: input.value })}`, { signal });
        told.textContent = one("[data-told]", page)?.textContent ?? "";
        help.replaceChildren(...all(".examples, .empty p", page).map((part) => document.importNode(part, true)));
        return all(".found", page).map((section) => {
          const heading = one("h2", section).textContent;
          const title = make("div", { className: "palette-title", textContent: heading });
          title.setAttribute("aria-hidden", "true");
          const group = make("div", {}, title);
          group.setAttribute("role", "group");
          group.setAttribute("aria-label", heading);
          for (const link of all("a.hit", section)) {
            const option = document.importNode(link, true);
            option.setAttribute("role", "option");
            option.tabIndex = -1;
            group.append(option);
          }
          return group;
        });
      },
      choose(option) {
        dialog.close();
        location.assign(option.href);
      },
    });
    dialog.addEventListener("close", box.close);
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    palette = { dialog, input, box };
  }
  if (palette.dialog.open) return;
  palette.dialog.showModal();
  palette.input.select();
  palette.box.refresh();
};
const search = one("[data-search]");
search?.addEventListener("click", () => { search.blur(); openPalette(); });

enhance(document);

addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && search) {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !singleKeys()) return;
  if (event.target.closest?.("input, select, textarea, dialog, [contenteditable]")) return;
  if (event.key === "/" && search) openPalette();
  else if (event.key === "?") openHelp();
  else if (event.key === "j") moveRow(1);
  else if (event.key === "k") moveRow(-1);
  else return;
  event.preventDefault();
});
