// The open chat: read as a whole, then kept up to date by what arrives.

import * as api from "/api.js";
import { nameOf } from "/format.js";
import { Log } from "/log.js";
import { tell } from "/notices.js";
import { avatar } from "/rows.js";
import { readChats } from "/side.js";
import { $, go, isOpen, lastPeer, payloads, place, state } from "/state.js";

export const log = new Log($("log"), $("jump"));

let buffer = null; // events that arrive while the open chat is being read
let reads = 0;
let shownRead = 0;

// ---- Reading

export async function readChat() {
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

export const readSoon = gather(readChats, 120);
export const markRead = gather(() => {
  if (!state.chat || document.hidden || !log.pinned) return;
  api.markRead(state.account.id, state.peer).then(readSoon, () => {});
}, 60);

// ---- Arriving

// Something happened in a chat of the account in front, maybe in the one that is open.
export function arrived(kind, data) {
  if (data.peer === state.peer) {
    if (buffer) buffer.push([kind, data]);
    else if (state.chat) apply(kind, data);
  }
  readSoon();
}

// What was said here is shown without waiting for its event.
export function showSaid(message) {
  if (!buffer && !log.has(message.message_id)) log.put(message);
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

export async function setBlocked(blocked) {
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

export function showStage() {
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
  const crowd = chat?.members && `${chat.kind}, ${chat.members} member${chat.members > 1 ? "s" : ""}`;
  const you = `You are ${[nameOf(account), account.note].filter(Boolean).join(", ")}`;
  $("chat-note").textContent = [crowd, you].filter(Boolean).join(" · ");
  $("text").placeholder = `Write as ${account.first_name}`;
  $("block").hidden = chat?.kind !== "private";
  $("block").textContent = chat?.blocked ? "Unblock" : "Block";
  if (chat && $("mask").dataset.place !== place()) { // what was chosen here stays until another chat is opened
    $("mask").dataset.place = place();
    $("anonymous").checked = Boolean(chat.is_anonymous);
  }
  showFoot();
}

export function showFoot() {
  const { chat } = state;
  const fresh = chat?.kind === "private" && !chat.started;
  const blocked = Boolean(chat?.blocked);
  const waiting = !blocked && (fresh || payloads.has(place()));
  $("gate").hidden = !chat || !(blocked || waiting);
  $("start").hidden = !waiting;
  $("unblock").hidden = !blocked;
  $("gate-text").textContent = `You have blocked ${chat?.title}. Until you unblock it, nothing it sends reaches you.`;
  $("gate-text").hidden = !blocked;
  const mute = chat?.can_write === false;
  $("compose").hidden = $("compose-hint").hidden = blocked || mute;
  $("mute").hidden = !mute;
  $("mask").hidden = mute || !["creator", "administrator"].includes(chat?.status) || chat.kind === "channel";
  $("menu").hidden = !chat?.commands.length;
  $("hello").hidden = !chat || !log.empty;
  $("hello").textContent = fresh
    ? `${chat.title} cannot write to you before you have written to it. Press Start to make contact.`
    : "No messages here yet.";
}
