// How things are written: entities as elements, typed marks as entities, dates as words.
// Offsets are UTF-16 units, which is what a JavaScript string counts in.

export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  if (tag === "button") element.type = "button";
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [kind, listener] of Object.entries(value)) element.addEventListener(kind, listener);
    else if (name === "testid") element.dataset.testid = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// Loose entities are only paint and may be cut in two where they cross a solid one, such as a link, which stays whole.
const LOOSE = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code" };
const RANK = ["blockquote", "expandable_blockquote", "pre", "spoiler", "text_link", "url", "bot_command"];
const SCHEMES = ["http:", "https:", "mailto:", "tel:", "tg:"];

const rank = (type) => (RANK.includes(type) ? RANK.indexOf(type) : RANK.length + (type === "code" ? 1 : 0));
const outerFirst = (a, b) => a.start - b.start || b.end - a.end || rank(a.type) - rank(b.type);

export function safeUrl(raw) {
  const whole = /^([a-z][a-z0-9+.-]*:\/\/|mailto:|tel:)/i.test(raw) ? raw : `http://${raw}`;
  try {
    const url = new URL(whole);
    return SCHEMES.includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

// The bot and the start parameter of a t.me or tg: link, or null.
export function botLink(href) {
  const url = URL.canParse(href) ? new URL(href) : null;
  if (url?.protocol === "tg:") return { name: url.searchParams.get("domain"), payload: url.searchParams.get("start") };
  if (url?.hostname === "t.me") return { name: url.pathname.slice(1), payload: url.searchParams.get("start") };
  return null;
}

function link(address, actions) {
  const href = safeUrl(address);
  if (!href) return el("span", { class: "mention" });
  const visit = (event) => actions.visit(href) && event.preventDefault();
  return el("a", { href, target: "_blank", rel: "noopener noreferrer", on: { click: visit } });
}

function quote(expandable) {
  if (!expandable) return { outer: el("blockquote") };
  const inner = el("div", { class: "quote-body" });
  const toggle = el("button", { class: "quote-toggle", "aria-expanded": "false" }, "Show more");
  const outer = el("blockquote", { class: "expandable collapsed" }, inner, toggle);
  toggle.addEventListener("click", () => {
    const collapsed = outer.classList.toggle("collapsed");
    toggle.setAttribute("aria-expanded", String(!collapsed));
    toggle.textContent = collapsed ? "Show more" : "Show less";
  });
  // What the Tab key reaches must be seen.
  inner.addEventListener("focusin", () => outer.classList.contains("collapsed") && toggle.click());
  return { outer, inner };
}

// The words are `visibility: hidden`, so before the reveal neither a screen reader nor the Tab key finds them.
function spoiler() {
  const inner = el("span", { class: "spoiler-text" });
  const label = "Hidden text, press to reveal";
  const outer = el("span", { class: "spoiler", role: "button", tabindex: "0", "aria-label": label }, inner);
  outer.addEventListener("click", () => reveal(outer.closest(".text") ?? outer.parentNode));
  outer.addEventListener("keydown", (event) => {
    if (event.target !== outer || !["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    outer.click();
  });
  return { outer, inner };
}

export function reveal(root) {
  for (const hidden of root.querySelectorAll(".spoiler[role=button]")) {
    for (const name of ["role", "aria-label"]) hidden.removeAttribute(name);
    hidden.tabIndex = -1;
    hidden.classList.add("revealed");
  }
}

function dress(entity, content, actions) {
  switch (entity.type) {
    case "blockquote": return quote(false);
    case "expandable_blockquote": return quote(true);
    case "spoiler": return spoiler();
    case "pre": {
      const inner = el("code");
      return { outer: el("pre", { "data-language": entity.language || null, tabindex: "0" }, inner), inner };
    }
    case "text_link": return { outer: link(entity.url ?? "", actions) };
    case "url": return { outer: link(content, actions) };
    case "email": return { outer: link(`mailto:${content}`, actions) };
    case "phone_number": return { outer: link(`tel:${content}`, actions) };
    case "bot_command": {
      const click = () => actions.say(content);
      return { outer: el("button", { class: "command", title: `Send ${content}`, on: { click } }) };
    }
    case "mention": case "text_mention": case "hashtag": case "cashtag":
      return { outer: el("span", { class: "mention" }) };
    case "date_time":
      return { outer: el("time", { title: Number.isFinite(entity.unix_time) && momentOf(entity.unix_time) }) };
    default: return { outer: el(LOOSE[entity.type] ?? "span") };
  }
}

function write(parent, text) {
  // A block ends its own line, so the line break that follows it in the text would show as an empty line.
  const afterBlock = ["PRE", "BLOCKQUOTE"].includes(parent.lastChild?.nodeName);
  const shown = afterBlock && text.startsWith("\n") ? text.slice(1) : text;
  if (shown) parent.append(shown);
}

function nest(parent, text, from, to, entities, actions) {
  let queue = entities.toSorted(outerFirst);
  let at = from;
  while (queue.length) {
    const entity = queue.shift();
    let { start, end } = entity;
    if (entity.type in LOOSE) {
      const crosses = (other) => other.start > start && other.start < end && other.end > end;
      const crossing = queue.find((other) => !(other.type in LOOSE) && crosses(other));
      if (crossing) {
        end = crossing.start;
        queue.push({ ...entity, start: end });
      }
    }
    const inside = [];
    const after = [];
    for (const other of queue) {
      if (other.start < end) inside.push({ ...other, end: Math.min(other.end, end) });
      if (other.end > end) after.push({ ...other, start: Math.max(other.start, end) });
    }
    write(parent, text.slice(at, start));
    const { outer, inner = outer } = dress(entity, text.slice(start, end), actions);
    nest(inner, text, start, end, inside, actions);
    parent.append(outer);
    at = end;
    queue = after.sort(outerFirst);
  }
  write(parent, text.slice(at, to));
}

// `actions` is {say(text), visit(href)}: what a click on a command or a link does.
export function formatted(text, entities, actions) {
  const within = (place) => Math.max(0, Math.min(text.length, place));
  const known = (entities ?? [])
    .map((entity) => ({ ...entity, start: within(entity.offset), end: within(entity.offset + entity.length) }))
    .filter((entity) => entity.end > entity.start);
  const fragment = document.createDocumentFragment();
  nest(fragment, text, 0, text.length, known, actions);
  return fragment;
}

// A URL is matched first so that its underscores stay; `__` counts only at the edge of a word, as in snake__case.
const MARKS = new RegExp(
  [
    "(?<url>https?://[^\\s*~|`]+)",
    "```(?:(?<language>[\\w+#-]+)\\n)?(?<pre>[\\s\\S]*?\\S[\\s\\S]*?)```",
    "`(?<code>[^`\\n]+)`",
    "(?<mark>\\*\\*|~~|\\|\\||(?<![\\p{L}\\p{N}_])__)(?=\\S)(?<words>[\\s\\S]*?\\S)\\k<mark>(?!(?<=__)[\\p{L}\\p{N}_])",
  ].join("|"),
  "gu",
);
const MARK_TYPES = { "**": "bold", "__": "italic", "~~": "strikethrough", "||": "spoiler" };

// What Telegram's own clients do before sending: the marks go, entities come.
export function typed(source) {
  const entities = [];
  function read(part, base) {
    let out = "";
    let at = 0;
    for (const match of part.matchAll(MARKS)) {
      const { url, language, pre, code, mark, words } = match.groups;
      out += part.slice(at, match.index);
      at = match.index + match[0].length;
      const offset = base + out.length;
      const place = entities.length;
      const text = url ?? pre?.replace(/^\n|\n$/g, "") ?? code ?? read(words, offset);
      out += text;
      if (url) continue;
      const type = pre ? "pre" : code ? "code" : MARK_TYPES[mark];
      entities.splice(place, 0, { type, offset, length: text.length, ...(language && { language }) });
    }
    return out + part.slice(at);
  }
  const text = read(source.trim(), 0);
  return { text, entities };
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const thisYear = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
const otherYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "medium" });
const short = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

export const timeOf = (seconds) => clock.format(seconds * 1000);
export const momentOf = (seconds) => exact.format(seconds * 1000);

export function dayOf(seconds, now = new Date()) {
  const date = new Date(seconds * 1000);
  if (date.toDateString() === now.toDateString()) return "Today";
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (date.toDateString() === yesterday.toDateString()) return "Yesterday";
  return (date.getFullYear() === now.getFullYear() ? thisYear : otherYear).format(date);
}

export const whenOf = (seconds) => (dayOf(seconds) === "Today" ? timeOf(seconds) : short.format(seconds * 1000));

export const nameOf = (account) => [account.first_name, account.last_name].filter(Boolean).join(" ");
