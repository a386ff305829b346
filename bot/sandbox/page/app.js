// Ties the page together: goes where the address says, follows that account, and listens to keys and buttons.

import * as api from "/api.js";
import { attach } from "/attach.js";
import { hearAnswer, press, presses, visit } from "/buttons.js";
import { arrived, log, markRead, readChat, setBlocked, showStage } from "/chat.js";
import { commands, deliver, grow, say, start, submit, typing } from "/composer.js";
import { nameOf } from "/format.js";
import { hearInline, watchInline } from "/inline.js";
import { tell, toast } from "/notices.js";
import { choose, readChats, showSide } from "/side.js";
import { $, drafts, go, place, state, unread, usable } from "/state.js";
import { forgetStory, readStory } from "/story.js";
import { Theme } from "/theme.js";

const POLL = 2000;
const THUMB = "👍";

let unfollow = () => {};
let connected = false;

// ---- Where we are

async function route() {
  const [accountPart, peerPart] = location.hash.slice(1).split("/");
  const account = state.accounts.find(({ id }) => String(id) === accountPart) ?? null;
  const peer = account && Number(peerPart) ? Number(peerPart) : null;
  if (state.peer) drafts.set(place(), $("text").value);
  const turn = ++state.turn;
  const changed = account?.id !== state.account?.id;
  Object.assign(state, { account, peer, chat: null });
  commands.close();
  if (changed) {
    unfollow();
    connected = false;
    state.chats = [];
    presses.forget();
    $("offline").textContent = "";
    unfollow = account ? follow(account.id) : () => {};
  }
  document.body.dataset.pane = peer ? "chat" : "list";
  showSide();
  showStage();
  if (!account) return;
  if (peer) {
    log.open(account.id, false);
    $("text").value = drafts.get(place()) ?? "";
    grow();
    const focused = document.activeElement;
    await readChat();
    if (turn !== state.turn) return;
    // Who has gone elsewhere meanwhile stays there. On a touch screen focusing the text field would bring up the keyboard unasked.
    const targets = matchMedia("(hover: hover)").matches ? [$("start"), $("text"), $("unblock")] : [$("log")];
    if ([focused, document.body].includes(document.activeElement)) targets.find(usable)?.focus({ preventScroll: true });
  }
  await readChats();
  if (turn !== state.turn || peer) return;
  if (changed || document.activeElement === document.body) $("chats").querySelector(".row")?.focus();
}

// ---- What goes on

async function poll() {
  if (document.hidden) return;
  try {
    const { accounts, bots, unread: counts } = await api.overview(state.account?.id);
    const same = JSON.stringify([accounts, bots]) === JSON.stringify([state.accounts, state.bots]);
    Object.assign(state, { accounts, bots });
    readStory();
    for (const id of unread.keys()) if (!accounts.some((one) => one.id === id)) unread.delete(id);
    for (const [id, count] of counts) if (id !== state.account?.id) unread.set(id, count);
    if (connected || !state.account) $("offline").textContent = "";
    if (state.account && !accounts.some(({ id }) => id === state.account.id)) {
      toast(`${nameOf(state.account)} is no longer in the sandbox.`, true);
      go(null);
    } else if (!state.account && accounts.some(({ id }) => location.hash.split("/")[0] === `#${id}`)) {
      route(); // the address named an account made only now
    } else if (!same) {
      readChats();
      showStage();
    }
    showSide();
  } catch (problem) {
    if (problem.status === 0) lost();
  }
}

function lost() {
  connected = false;
  forgetStory();
  $("offline").textContent = "Connection lost, trying again…";
}

function opened(account) {
  if (state.account?.id !== account) return;
  connected = true;
  $("offline").textContent = "";
  readChats();
  if (state.peer) readChat();
}

const follow = (account) => api.follow(account, {
  event: (kind, data) => heard(account, kind, data),
  opened: () => opened(account),
  lost,
});

function heard(account, kind, data) {
  if (kind === "story") return readStory();
  if (state.account?.id !== account) return;
  if (kind === "answer") hearAnswer(data);
  else if (kind === "inline") hearInline(data);
  else arrived(kind, data);
}

// ---- Listening

function shortcut(event) {
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
  if (event.altKey && !event.ctrlKey && !event.metaKey && digit && !document.querySelector("dialog[open]")) {
    const account = state.accounts[Number(digit) - 1];
    if (!account) return;
    event.preventDefault();
    choose(account);
  } else if (event.key === "Escape" && $("log").contains(event.target) && usable($("text"))) {
    $("text").focus();
  } else if (["ArrowDown", "ArrowUp"].includes(event.key) && event.target.matches(".row")) {
    const rows = [...document.querySelectorAll(".row")].filter(usable);
    rows[rows.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
    event.preventDefault();
  }
}

async function createAccount(event) {
  event.preventDefault();
  const entered = [...new FormData($("account-form"))].map(([name, value]) => [name, value.trim()]);
  const fields = Object.fromEntries(entered.filter(([, value]) => value));
  if (fields.id) fields.id = Number(fields.id);
  if (fields.username) fields.username = fields.username.replace(/^@/, "");
  try {
    const account = await api.createAccount(fields);
    $("account-dialog").close();
    await poll();
    choose(account);
  } catch (problem) {
    $("account-problem").textContent = problem.message;
  }
}

log.actions = { say, visit, press, seen: () => markRead() };
$("new-account").addEventListener("click", () => {
  $("account-form").reset();
  $("account-problem").textContent = "";
  $("account-dialog").showModal();
});
$("account-cancel").addEventListener("click", () => $("account-dialog").close());
$("account-form").addEventListener("submit", createAccount);
$("compose").addEventListener("submit", submit);
$("text").addEventListener("keydown", typing);
$("text").addEventListener("input", grow);
watchInline();
$("sticker").addEventListener("click", () => deliver({ sticker: THUMB }).catch(tell));
$("clip").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", attach);
$("start").addEventListener("click", start);
$("unblock").addEventListener("click", () => setBlocked(false));
$("block").addEventListener("click", () => setBlocked(!state.chat?.blocked));
$("back").addEventListener("click", () => go(state.account.id));
$("skip").addEventListener("click", () => (usable($("text")) ? $("text") : document.querySelector(".row"))?.focus());
document.addEventListener("keydown", shortcut);
document.addEventListener("visibilitychange", () => { if (!document.hidden) { markRead(); poll(); } });
window.addEventListener("hashchange", route);

new Theme($("theme"));
await poll();
await route();
setInterval(poll, POLL);
