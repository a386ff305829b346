// The side: who one acts as, and that account's chats.

import * as api from "/api.js";
import { nameOf } from "/format.js";
import { accountRow, chatRow, fill } from "/rows.js";
import { $, go, lastPeer, state, unread } from "/state.js";

let wishes = 0;

// Opens the chat one most likely wants: the one this account had open, or the same bot's as before, or the only one.
export async function choose(account) {
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

export function showSide() {
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

export async function readChats() {
  const { account } = state;
  if (!account) return;
  const chats = await api.chats(account.id).catch(() => null);
  if (!chats || state.account !== account) return;
  state.chats = chats;
  unread.set(account.id, api.unreadOf(chats));
  showSide();
}
