// The panel "What just happened": buttons that make something happen, and what it led to in plain sentences.
// It is there only where the sandbox has scenes. On a narrow screen it is opened and closed by buttons.

import * as api from "/api.js";
import { el, momentOf, nameOf, timeOf } from "/format.js";
import { tell } from "/notices.js";
import { fill } from "/rows.js";
import { $, go, state, usable } from "/state.js";

const MOST_LINES = 500;
const onePane = matchMedia("(max-width: 46em)");
const OPENERS = ["story-open", "story-peek"];

let last = 0; // the number of the newest line that is shown
let fresh = true; // nothing is shown yet, or of a sandbox that went away
let missed = 0; // lines that came while the panel was out of sight
let opener = null;
let reading = false;
let again = false;

// ---- Scenes

function sceneCard({ code, title, explains, running }) {
  const about = `scene-${code}`;
  const busy = running && "true";
  const begin = (event) => play(event.currentTarget, code);
  // Not `disabled`, which would take the focus away from who has just pressed it.
  const attributes = { class: "scene-button", testid: `scene-${code}`, "aria-describedby": about, "aria-disabled": busy };
  return el("li", { class: "scene-card" },
    el("button", { ...attributes, on: { click: begin } }, title),
    running && el("span", { class: "scene-busy" }, "Going on…"),
    el("p", { id: about }, explains));
}

async function play(button, code) {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  try {
    await api.beginScene(code);
  } catch (problem) {
    button.removeAttribute("aria-disabled");
    tell(problem);
  }
  readStory();
}

// ---- Lines

function storyLine({ number, at, text, account, peer }) {
  const who = state.accounts.find(({ id }) => id === account);
  const words = `line-${number}`;
  const show = () => showAs(account, peer);
  return el("li", { class: "story-line", testid: "story-line" },
    el("time", { datetime: new Date(at * 1000).toISOString(), title: momentOf(at) }, timeOf(at)),
    el("p", { id: words }, text),
    account !== null && el("div", { class: "story-where" },
      who && el("span", {}, peer > 0 ? `In ${nameOf(who)}’s chat` : `As ${nameOf(who)} sees it`),
      el("button", { class: "quiet", "aria-describedby": words, on: { click: show } }, "Show")));
}

function showAs(account, peer) {
  if (onePane.matches) close();
  if (account === state.account?.id && peer === state.peer) $("log").focus();
  else go(account, peer);
}

function add(lines, isNews) {
  const list = $("story-lines");
  const items = lines.map(storyLine).reverse();
  for (const item of items) item.classList.toggle("is-news", isNews);
  list.prepend(...items);
  while (list.children.length > MOST_LINES) list.lastElementChild.remove();
  if (lines.length) last = lines.at(-1).number;
  if (list.scrollTop > 0 && !list.matches(":focus-within, :hover")) list.scrollTop = 0;
}

// ---- Reading

// The sandbox is out of reach; the one that comes back may be another, which counts from 1 again.
export const forgetStory = () => { fresh = true; };

export async function readStory() {
  again = reading;
  if (reading) return;
  reading = true;
  try {
    do {
      again = false;
      show(await api.story(fresh ? 0 : last));
    } while (again);
  } catch {
    forgetStory();
  } finally {
    reading = false;
  }
}

function show({ scenes, lines }) {
  const first = fresh;
  if (first) {
    $("story-lines").setAttribute("aria-live", "off");
    $("story-lines").replaceChildren();
    last = 0;
    missed = 0;
  }
  fresh = false;
  fill($("scenes"), scenes.map(sceneCard));
  for (const id of ["story", ...OPENERS]) $(id).hidden = !scenes.length;
  if (scenes.length) document.body.dataset.story ??= "closed";
  else delete document.body.dataset.story;
  add(lines, !first);
  $("story-empty").hidden = last > 0;
  if (!first && !usable($("story"))) missed += lines.length;
  showMissed();
  // What was told before the page was opened is not read out.
  requestAnimationFrame(() => $("story-lines").setAttribute("aria-live", "polite"));
}

function showMissed() {
  for (const badge of document.querySelectorAll(".story-missed")) {
    badge.hidden = !missed;
    badge.textContent = missed > 99 ? "99+" : missed;
  }
  $("story-peek").setAttribute("aria-label", `What just happened${missed ? `, ${missed} new` : ""}`);
}

// ---- Opening and closing

function setOpen(open) {
  document.body.dataset.story = open ? "open" : "closed";
  for (const id of OPENERS) $(id).setAttribute("aria-expanded", String(open));
}

function open(event) {
  if (document.body.dataset.story === "open") return close();
  opener = event.currentTarget;
  setOpen(true);
  missed = 0;
  showMissed();
  $("story-close").focus();
}

function close() {
  setOpen(false);
  if (opener && usable(opener)) opener.focus();
  opener = null;
}

for (const id of OPENERS) $(id).addEventListener("click", open);
$("story-close").addEventListener("click", close);
$("story").addEventListener("keydown", (event) => {
  if (event.key === "Escape" && usable($("story-close"))) close();
});
window.addEventListener("hashchange", () => onePane.matches && document.body.dataset.story === "open" && close());
