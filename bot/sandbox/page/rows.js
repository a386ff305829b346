// Accounts and chats as rows of the side lists.

import { el, nameOf, whenOf } from "/format.js";
import { gist } from "/media.js";

export function avatar(id, name) {
  const letters = name.split(/\s+/).filter(Boolean).slice(0, 2).map((word) => [...word][0].toUpperCase()).join("");
  return el("span", { class: `avatar hue-${Math.abs(id) % 6}`, "aria-hidden": "true" }, letters || "?");
}

function badge(count) {
  if (!count) return null;
  const hidden = el("span", { class: "visually-hidden" }, " unread");
  return el("span", { class: "badge" }, count > 99 ? "99+" : count, hidden);
}

export function accountRow(account, place, chosen, unread, choose) {
  const about = [account.note, account.username && `@${account.username}`].filter(Boolean).join(" · ");
  const key = place < 9 && String(place + 1);
  return el("li", {}, el(
    "button",
    {
      class: "row", testid: `account-${account.id}`, on: { click: choose },
      "aria-current": chosen && "true", "aria-keyshortcuts": key && `Alt+${key}`,
    },
    avatar(account.id, nameOf(account)),
    el("span", { class: "row-main" },
      el("span", { class: "row-title" }, nameOf(account)),
      el("span", { class: "row-note" }, about || "no role noted")),
    badge(unread),
    key && el("kbd", { "aria-hidden": "true" }, key),
  ));
}

function lastLine(chat, me) {
  if (chat.blocked) return "Blocked";
  if (!chat.last) return chat.started ? "No messages" : "Not started yet";
  if (chat.last.service) return chat.last.service;
  const line = gist(chat.last).replace(/\s+/g, " ").slice(0, 120);
  if (chat.last.from?.id === me) return `You: ${line}`;
  return chat.kind === "private" ? line : `${chat.last.from?.name}: ${line}`;
}

export function chatRow(chat, me, chosen, open) {
  return el("li", {}, el(
    "button",
    { class: "row", testid: `chat-${chat.peer}`, "aria-current": chosen && "true", on: { click: open } },
    avatar(chat.peer, chat.title),
    el("span", { class: "row-main" },
      el("span", { class: "row-title" }, chat.title, chat.kind !== "private" && el("span", { class: "kind" }, chat.kind)),
      el("span", { class: "row-note" }, lastLine(chat, me))),
    el("span", { class: "row-side" },
      chat.last && el("time", { datetime: new Date(chat.last.date * 1000).toISOString() }, whenOf(chat.last.date)),
      badge(chat.unread)),
  ));
}

// Replaces a list only where it changed, and gives the focus back to the row that had it.
export function fill(list, rows) {
  const next = el("ul", {}, ...rows);
  if (next.innerHTML === list.innerHTML) return;
  const held = list.contains(document.activeElement) && document.activeElement.dataset.testid;
  list.replaceChildren(...next.childNodes);
  if (held) list.querySelector(`[data-testid="${held}"]`)?.focus();
}
