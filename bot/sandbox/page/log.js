import { dayOf, el, formatted, momentOf, reveal, safeUrl, timeOf } from "/format.js";
import { forwardOf, mediaOf, protectionOf, viaOf } from "/media.js";

const WINDOW = 150;
const NEAR_END = 48;
const AT_END = 2;
const HEADROOM = 12;

const wordsOf = (message) => message.text ?? message.caption ?? "";
const firstLine = (message) => wordsOf(message).split("\n", 1)[0];

// The messages of the open chat. `actions` must be given before the first of them: say(text), visit(href),
// press(message, button, key), seen().
export class Log {
  #all = new Map(); // message id → {message, print, element}
  #busy = new Set();
  #from = -Infinity;
  #fresh = 0;
  #atEnd = true;
  #me = null;
  #named = false;
  pinned = true; // the newest message is in view, so the next one may take its place
  actions = null;

  constructor(root, jump) {
    this.root = root;
    this.jump = jump;
    const click = () => this.#showEarlier();
    this.earlier = el("button", { class: "quiet earlier", on: { click } }, "Show earlier messages");
    root.addEventListener("scroll", () => this.#scrolled());
    jump.addEventListener("click", () => {
      this.#toNewest(!matchMedia("(prefers-reduced-motion: reduce)").matches);
      root.focus({ preventScroll: true });
    });
    jump.addEventListener("blur", () => (jump.hidden = this.pinned));
    new ResizeObserver(() => this.#atEnd && this.#scroll(root.scrollHeight)).observe(root);
  }

  open(me, named) {
    this.#all.clear();
    this.#busy.clear();
    this.#me = me;
    this.#named = named;
    this.#fresh = 0;
    this.pinned = this.#atEnd = true;
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
    const fresh = messages.filter((message) => this.#place(message) === "new").length;
    this.#settle(first ? 0 : fresh, first);
    requestAnimationFrame(() => this.root.setAttribute("aria-busy", "false"));
  }

  put(message) {
    const change = this.#place(message);
    if (change === "new" && message.from?.id === this.#me) this.pinned = true;
    this.#settle(change === "new" ? 1 : 0, change === "turned");
  }

  drop(id) {
    this.#remove(id);
    this.#settle(0, false);
  }

  setBusy(key, busy) {
    if (busy) this.#busy.add(key);
    else this.#busy.delete(key);
    for (const button of this.root.querySelectorAll(".inline-button")) {
      if (button.dataset.key === key) this.#showBusy(button);
    }
  }

  // Where the newest message is read from: the end, or its first line if it is longer than the view.
  get #newest() {
    const { root } = this;
    const end = root.scrollHeight - root.clientHeight;
    const last = root.lastElementChild;
    if (!last?.matches(".message.in")) return end;
    const top = last.getBoundingClientRect().top - root.getBoundingClientRect().top + root.scrollTop;
    return Math.min(end, top - HEADROOM);
  }

  get #toGo() {
    return this.root.scrollHeight - this.root.clientHeight - this.root.scrollTop;
  }

  #toNewest(smooth = false) {
    this.#scroll(this.#newest, smooth);
  }

  #scroll(top, smooth = false) {
    this.root.scrollTo({ top, behavior: smooth ? "smooth" : "instant" });
    if (!smooth) this.#atEnd = this.#toGo < AT_END;
  }

  #scrolled() {
    this.pinned = this.root.scrollTop > this.#newest - NEAR_END;
    this.#atEnd = this.#toGo < AT_END;
    if (this.pinned && this.#fresh) {
      this.#fresh = 0;
      this.actions.seen();
    }
    this.#showJump();
  }

  #showJump() {
    this.jump.hidden = this.pinned && document.activeElement !== this.jump; // who stands on it is not thrown off
    this.jump.textContent = this.#fresh ? `${this.#fresh} new message${this.#fresh > 1 ? "s" : ""}` : "Latest messages";
    this.jump.classList.toggle("has-new", this.#fresh > 0);
  }

  // `turned`: there is another page to be read from its top, in a chat just opened or a message edited.
  #settle(fresh, turned) {
    if (this.pinned) this.#trim();
    this.#separate();
    if (!this.pinned) this.#fresh += fresh;
    else if (fresh || turned) this.#toNewest();
    else if (this.#atEnd) this.#scroll(this.root.scrollHeight);
    this.#showJump();
  }

  // Answers whether the message is "new", has "turned" into another, as its first line tells, or neither.
  #place(message) {
    const id = message.message_id;
    const print = JSON.stringify(message);
    const old = this.#all.get(id);
    if (old?.print === print) return null;
    const entry = { message, print, element: null };
    this.#all.set(id, entry);
    const change = !old ? "new" : firstLine(old.message) !== firstLine(message) && "turned";
    if (id < this.#from) return change;
    entry.element = this.#build(message);
    if (old?.element) this.#replace(old, entry);
    else this.#insert(entry.element, id);
    this.#foldQuotes(entry.element);
    return change;
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
    const revealed = old.element.querySelector(".revealed") && wordsOf(old.message) === wordsOf(message);
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
    if (message.service) return this.#notice(message);
    const own = message.from?.id === this.#me;
    const time = timeOf(message.date);
    const name = message.from?.name ?? "Unknown";
    const sender = el("div", { class: `sender hue-${Math.abs(message.from?.id ?? 0) % 6}` }, name);
    const edited = message.edit_date ? `Edited ${momentOf(message.edit_date)}` : null;
    const words = message.sticker
      ? el("div", { class: "text" }, message.sticker)
      : el("div", { class: "text", dir: "auto" }, formatted(wordsOf(message), message.entities, this.actions));
    const media = mediaOf(message);
    const shown = wordsOf(message) || !media ? words : null;
    const meta = el("div", { class: "meta" },
      protectionOf(message),
      edited && el("span", { class: "edited", title: edited }, "edited"),
      el("time", { datetime: new Date(message.date * 1000).toISOString(), title: momentOf(message.date) }, time));
    const element = el("article",
      {
        class: `message ${own ? "out" : "in"}${message.sticker ? " is-sticker" : ""}${message.protected ? " is-kept" : ""}`,
        testid: "message", "data-message-id": message.message_id, "data-day": dayOf(message.date),
        tabindex: "-1",
        "aria-label": `${own ? "From you" : `From ${name}`} at ${time}`,
      },
      el("div", { class: "bubble" }, this.#named && !own && sender, forwardOf(message), viaOf(message), media, shown, meta));
    const rows = message.reply_markup?.inline_keyboard ?? [];
    if (rows.length) element.append(this.#keyboard(message, rows));
    return element;
  }

  // What happened to the chat itself, in the middle of the page.
  #notice(message) {
    return el("article",
      {
        class: "message notice", testid: "message", tabindex: "-1",
        "data-message-id": message.message_id, "data-day": dayOf(message.date),
      },
      el("span", {}, message.service));
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
