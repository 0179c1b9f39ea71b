/** The second press: what the user is asked before a press commits much. */

import { button, el } from "./dom.js";

/** Return the place where the question is asked; hidden while there is none. */
export function confirmBox() {
  return el("div", { class: "hw-box hw-box-care hw-confirm", role: "alertdialog", "aria-label": "Confirm", hidden: true });
}

/**
 * Ask, and act on a yes. A box that is hidden meanwhile asks no more.
 * @param {HTMLElement} box as `confirmBox` makes it
 * @param {{ question: string, yes: string, back: HTMLElement, act: () => void }} about `back` gets the focus after a no
 */
export function confirm(box, { question, yes, back, act }) {
  const accept = button(yes, { class: "hw-primary" });
  const decline = button("Not now");
  accept.addEventListener("click", () => {
    box.hidden = true;
    act();
  });
  decline.addEventListener("click", () => {
    box.hidden = true;
    back.focus();
  });
  box.replaceChildren(el("div", {}, question), el("div", { class: "hw-row" }, accept, decline));
  box.hidden = false;
  decline.focus();
}
