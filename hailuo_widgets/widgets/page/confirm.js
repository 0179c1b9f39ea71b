/** The second press: what a person is asked before a press commits much. */

import { button, el } from "./dom.js";

/** @returns {HTMLElement} where the question is asked; hidden while there is none */
export function confirmBox() {
  return el("div", { class: "hw-box hw-box-care hw-confirm", role: "alertdialog", "aria-label": "Confirm", hidden: true });
}

/**
 * Ask, and act on a yes. A box that is hidden meanwhile asks no more.
 * @param {HTMLElement} box as `confirmBox` makes it
 * @param {{ question: string, yes: string, back: HTMLElement, act: () => void }} about `back` gets the focus after a no
 */
export function confirm(box, { question, yes, back, act }) {
  const agree = button(yes, { class: "hw-primary" });
  const leave = button("Not now");
  agree.addEventListener("click", () => {
    box.hidden = true;
    act();
  });
  leave.addEventListener("click", () => {
    box.hidden = true;
    back.focus();
  });
  box.replaceChildren(el("div", {}, question), el("div", { class: "hw-row" }, agree, leave));
  box.hidden = false;
  leave.focus();
}
