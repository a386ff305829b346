// Sends the file that was chosen with the clip; what stands in the message box becomes its caption.

import { Refused } from "/api.js";
import { readChat, readSoon, showSaid } from "/chat.js";
import { commands, grow } from "/composer.js";
import { typed } from "/format.js";
import { tell } from "/notices.js";
import { $, isOpen, state } from "/state.js";

const PICTURES = ["image/jpeg", "image/png", "image/webp"];

async function post(account, peer, form) {
  const path = `/client/accounts/${account}/chats/${peer}/files`;
  const response = await fetch(path, { method: "POST", body: form }).catch(() => {
    throw new Refused("The sandbox does not answer. Is it still running?", 0);
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(answer.error ?? `The sandbox answered ${response.status}.`, response.status);
  return answer.message;
}

export async function attach() {
  const [file] = $("file").files;
  if (!file) return;
  const { account, peer } = state;
  const field = $("text");
  const source = field.value;
  const { text, entities } = typed(source);
  const form = new FormData();
  form.append("file", file, file.name);
  form.append("as", PICTURES.includes(file.type) ? "photo" : "document");
  form.append("caption", text);
  form.append("entities", JSON.stringify(entities));
  $("file").value = "";
  field.value = "";
  grow();
  commands.close();
  field.focus();
  try {
    const message = await post(account.id, peer, form);
    readSoon();
    if (!isOpen(account.id, peer)) return;
    showSaid(message);
    if (!state.chat?.started) await readChat();
  } catch (problem) {
    tell(problem);
    if (isOpen(account.id, peer) && !field.value) field.value = source;
    grow();
  }
}
