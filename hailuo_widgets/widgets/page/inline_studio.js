/** A Studio that the kernel opens beneath a widget, for a next step; the focus goes there. */

import { button, el, follow, listen } from "./dom.js";
import { embed } from "./embed.js";
import { CLOSE } from "./icons.js";

/**
 * @param {object} about
 * @param {import("./dom.js").Model} about.model with the trait `studio`
 * @param {string} about.label what the Studio is for
 * @param {(pressed: HTMLElement) => void} about.close called to close it
 * @param {HTMLElement[]} [about.above] what stands over it
 * @param {AbortSignal} about.signal
 * @returns {{ element: HTMLElement, expect: (here: boolean) => void }} `expect`: the user asked here for
 *     the one that comes next, so it is brought into view
 */
export function inlineStudio({ model, label, close, above = [], signal }) {
  const place = el("div", {});
  const closer = button("Close this Studio", { icon: CLOSE, class: "hw-below-close" });
  const element = el("div", { class: "hw-below", role: "region", "aria-label": label, hidden: true }, closer, ...above, place);
  let ends = new AbortController();
  let expected = false;

  /** @param {HTMLElement} prompt */
  function bringIntoView(prompt) {
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
    const prompt = await whenDrawn(place, "textarea", until);
    if (expected && prompt) bringIntoView(prompt);
    expected = false;
  }

  listen(closer, "click", () => close(closer), signal);
  follow(model, "studio", draw, signal);
  return { element, expect: (here) => (expected = here) };
}

/**
 * Wait until a place holds an element.
 * @param {HTMLElement} place @param {string} selector @param {AbortSignal} signal
 * @returns {Promise<HTMLElement | null>} null once the signal is aborted
 */
function whenDrawn(place, selector, signal) {
  return new Promise((resolve) => {
    const observer = new MutationObserver(check);
    function check() {
      const found = /** @type {HTMLElement | null} */ (place.querySelector(selector));
      if (!found && !signal.aborted) return;
      observer.disconnect();
      resolve(signal.aborted ? null : found);
    }
    observer.observe(place, { childList: true, subtree: true });
    signal.addEventListener("abort", check);
    check();
  });
}
