// Short news over the page, and answers that want an OK.

import { el } from "/format.js";

const TOAST_TIME = 5000;

let toastTimer;
export function toast(text, isProblem = false) {
  const note = el("div", { class: isProblem ? "toast problem" : "toast", testid: "toast" }, text);
  const leave = () => note.remove();
  note.addEventListener("click", leave);
  document.getElementById("toasts").replaceChildren(note);
  clearTimeout(toastTimer);
  toastTimer = setTimeout(leave, TOAST_TIME + text.length * 40);
}

export function showAlert(from, text) {
  const dialog = document.getElementById("alert");
  document.getElementById("alert-from").textContent = from;
  document.getElementById("alert-text").textContent = text;
  if (!dialog.open) dialog.showModal();
}

export const tell = (problem) => toast(problem.message, true);
