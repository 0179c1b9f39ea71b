/** The list of keys, drawn from the table that the keys are looked up in. */

import { BY_HAND, KEYS } from "./keys.js";
import { dialog } from "../page/dialog.js";
import { el } from "../page/dom.js";

/**
 * @param {HTMLElement} root
 * @param {AbortSignal} signal
 */
export function keysDialog(root, signal) {
  const shown = dialog(root, "Keys", signal);
  shown.body.classList.add("hw-compare-keys");
  for (const { title, rows } of [...KEYS, { title: "Mouse and fingers", rows: BY_HAND }]) {
    const list = el("dl", {});
    for (const row of rows) list.append(el("dt", {}, ...row.shown.map(keyCap)), el("dd", {}, row.words));
    shown.body.append(el("section", { "aria-label": title }, el("h3", {}, title), list));
  }
  return shown;
}

/** @param {string} key */
function keyCap(key) {
  return key === "…" ? key : el("kbd", {}, key);
}
