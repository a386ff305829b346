// The message box: what is written in the open chat, or chosen from the commands.

import * as api from "/api.js";
import { readChat, readSoon, showFoot, showSaid } from "/chat.js";
import { CommandList } from "/commands.js";
import { typed } from "/format.js";
import { tell } from "/notices.js";
import { $, drafts, isOpen, payloads, place, state, usable } from "/state.js";

const outbox = new api.Outbox();

const menu = () => state.chat?.commands ?? [];
export const commands = new CommandList({ list: $("commands"), field: $("text"), button: $("menu"), all: menu, say });

export async function deliver(content) {
  const { account, peer } = state;
  const masked = usable($("anonymous")) && { anonymous: $("anonymous").checked };
  const message = await outbox.send(account.id, peer, { ...content, ...masked });
  readSoon();
  if (!isOpen(account.id, peer)) return;
  showSaid(message);
  if (!state.chat?.started) await readChat();
}

export function say(text) {
  payloads.delete(place());
  deliver({ text }).catch(tell);
}

export function submit(event) {
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

export function start() {
  const payload = payloads.get(place());
  say(payload ? `/start ${payload}` : "/start");
  showFoot();
  $("text").focus();
}

export function typing(event) {
  if (event.isComposing || commands.key(event)) return;
  if (event.key === "Enter" && !event.shiftKey) submit(event);
}

export function grow() {
  const field = $("text");
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}
