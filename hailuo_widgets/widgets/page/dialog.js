/** A dialog over the page: the browser keeps the focus in it, closes it with Escape, and gives the focus back. */

import { button, el, listen } from "./dom.js";
import { CLOSE } from "./icons.js";

/**
 * @typedef {object} Dialog
 * @property {HTMLDialogElement} element
 * @property {HTMLElement} head for further controls, beside the title
 * @property {HTMLElement} body
 * @property {() => void} open
 * @property {() => void} close
 */

/**
 * @param {HTMLElement} root of the widget, whose colours it has
 * @param {string} title
 * @param {AbortSignal} signal
 * @returns {Dialog}
 */
export function dialog(root, title, signal) {
  const closer = button("Close", { icon: CLOSE, title: "Close (Esc)" });
  const name = el("h2", { class: "hw-dialog-title" }, title);
  const head = el("div", { class: "hw-dialog-head" });
  // Long texts are scrolled by keys too.
  const body = el("div", { class: "hw-dialog-body", tabindex: 0, role: "group", "aria-label": title });
  const element = el("dialog", { class: "hw-dialog", "aria-label": title }, el("div", { class: "hw-dialog-top" }, name, head, closer), body);
  root.append(element);
  const close = () => element.close();
  listen(closer, "click", close, signal);
  // What lies around it closes it: only the dialog itself is hit there, none of its parts.
  listen(element, "click", (event) => event.target === element && close(), signal);
  signal.addEventListener("abort", () => element.remove());
  return { element, head, body, open: () => element.open || element.showModal(), close };
}
