// The moving parts: the message log, the command list, toasts and alerts.

import { dayOf, el, formatted, momentOf, reveal, safeUrl, timeOf } from "/format.js";

const WINDOW = 150;
const NEAR_END = 48;
const TOAST_TIME = 5000;

// Replaces a list only where it changed, and gives the focus back to the row that had it.
export function fill(list, rows) {
  const next = el("ul", {}, ...rows);
  if (next.innerHTML === list.innerHTML) return;
  const held = list.contains(document.activeElement) && document.activeElement.dataset.testid;
  list.replaceChildren(...next.childNodes);
  if (held) list.querySelector(`[data-testid="${held}"]`)?.focus();
}

let toastTimer;
export function toast(text, isProblem = false) {
  const note = el("div", { class: isProblem ? "toast problem" : "toast", testid: "toast" }, text);
  const leave = () => note.remove();
  note.addEventListener("click", leave);
  document.getElementById("toasts").replaceChildren(note);
  clearTimeout(toastTimer);
  toastTimer = setTimeout(leave, TOAST_TIME + text.length * 40);
}

export function showAlert(from, text) {
  const dialog = document.getElementById("alert");
  document.getElementById("alert-from").textContent = from;
  document.getElementById("alert-text").textContent = text;
  if (!dialog.open) dialog.showModal();
}

// Light or dark as the system has it, until the button says otherwise; a choice equal to the system's is forgotten.
export class Theme {
  #dark = matchMedia("(prefers-color-scheme: dark)");

  constructor(button) {
    this.button = button;
    button.addEventListener("click", () => this.#toggle());
    this.#dark.addEventListener("change", () => this.#show());
    this.#show();
  }

  get #system() {
    return this.#dark.matches ? "dark" : "light";
  }

  #toggle() {
    const next = (localStorage.getItem("theme") ?? this.#system) === "dark" ? "light" : "dark";
    if (next === this.#system) localStorage.removeItem("theme");
    else localStorage.setItem("theme", next);
    this.#show();
  }

  #show() {
    const chosen = localStorage.getItem("theme");
    if (chosen) document.documentElement.dataset.theme = chosen;
    else delete document.documentElement.dataset.theme;
    this.button.textContent = (chosen ?? this.#system) === "dark" ? "Light theme" : "Dark theme";
  }
}

// The messages of the open chat. `actions`: say(text), visit(href), press(message, button, key), seen().
export class Log {
  #all = new Map(); // message id → {message, print, element}
  #busy = new Set();
  #from = -Infinity;
  #fresh = 0;
  #me = null;
  #named = false;
  pinned = true;

  constructor(root, jump, actions) {
    this.root = root;
    this.jump = jump;
    this.actions = actions;
    const click = () => this.#showEarlier();
    this.earlier = el("button", { class: "quiet earlier", on: { click } }, "Show earlier messages");
    root.addEventListener("scroll", () => this.#scrolled());
    jump.addEventListener("click", () => {
      this.toEnd(!matchMedia("(prefers-reduced-motion: reduce)").matches);
      root.focus({ preventScroll: true });
    });
    new ResizeObserver(() => this.pinned && this.toEnd()).observe(root);
  }

  open(me, named) {
    this.#all.clear();
    this.#busy.clear();
    this.#me = me;
    this.#named = named;
    this.#fresh = 0;
    this.pinned = true;
    this.jump.hidden = true;
    this.root.replaceChildren();
    this.root.setAttribute("aria-busy", "true"); // or a screen reader would read out the whole history
  }

  get empty() {
    return this.#all.size === 0;
  }

  has(id) {
    return this.#all.has(id);
  }

  sync(messages) {
    const kept = new Set(messages.map((message) => message.message_id));
    const first = this.empty;
    for (const id of this.#all.keys()) if (!kept.has(id)) this.#remove(id);
    if (first) this.#from = messages.at(-WINDOW)?.message_id ?? -Infinity;
    const fresh = messages.filter((message) => this.#place(message)).length;
    this.#settle(first ? 0 : fresh);
    requestAnimationFrame(() => this.root.setAttribute("aria-busy", "false"));
  }

  put(message) {
    const isNew = this.#place(message);
    if (isNew && message.from?.id === this.#me) this.pinned = true;
    this.#settle(isNew ? 1 : 0);
  }

  drop(id) {
    this.#remove(id);
    this.#settle(0);
  }

  setBusy(key, busy) {
    if (busy) this.#busy.add(key);
    else this.#busy.delete(key);
    for (const button of this.root.querySelectorAll(".inline-button")) {
      if (button.dataset.key === key) this.#showBusy(button);
    }
  }

  toEnd(smooth = false) {
    this.root.scrollTo({ top: this.root.scrollHeight, behavior: smooth ? "smooth" : "instant" });
  }

  #scrolled() {
    this.pinned = this.root.scrollHeight - this.root.scrollTop - this.root.clientHeight < NEAR_END;
    if (this.pinned && this.#fresh) {
      this.#fresh = 0;
      this.actions.seen();
    }
    this.#showJump();
  }

  #showJump() {
    this.jump.hidden = this.pinned;
    this.jump.textContent = this.#fresh ? `${this.#fresh} new message${this.#fresh > 1 ? "s" : ""}` : "Latest messages";
    this.jump.classList.toggle("has-new", this.#fresh > 0);
  }

  #settle(fresh) {
    if (this.pinned) this.#trim();
    this.#separate();
    if (this.pinned) this.toEnd();
    else this.#fresh += fresh;
    this.#showJump();
  }

  // Answers whether the message is a new one.
  #place(message) {
    const id = message.message_id;
    const print = JSON.stringify(message);
    const old = this.#all.get(id);
    if (old?.print === print) return false;
    const entry = { message, print, element: null };
    this.#all.set(id, entry);
    if (id < this.#from) return !old;
    entry.element = this.#build(message);
    if (old?.element) this.#replace(old, entry);
    else this.#insert(entry.element, id);
    this.#foldQuotes(entry.element);
    return !old;
  }

  #insert(element, id) {
    let after = this.root.lastElementChild;
    while (after && !(Number(after.dataset.messageId) < id)) after = after.previousElementSibling;
    if (after) after.after(element);
    else this.root.prepend(element);
  }

  // An edit must not throw a keyboard user out of the message: the focus goes to the same button, or to the message.
  #replace(old, { message, element }) {
    const focused = old.element.contains(document.activeElement) ? document.activeElement : null;
    const revealed = old.element.querySelector(".revealed") && old.message.text === message.text;
    old.element.replaceWith(element);
    if (revealed) reveal(element);
    if (!focused) return;
    const buttons = [...element.querySelectorAll(".inline-button")];
    const same = buttons.find((button) => button.textContent === focused.textContent);
    (same ?? buttons[0] ?? element).focus({ preventScroll: true });
  }

  #foldQuotes(element) {
    for (const outer of element.querySelectorAll("blockquote.collapsed")) {
      const body = outer.querySelector(".quote-body");
      if (body.scrollHeight > body.clientHeight + 1) continue;
      outer.classList.remove("collapsed");
      outer.querySelector(".quote-toggle").remove();
    }
  }

  #remove(id) {
    const entry = this.#all.get(id);
    if (entry?.element?.contains(document.activeElement)) this.root.focus({ preventScroll: true });
    entry?.element?.remove();
    this.#all.delete(id);
  }

  #showEarlier() {
    const idOf = (entry) => entry.message.message_id;
    const hidden = [...this.#all.values()].filter((entry) => !entry.element).sort((a, b) => idOf(a) - idOf(b));
    const fromEnd = this.root.scrollHeight - this.root.scrollTop;
    const shown = hidden.slice(-WINDOW);
    this.#from = hidden.length > WINDOW ? idOf(shown[0]) : -Infinity;
    for (const entry of shown) {
      entry.element = this.#build(entry.message);
      this.#insert(entry.element, idOf(entry));
      this.#foldQuotes(entry.element);
    }
    this.#separate();
    this.root.scrollTop = this.root.scrollHeight - fromEnd;
    shown.at(-1)?.element.focus({ preventScroll: true });
  }

  // Keeps the page light under a long run of messages; what is let go can be called back with the button above.
  #trim() {
    const shown = [...this.root.querySelectorAll(".message")];
    if (shown.length < 2 * WINDOW) return;
    this.#from = Number(shown.at(-WINDOW).dataset.messageId);
    for (const element of shown.slice(0, -WINDOW)) {
      this.#all.get(Number(element.dataset.messageId)).element = null;
      element.remove();
    }
  }

  // Puts right the date lines, touching only those that are wrong, because the log is a live region.
  #separate() {
    let day = null;
    let line = null;
    for (const node of [...this.root.children]) {
      if (node.matches(".day")) {
        line?.remove();
        line = node;
      } else if (node.dataset.day) {
        if (node.dataset.day === day) line?.remove();
        else if (line?.textContent !== node.dataset.day) {
          line?.remove();
          node.before(el("div", { class: "day" }, el("span", {}, node.dataset.day)));
        }
        day = node.dataset.day;
        line = null;
      }
    }
    line?.remove();
    if (this.#from === -Infinity) this.earlier.remove();
    else if (this.root.firstElementChild !== this.earlier) this.root.prepend(this.earlier);
  }

  #build(message) {
    const own = message.from?.id === this.#me;
    const time = timeOf(message.date);
    const name = message.from?.name ?? "Unknown";
    const sender = el("div", { class: `sender hue-${Math.abs(message.from?.id ?? 0) % 6}` }, name);
    const edited = message.edit_date ? `Edited ${momentOf(message.edit_date)}` : null;
    const words = message.sticker
      ? el("div", { class: "text" }, message.sticker)
      : el("div", { class: "text", dir: "auto" }, formatted(message.text ?? "", message.entities, this.actions));
    const meta = el("div", { class: "meta" },
      edited && el("span", { class: "edited", title: edited }, "edited"),
      el("time", { datetime: new Date(message.date * 1000).toISOString(), title: momentOf(message.date) }, time));
    const element = el("article",
      {
        class: `message ${own ? "out" : "in"}${message.sticker ? " is-sticker" : ""}`,
        testid: "message", "data-message-id": message.message_id, "data-day": dayOf(message.date),
        tabindex: "-1",
        "aria-label": `${own ? "From you" : `From ${name}`} at ${time}`,
      },
      el("div", { class: "bubble" }, this.#named && !own && sender, words, meta));
    const rows = message.reply_markup?.inline_keyboard ?? [];
    if (rows.length) element.append(this.#keyboard(message, rows));
    return element;
  }

  #keyboard(message, rows) {
    const lines = rows.map((row, y) =>
      el("div", { class: "keyboard-row" }, ...row.map((button, x) => this.#button(message, button, `${y}.${x}`))));
    return el("div", { class: "keyboard", role: "group", "aria-label": "Buttons of this message" }, ...lines);
  }

  #button(message, button, place) {
    const key = `${message.message_id}/${button.callback_data ?? place}`;
    const href = button.url && safeUrl(button.url);
    const element = el("button", {
      class: `inline-button${href ? " leads-out" : ""}`, "data-key": key,
      title: href && `Opens ${href} in a new tab`,
      on: { click: () => !this.#busy.has(key) && this.actions.press(message, { ...button, url: href }, key) },
    }, button.text);
    this.#showBusy(element);
    return element;
  }

  // Not `disabled`, which would drop the keyboard focus.
  #showBusy(button) {
    const busy = this.#busy.has(button.dataset.key);
    button.setAttribute("aria-busy", String(busy));
    button.setAttribute("aria-disabled", String(busy));
  }
}

// One list of commands for two uses: opened by the Menu button, and completing a "/" being typed.
export class CommandList {
  #mode = null;
  #active = -1;
  #items = [];

  constructor({ list, field, button, all, say }) {
    Object.assign(this, { list, field, button, all, say });
    button.addEventListener("click", () => (this.#mode === "menu" ? this.close() : this.#open("menu", all())));
    field.addEventListener("input", () => this.#complete());
    field.addEventListener("blur", () => this.#mode === "typing" && this.close());
    list.addEventListener("keydown", (event) => this.key(event));
    list.addEventListener("focusout", (event) => {
      if (this.#mode === "menu" && !list.contains(event.relatedTarget) && event.relatedTarget !== button) this.close();
    });
    // Keeps the focus where it is, and so the list open, until the click.
    list.addEventListener("mousedown", (event) => event.preventDefault());
  }

  close() {
    this.#mode = null;
    this.list.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    this.field.removeAttribute("aria-activedescendant");
  }

  // Answers whether the key was meant for the list.
  key(event) {
    if (!this.#mode) return false;
    const { key } = event;
    const inMenu = this.#mode === "menu";
    const chosen = this.#items[this.#active];
    const last = this.#items.length - 1;
    if (key === "ArrowDown") this.#mark(this.#active < last ? this.#active + 1 : 0);
    else if (key === "ArrowUp") this.#mark(this.#active > 0 ? this.#active - 1 : last);
    else if (key === "Home" && inMenu) this.#mark(0);
    else if (key === "End" && inMenu) this.#mark(last);
    else if (key === "Escape") this.#leave();
    else if (key === "Tab" && !inMenu && !event.shiftKey) this.#write(chosen ?? this.#items[0]);
    else if (chosen && (key === "Enter" || (key === " " && inMenu))) this.#pick(chosen);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  #leave() {
    const back = this.#mode === "menu" ? this.button : this.field;
    this.close();
    back.focus();
  }

  #complete() {
    const begun = /^\/(\w*)$/.exec(this.field.value)?.[1];
    const fits = ({ command }) => begun !== undefined && command.startsWith(begun.toLowerCase());
    const fitting = this.all().filter(fits);
    if (fitting.length) this.#open("typing", fitting);
    else this.close();
  }

  #open(mode, commands) {
    this.#mode = mode;
    this.#items = commands;
    this.list.replaceChildren(...commands.map((item, place) => el(
      "li",
      {
        role: "option", id: `command-${place}`, testid: `command-${item.command}`,
        tabindex: "-1", "aria-selected": "false", on: { click: () => this.#pick(item) },
      },
      el("strong", {}, `/${item.command}`),
      el("span", {}, item.description),
    )));
    this.list.hidden = false;
    this.button.setAttribute("aria-expanded", String(mode === "menu"));
    // While typing nothing is chosen beforehand: Enter sends what was typed unless the arrows were used.
    this.#mark(mode === "menu" ? 0 : -1);
  }

  #mark(place) {
    this.#active = place;
    const options = [...this.list.children];
    for (const [index, option] of options.entries()) option.setAttribute("aria-selected", String(index === place));
    const option = options[place];
    option?.scrollIntoView({ block: "nearest" });
    if (this.#mode === "menu") option?.focus();
    else if (option) this.field.setAttribute("aria-activedescendant", option.id);
    else this.field.removeAttribute("aria-activedescendant");
  }

  #pick(item) {
    const typing = this.#mode === "typing";
    this.close();
    if (typing) this.field.value = "";
    this.say(`/${item.command}`);
    this.field.focus();
  }

  #write(item) {
    this.field.value = `/${item.command} `;
    this.close();
  }
}
