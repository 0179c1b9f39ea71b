/** Texts of a comparison in pieces: what differs from the others is marked, what is equal recedes. */

import { button, el } from "../page/dom.js";

/** @typedef {[string, number][]} Words pieces of a text; 0 is in all cells, 1 in some others, 2 in none */

/** Letters after which a text is cut until it is opened. */
const LONG_TEXT = 150;

/** @param {Words} words */
export function pieces(words) {
  return words.map(([text, differs]) => {
    if (!differs) return text;
    return differs === 1 ? el("span", { class: "hw-compare-shared" }, text) : el("mark", { class: "hw-compare-differs" }, text);
  });
}

/**
 * Draw a text of any length; a long one is cut until it is opened.
 * @param {Words} words
 * @param {string} kind class of the element
 */
export function wording(words, kind) {
  const text = el("div", { class: "hw-compare-words", dir: "auto" }, ...pieces(words));
  const place = el("div", { class: kind }, text);
  if (words.reduce((sum, [piece]) => sum + piece.length, 0) > LONG_TEXT) {
    const more = button("More", { class: "hw-quiet hw-compare-more-words" });
    more.setAttribute("aria-expanded", "false");
    more.addEventListener("click", () => {
      const open = text.classList.toggle("hw-compare-words-open");
      more.setAttribute("aria-expanded", String(open));
      more.replaceChildren(open ? "Less" : "More");
    });
    place.append(more);
  }
  return place;
}
