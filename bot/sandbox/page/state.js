// What the page knows, and where it is: which account and chat are open stands in the address.

export const state = { bots: [], accounts: [], chats: [], account: null, peer: null, chat: null, turn: 0 };
export const unread = new Map(); // account id → unread messages, of the accounts in the background as well
export const lastPeer = new Map(); // account id → the chat it had open
export const drafts = new Map(); // "account/peer" → text
export const payloads = new Map(); // "account/peer" → start parameter of a link that was followed

export const $ = (id) => document.getElementById(id);
export const usable = (element) => element.offsetParent !== null;

export const place = () => `${state.account?.id}/${state.peer}`;
export const isOpen = (account, peer) => state.account?.id === account && state.peer === peer;
export const go = (account, peer) => { location.hash = account ? `${account}${peer ? `/${peer}` : ""}` : ""; };
