/** A Studio that the kernel opens beneath a widget, for a next step; the focus goes there. */

import { button, el, follow, listen } from "./dom.js";
import { embed } from "./embed.js";
import { CLOSE } from "./icons.js";

/**
 * @param {object} about
 * @param {import("./dom.js").Model} about.model with the trait `studio`
 * @param {string} about.label what the Studio is for
 * @param {(pressed: HTMLElement) => void} about.close asked to close it
 * @param {HTMLElement[]} [about.above] what stands over it
 * @param {AbortSignal} about.signal
 * @returns {{ element: HTMLElement, meant: (yes: boolean) => void }} `meant`: a person asked for the
 *     one that comes next here, so it is brought into view
 */
export function studioBelow({ model, label, close, above = [], signal }) {
  const place = el("div", {});
  const shut = button("Close this Studio", { icon: CLOSE, class: "hw-below-close" });
  const element = el("div", { class: "hw-below", role: "region", "aria-label": label, hidden: true }, shut, ...above, place);
  let ends = new AbortController();
  let meant = false;

  /** @param {HTMLElement} prompt */
  function show(prompt) {
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    element.scrollIntoView({ block: "nearest", behavior: still ? "auto" : "smooth" });
    prompt.focus({ preventScroll: true });
  }

  async function draw() {
    const reference = model.get("studio");
    ends.abort();
    ends = new AbortController();
    element.hidden = !reference;
    place.replaceChildren();
    if (!reference) return;
    const until = AbortSignal.any([signal, ends.signal]);
    await embed(model, reference, place, until);
    // The view is there before its script has drawn it.
    const prompt = await drawn(place, "textarea", until);
    if (meant && prompt) show(prompt);
    meant = false;
  }

  listen(shut, "click", () => close(shut), signal);
  follow(model, "studio", draw, signal);
  return { element, meant: (yes) => (meant = yes) };
}

/**
 * Wait until a place holds an element.
 * @param {HTMLElement} place @param {string} selector @param {AbortSignal} signal
 * @returns {Promise<HTMLElement | null>} null when nobody waits any more
 */
function drawn(place, selector, signal) {
  return new Promise((resolve) => {
    const watch = new MutationObserver(look);
    function look() {
      const found = /** @type {HTMLElement | null} */ (place.querySelector(selector));
      if (!found && !signal.aborted) return;
      watch.disconnect();
      resolve(signal.aborted ? null : found);
    }
    watch.observe(place, { childList: true, subtree: true });
    signal.addEventListener("abort", look);
    look();
  });
}
