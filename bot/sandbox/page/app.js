// Ties the page together: which account and chat are open (kept in the address), what was said, what arrives.

import * as api from "/api.js";
import { accountRow, avatar, botLink, chatRow, nameOf, typed } from "/format.js";
import { CommandList, Log, Theme, fill, showAlert, toast } from "/view.js";

const POLL = 2000;
const THUMB = "👍";
const $ = (id) => document.getElementById(id);

const state = { bots: [], accounts: [], chats: [], account: null, peer: null, chat: null, turn: 0 };
const unread = new Map(); // account id → unread messages, of the accounts in the background as well
const lastPeer = new Map(); // account id → the chat it had open
const drafts = new Map(); // "account/peer" → text
const payloads = new Map(); // "account/peer" → start parameter of a link that was followed
const outbox = new api.Outbox();
const presses = new api.Presses();
let unfollow = () => {};
let buffer = null; // events that arrive while the open chat is being read
let connected = false;
let wishes = 0;
let reads = 0;
let shownRead = 0;

const log = new Log($("log"), $("jump"), { say, visit, press, seen: () => markRead() });
const menu = () => state.chat?.commands ?? [];
const commands = new CommandList({ list: $("commands"), field: $("text"), button: $("menu"), all: menu, say });

const place = () => `${state.account?.id}/${state.peer}`;
const isOpen = (account, peer) => state.account?.id === account && state.peer === peer;
const tell = (problem) => toast(problem.message, true);
const go = (account, peer) => { location.hash = account ? `${account}${peer ? `/${peer}` : ""}` : ""; };

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
    await readChat();
    if (turn !== state.turn) return;
    // On a touch screen focusing the text field would bring up the keyboard unasked.
    const targets = matchMedia("(hover: hover)").matches ? [$("start"), $("text"), $("unblock")] : [$("log")];
    targets.find(usable)?.focus({ preventScroll: true });
  }
  await readChats();
  if (turn !== state.turn || peer) return;
  if (changed || document.activeElement === document.body) $("chats").querySelector(".row")?.focus();
}

const usable = (element) => element.offsetParent !== null;

// Opens the chat one most likely wants: the one this account had open, or the same bot's as before, or the only one.
async function choose(account) {
  const wish = ++wishes;
  if (account.id === state.account?.id && state.peer) return;
  const wide = matchMedia("(min-width: 46em)").matches;
  const before = lastPeer.get(account.id) ?? (state.peer > 0 ? state.peer : null);
  let peer = wide ? before : null;
  if (wide && !peer) {
    const chats = await api.chats(account.id).catch(() => []);
    peer = chats.length === 1 ? chats[0].peer : null;
  }
  if (wish === wishes) go(account.id, peer); // or another account was chosen meanwhile
}

// ---- Reading

async function readChats() {
  const { account } = state;
  if (!account) return;
  const chats = await api.chats(account.id).catch(() => null);
  if (!chats || state.account !== account) return;
  state.chats = chats;
  unread.set(account.id, api.unreadOf(chats));
  showSide();
}

async function readChat() {
  const { account, peer } = state;
  const mine = [];
  const read = ++reads;
  buffer = mine;
  try {
    const chat = await api.chat(account.id, peer);
    if (!isOpen(account.id, peer) || read < shownRead) return;
    shownRead = read;
    lastPeer.set(account.id, peer);
    if (buffer === mine) buffer = null;
    if (!state.chat) log.open(account.id, chat.kind !== "private");
    state.chat = chat;
    log.sync(chat.messages);
    for (const [kind, data] of mine) apply(kind, data);
    showStage();
    markRead();
  } catch (problem) {
    if (!isOpen(account.id, peer)) return;
    if (problem.status === 404) go(account.id);
    tell(problem);
  } finally {
    if (buffer === mine) buffer = null;
  }
}

// Many calls in a short while become one.
function gather(job, wait) {
  let timer = null;
  return () => { timer ??= setTimeout(() => { timer = null; job(); }, wait); };
}

const readSoon = gather(readChats, 120);
const markRead = gather(() => {
  if (!state.chat || document.hidden || !log.pinned) return;
  api.markRead(state.account.id, state.peer).then(readSoon, () => {});
}, 60);

async function poll() {
  if (document.hidden) return;
  try {
    const { accounts, bots, unread: counts } = await api.overview(state.account?.id);
    const same = JSON.stringify([accounts, bots]) === JSON.stringify([state.accounts, state.bots]);
    Object.assign(state, { accounts, bots });
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

// ---- Arriving

function lost() {
  connected = false;
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
  event: (kind, data) => arrived(account, kind, data),
  opened: () => opened(account),
  lost,
});

function arrived(account, kind, data) {
  if (state.account?.id !== account) return;
  if (kind === "answer") hearAnswer(data);
  else {
    if (data.peer === state.peer) {
      if (buffer) buffer.push([kind, data]);
      else if (state.chat) apply(kind, data);
    }
    readSoon();
  }
}

function apply(kind, data) {
  if (kind === "message") {
    log.put(data.message);
    markRead();
  } else if (kind === "edit") log.put(data.message);
  else if (kind === "delete") log.drop(data.message_id);
  else readChat();
  showFoot();
}

function hearAnswer({ peer, callback_query_id: query, text, show_alert: loud }) {
  presses.answered(query);
  const from = state.chats.find((chat) => chat.peer === peer)?.title ?? "Answer";
  if (text && loud) showAlert(from, text);
  else if (text) toast(text);
}

// ---- Speaking

async function deliver(content) {
  const { account, peer } = state;
  const message = await outbox.send(account.id, peer, content);
  readSoon();
  if (!isOpen(account.id, peer)) return;
  if (!buffer && !log.has(message.message_id)) log.put(message);
  if (!state.chat?.started) await readChat();
}

function say(text) {
  payloads.delete(place());
  deliver({ text }).catch(tell);
}

function submit(event) {
  event?.preventDefault();
  const field = $("text");
  const source = field.value;
  const { text, entities } = typed(source);
  if (!text) return;
  const from = place();
  field.value = "";
  grow();
  commands.close();
  deliver(entities.length ? { text, entities } : { text }).catch((problem) => {
    tell(problem);
    if (place() !== from) drafts.set(from, source);
    else if (!field.value) field.value = source;
    grow();
  });
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied");
  } catch {
    toast("The browser refused to copy.", true);
  }
}

async function press(message, button, key) {
  if (button.url) {
    if (!visit(button.url)) window.open(button.url, "_blank", "noopener,noreferrer");
    return;
  }
  if (button.copy_text) return copy(button.copy_text.text);
  if (button.callback_data === undefined) return toast("The sandbox does not play buttons of this kind.", true);
  log.setBusy(key, true);
  const over = (wasAnswered) => {
    log.setBusy(key, false);
    if (!wasAnswered) toast("The bot has not answered this press.", true);
  };
  try {
    await presses.press(state.account.id, state.peer, message.message_id, button.callback_data, over);
  } catch (problem) {
    log.setBusy(key, false);
    tell(problem);
  }
}

// Links to a bot of this sandbox stay in it, as t.me links stay in Telegram.
function visit(href) {
  const { name, payload } = botLink(href) ?? {};
  const bot = name && state.bots.find(({ username }) => username?.toLowerCase() === name.toLowerCase());
  if (!bot) return false;
  if (payload) payloads.set(`${state.account.id}/${bot.id}`, payload);
  if (state.peer === bot.id) showFoot();
  else go(state.account.id, bot.id);
  return true;
}

function start() {
  const payload = payloads.get(place());
  say(payload ? `/start ${payload}` : "/start");
  showFoot();
  $("text").focus();
}

async function setBlocked(blocked) {
  const { account, peer } = state;
  try {
    await (blocked ? api.block : api.unblock)(account.id, peer);
    await readChat();
    readSoon();
    if (!blocked) $("text").focus();
  } catch (problem) {
    tell(problem);
  }
}

// ---- Showing

function showSide() {
  const { account, accounts, chats, peer } = state;
  const rowOf = (one, index) => accountRow(one, index, one.id === account?.id, unread.get(one.id), () => choose(one));
  fill($("accounts"), accounts.map(rowOf));
  $("keys-hint").hidden = accounts.length < 2;
  $("chats-section").hidden = !account;
  $("chats-title").textContent = account ? `Chats of ${account.first_name}` : "";
  const open = (chat) => go(state.account.id, chat.peer);
  fill($("chats"), chats.map((chat) => chatRow(chat, account.id, chat.peer === peer, () => open(chat))));
  $("no-chats").hidden = chats.length > 0;
  $("no-chats").textContent = state.bots.length
    ? "Reading the chats…"
    : `No bot has called yet. Start one with ${location.origin} as its Bot API address.`;
  const elsewhere = [...unread].reduce((sum, [id, count]) => sum + (id === account?.id ? 0 : count), 0);
  $("elsewhere").hidden = !elsewhere;
  $("elsewhere").textContent = elsewhere;
  const others = elsewhere ? `, ${elsewhere} unread for other accounts` : "";
  $("back").setAttribute("aria-label", `Back to accounts and chats${others}`);
  const waiting = elsewhere + (unread.get(account?.id) ?? 0);
  document.title = `${waiting ? `(${waiting}) ` : ""}${account ? `${nameOf(account)} · ` : ""}Cascade sandbox`;
}

function showStage() {
  const { account, accounts, chat, peer } = state;
  $("welcome").hidden = Boolean(peer);
  $("chat").hidden = !peer;
  $("welcome-lead").textContent =
    (!accounts.length && "There is no account yet. Create one to begin.") ||
    (account && `You are ${nameOf(account)}. Now open one of the chats.`) ||
    "Start by choosing an account from the list.";
  if (!peer) return;
  const title = chat?.title ?? state.chats.find((one) => one.peer === peer)?.title ?? "…";
  $("chat-title").textContent = title;
  $("chat-avatar").replaceChildren(avatar(peer, title));
  $("chat-note").textContent = `You are ${[nameOf(account), account.note].filter(Boolean).join(", ")}`;
  $("text").placeholder = `Write as ${account.first_name}`;
  $("block").hidden = chat?.kind !== "private";
  $("block").textContent = chat?.blocked ? "Unblock" : "Block";
  showFoot();
}

function showFoot() {
  const { chat } = state;
  const fresh = chat?.kind === "private" && !chat.started;
  const blocked = Boolean(chat?.blocked);
  const waiting = !blocked && (fresh || payloads.has(place()));
  $("gate").hidden = !chat || !(blocked || waiting);
  $("start").hidden = !waiting;
  $("unblock").hidden = !blocked;
  $("gate-text").textContent = `You have blocked ${chat?.title}. Until you unblock it, nothing it sends reaches you.`;
  $("gate-text").hidden = !blocked;
  $("compose").hidden = $("compose-hint").hidden = blocked;
  $("menu").hidden = !chat?.commands.length;
  $("hello").hidden = !chat || !log.empty;
  $("hello").textContent = fresh
    ? `${chat.title} cannot write to you before you have written to it. Press Start to make contact.`
    : "No messages here yet.";
}

function grow() {
  const field = $("text");
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

// ---- Listening

function typing(event) {
  if (event.isComposing || commands.key(event)) return;
  if (event.key === "Enter" && !event.shiftKey) submit(event);
}

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
$("sticker").addEventListener("click", () => deliver({ sticker: THUMB }).catch(tell));
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
