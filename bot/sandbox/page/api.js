// Everything the page says to its server. The contract is docs/sandbox.md.

const EVENTS = ["message", "edit", "delete", "answer", "chat", "commands", "inline", "story"];
const LONGEST_WAIT = 8000;

export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function call(method, path, body) {
  const options = { method, cache: "no-store" };
  if (method === "POST") {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body ?? {});
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Refused("The sandbox does not answer. Is it still running?", 0);
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(answer.error ?? `The sandbox answered ${response.status}.`, response.status);
  return answer;
}

const chatPath = (account, peer) => `/client/accounts/${account}/chats/${peer}`;

const bots = async () => (await call("GET", "/client/bots")).bots;
const accounts = async () => (await call("GET", "/client/accounts")).accounts;
export const createAccount = (fields) => call("POST", "/client/accounts", fields);
export const chats = async (account) => (await call("GET", `/client/accounts/${account}/chats`)).chats;
export const chat = (account, peer) => call("GET", chatPath(account, peer));
const send = async (account, peer, content) =>
  (await call("POST", `${chatPath(account, peer)}/messages`, content)).message;
const press = async (account, peer, messageId, data) =>
  (await call("POST", `${chatPath(account, peer)}/presses`, { message_id: messageId, data })).callback_query_id;
export const askInline = async (account, query) =>
  (await call("POST", `/client/accounts/${account}/inline`, query)).inline_query_id;
export const chooseInline = async (account, query, choice) =>
  (await call("POST", `/client/accounts/${account}/inline/${query}/choice`, choice)).message;
export const block = (account, peer) => call("POST", `${chatPath(account, peer)}/block`);
export const unblock = (account, peer) => call("POST", `${chatPath(account, peer)}/unblock`);
export const markRead = (account, peer) => call("POST", `${chatPath(account, peer)}/read`);
export const story = (after) => call("GET", `/client/story?after=${after}`);
export const beginScene = (code) => call("POST", `/client/scenes/${code}`);

// Follows one account. EventSource gives up for good on an answer other than 200 (a proxy's 502 while the sandbox
// restarts), so reconnecting is done here, for every kind of loss alike.
export function follow(account, { event, opened, lost }) {
  let source;
  let timer;
  let failures = 0;
  function connect() {
    source = new EventSource(`/client/events?account=${account}`);
    source.onopen = () => {
      failures = 0;
      opened();
    };
    source.onerror = () => {
      source.close();
      failures += 1;
      timer = setTimeout(connect, Math.min(250 * 2 ** failures, LONGEST_WAIT));
      lost();
    };
    for (const kind of EVENTS) source.addEventListener(kind, (sent) => event(kind, JSON.parse(sent.data)));
  }
  connect();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

const POLLED_AT_ONCE = 12;
let polled = 0;

export const unreadOf = (list) => list.reduce((sum, chat) => sum + chat.unread, 0);

// The browser allows six connections to one server, so only the account in front has a stream of its own; the others
// are asked, a dozen at a time if there are many.
export async function overview(inFront) {
  const [people, machines] = await Promise.all([accounts(), bots()]);
  const others = people.filter(({ id }) => id !== inFront);
  const count = Math.min(others.length, POLLED_AT_ONCE);
  const asked = Array.from({ length: count }, () => others[polled++ % others.length]);
  const unread = await Promise.all(asked.map(async ({ id }) => [id, unreadOf(await chats(id))]));
  return { accounts: people, bots: machines, unread };
}

// Sends in the order of speaking, one at a time.
export class Outbox {
  #last = Promise.resolve();

  send(account, peer, content) {
    const job = this.#last.then(() => send(account, peer, content));
    this.#last = job.catch(() => {});
    return job;
  }
}

const PATIENCE = 15000; // about as long as Telegram's own clients wait for the answer to a press

// Button presses that wait for the bot. An answer may come over the stream before the press itself has returned.
export class Presses {
  #waiting = new Map(); // callback query id → what to do when it is over
  #early = new Set();

  async press(account, peer, messageId, data, over) {
    const query = await press(account, peer, messageId, data);
    if (this.#early.delete(query)) return over(true);
    this.#waiting.set(query, over);
    setTimeout(() => this.#waiting.delete(query) && over(false), PATIENCE);
  }

  answered(query) {
    const over = this.#waiting.get(query);
    this.#waiting.delete(query);
    if (over) over(true);
    else this.#early.add(query);
  }

  forget() {
    this.#waiting.clear();
    this.#early.clear();
  }
}
