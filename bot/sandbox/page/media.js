// Pictures and documents as a message shows them. What is protected can be looked at, not saved or copied.

import { el } from "/format.js";

const WIDEST = 384;
const HIGHEST = 320;
const UNITS = ["bytes", "kB", "MB"];

// 1,000 bytes to the kilobyte, as file managers have it.
export function sizeOf(bytes) {
  const step = bytes < 1000 ? 0 : bytes < 1e6 ? 1 : 2;
  const value = bytes / 1000 ** step;
  return `${value.toLocaleString("en-GB", { maximumFractionDigits: value < 10 && step ? 1 : 0 })} ${UNITS[step]}`;
}

// One line for the list of chats.
export function gist(message) {
  const kind = message.photo ? "Picture" : message.document ? message.document.name : null;
  return [kind, message.sticker ?? message.text ?? message.caption].filter(Boolean).join(": ");
}

// The size stands in the element from the start, so that nothing moves when the picture arrives.
function picture({ url, width, height }, alt, kept) {
  const scale = Math.min(1, WIDEST / width, HIGHEST / height);
  const side = (pixels) => Math.max(1, Math.round(pixels * scale));
  const image = el("img", {
    class: "picture", testid: "picture", src: url, alt, width: side(width), height: side(height),
    draggable: kept ? "false" : null,
  });
  if (kept) {
    image.addEventListener("contextmenu", (event) => event.preventDefault());
    return image;
  }
  return el("a", { class: "picture-link", href: url, target: "_blank", rel: "noopener noreferrer" }, image);
}

function document({ url, name, size }, kept) {
  const words = [el("span", { class: "file-name" }, name), " ", el("span", { class: "file-size" }, sizeOf(size))];
  const attributes = { class: "file", testid: "document" };
  return kept ? el("span", attributes, ...words) : el("a", { ...attributes, href: url, download: name }, ...words);
}

export function mediaOf(message) {
  const kept = Boolean(message.protected);
  if (message.photo) return picture(message.photo, message.caption || "Picture without a caption", kept);
  return message.document ? document(message.document, kept) : null;
}

export const forwardOf = (message) =>
  message.forwarded_from ? el("div", { class: "forwarded" }, `Forwarded from ${message.forwarded_from}`) : null;

export const viaOf = (message) => (message.via ? el("div", { class: "forwarded", testid: "via" }, `via ${message.via}`) : null);

export const protectionOf = (message) =>
  message.protected
    ? el("span", { class: "kept", testid: "protected", title: "It cannot be forwarded, copied or saved" }, "protected")
    : null;
