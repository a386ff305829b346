// Buttons and links in messages, and what the bot answers to a press.

import * as api from "/api.js";
import { log, showFoot } from "/chat.js";
import { botLink } from "/format.js";
import { showAlert, tell, toast } from "/notices.js";
import { go, payloads, state } from "/state.js";

export const presses = new api.Presses();

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied");
  } catch {
    toast("The browser refused to copy.", true);
  }
}

export async function press(message, button, key) {
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

export function hearAnswer({ peer, callback_query_id: query, text, show_alert: loud }) {
  presses.answered(query);
  const from = state.chats.find((chat) => chat.peer === peer)?.title ?? "Answer";
  if (text && loud) showAlert(from, text);
  else if (text) toast(text);
}

// Links to a bot of this sandbox stay in it, as t.me links stay in Telegram.
export function visit(href) {
  const { name, payload } = botLink(href) ?? {};
  const bot = name && state.bots.find(({ username }) => username?.toLowerCase() === name.toLowerCase());
  if (!bot) return false;
  if (payload) payloads.set(`${state.account.id}/${bot.id}`, payload);
  if (state.peer === bot.id) showFoot();
  else go(state.account.id, bot.id);
  return true;
}
