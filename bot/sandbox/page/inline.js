// Inline mode: "@bot words" in the message box of any chat asks that bot, and its cards are listed to choose from.

import * as api from "/api.js";
import { showSaid } from "/chat.js";
import { commands } from "/composer.js";
import { tell } from "/notices.js";
import { $, isOpen, state } from "/state.js";

const PAUSE = 250; // as Telegram's own clients, ask once the typing rests
let timer = null;
let asked = null; // the newest query: what it was, and where

export function watchInline() {
  $("text").addEventListener("input", () => {
    clearTimeout(timer);
    asked = null;
    const [, name, words] = /^@(\w+)\s(.*)$/s.exec($("text").value) ?? [];
    const bot = name && state.bots.find(({ username }) => username?.toLowerCase() === name.toLowerCase());
    if (bot) timer = setTimeout(() => ask(bot, words), PAUSE);
  });
}

async function ask(bot, words) {
  const { account, peer } = state;
  const mine = { account: account.id, peer, answers: new Map() };
  asked = mine;
  try {
    mine.id = await api.askInline(account.id, { bot: bot.id, query: words, peer });
    if (mine.answers.has(mine.id)) offer(mine, mine.answers.get(mine.id));
  } catch (problem) {
    tell(problem);
  }
}

// The bot has answered, maybe before the page knows the query's id.
export function hearInline({ inline_query_id: query, results }) {
  if (asked?.id === query) offer(asked, results);
  else asked?.answers.set(query, results);
}

function offer(mine, results) {
  if (asked !== mine || !isOpen(mine.account, mine.peer)) return;
  commands.offer(results.map(({ id, title, description }) => ({
    key: id, title, description, act: () => choose(mine, id),
  })));
}

async function choose(mine, result) {
  asked = null;
  try {
    const message = await api.chooseInline(mine.account, mine.id, { result_id: result, peer: mine.peer });
    if (isOpen(mine.account, mine.peer)) showSaid(message);
  } catch (problem) {
    tell(problem);
  }
}
