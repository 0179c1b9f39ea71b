/** What the keyboard needs of every widget: its letters stay in it, and its focus is never lost. */

import { listen } from "./dom.js";

const SUPPRESS = "data-lm-suppress-shortcuts";
const REACHABLE = "button, input, select, textarea, a[href], summary, [tabindex], [contenteditable]";

/** Shortcuts with Ctrl or Cmd that mean the whole application, and no cell of the notebook. */
const APPLICATION = new Set(["s", "p", "b", ",", "shift+s", "shift+c"]);

/**
 * @param {HTMLElement} root of a widget
 * @param {AbortSignal} signal
 */
export function keyboard(root, signal) {
  keepKeys(root, signal);
  keepFocus(root, signal);
}

/**
 * Keep what is typed in a widget from the notebook, whose shortcuts are single letters: X cuts the
 * cell, and Ctrl and Backspace merges it. JupyterLab listens while a key bubbles; Notebook 7 before
 * it reaches the widget, so that there an attribute alone helps. What carries it spares what a shortcut
 * would match above it, and itself: so the very control that has the focus carries it.
 * @param {HTMLElement} root
 * @param {AbortSignal} signal
 */
function keepKeys(root, signal) {
  listen(root, "focusin", (event) => suppress(event.target, true), signal);
  listen(root, "focusout", (event) => suppress(event.target, false), signal);
  // The window comes before the document, where Notebook listens.
  listen(window, "keydown", (event) => {
    if (root.contains(/** @type {Node | null} */ (event.target))) suppress(event.target, !forApplication(event));
  }, signal, true);
  listen(root, "keydown", (event) => {
    if (!forApplication(event)) event.stopPropagation();
  }, signal);
}

/** @param {EventTarget | null} control @param {boolean} on */
function suppress(control, on) {
  if (!(control instanceof Element)) return;
  if (on) control.setAttribute(SUPPRESS, "true");
  else control.removeAttribute(SUPPRESS);
}

/** @param {KeyboardEvent} event */
function forApplication({ ctrlKey, metaKey, altKey, shiftKey, key }) {
  if (altKey || ctrlKey === metaKey) return false;
  return APPLICATION.has(`${shiftKey ? "shift+" : ""}${key.toLowerCase()}`);
}

/**
 * Where a control that had the focus is taken out, hidden or disabled, the focus goes on to the next
 * one that can have it, else to the one before: never to the page.
 * @param {HTMLElement} root
 * @param {AbortSignal} signal
 */
function keepFocus(root, signal) {
  /** @type {HTMLElement | null} the control that has the focus */
  let held = null;
  /** @type {HTMLElement[]} all controls, in order, as they were when it came there */
  let order = [];

  const watch = new MutationObserver(() => {
    if (!held || canHold(held)) return;
    const lost = held;
    const now = document.activeElement;
    if (now && now !== document.body && now !== lost) return forget();
    const at = order.indexOf(lost);
    const next = order.slice(at + 1).find(canHold) ?? order.slice(0, Math.max(0, at)).reverse().find(canHold);
    forget();
    next?.focus({ preventScroll: true });
  });

  function forget() {
    held = null;
    order = [];
    watch.disconnect();
  }

  listen(root, "focusin", (event) => {
    // A widget within another leaves it to that one, which knows what follows.
    if (root.parentElement?.closest(".hw") || !(event.target instanceof HTMLElement)) return;
    if (!held) watch.observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: ["hidden", "disabled", "class"] });
    held = event.target;
    order = [.../** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(REACHABLE))];
  }, signal);
  listen(root, "focusout", (event) => {
    const left = event.target;
    // A focus that leaves on purpose leaves a control behind that could have kept it.
    if (!event.relatedTarget) setTimeout(() => held && held === left && canHold(held) && document.activeElement !== held && forget());
    else if (!root.contains(/** @type {Node} */ (event.relatedTarget))) forget();
  }, signal);
  signal.addEventListener("abort", forget);
}

/** @param {HTMLElement} control */
function canHold(control) {
  if (!control.isConnected || control.matches(":disabled") || (control.tabIndex < 0 && control !== document.activeElement)) return false;
  return control.checkVisibility?.({ visibilityProperty: true }) ?? control.getClientRects().length > 0;
}
