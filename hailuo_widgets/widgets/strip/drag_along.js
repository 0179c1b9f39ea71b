/** Dragging a clip along its row by the pointer. */

import { listen } from "../page/dom.js";
import { dropShift } from "./timeline.js";

/** Pixels that a press may move and still be a press. */
const DRAG_FROM = 6;
/** Pixels from an end of the row within which it scrolls, and by how many it does. */
const EDGE = 40;
const SCROLL = 12;

/**
 * @param {object} about
 * @param {HTMLElement} about.row
 * @param {HTMLElement} about.item
 * @param {number} about.from its place in the row
 * @param {PointerEvent} about.down the press that may begin it
 * @param {(by: number) => void} about.drop let go of so many places on
 * @param {AbortSignal} about.signal
 */
export function dragAlong({ row, item, from, down, drop, signal }) {
  const ends = new AbortController();
  const until = AbortSignal.any([signal, ends.signal]);
  const start = down.clientX + row.scrollLeft;
  const middles = [...row.children].map((each) => {
    const box = each.getBoundingClientRect();
    return box.left + box.width / 2 + row.scrollLeft;
  });
  let dragging = false;
  let by = 0;

  /** @param {PointerEvent} event */
  function follow(event) {
    const x = event.clientX + row.scrollLeft;
    if (!dragging && Math.abs(x - start) < DRAG_FROM) return;
    dragging = true;
    const box = row.getBoundingClientRect();
    if (event.clientX < box.left + EDGE) row.scrollLeft -= SCROLL;
    if (event.clientX > box.right - EDGE) row.scrollLeft += SCROLL;
    by = dropShift(middles, from, x);
    item.classList.add("hw-strip-dragged");
    item.style.transform = `translateX(${x - start}px)`;
    showGap(row, by === 0 ? null : from + by, by < 0);
  }

  function end() {
    ends.abort();
    item.classList.remove("hw-strip-dragged");
    item.style.transform = "";
    showGap(row, null, false);
  }

  listen(window, "pointermove", follow, until);
  listen(window, "pointerup", () => {
    end();
    if (!dragging) return;
    // The press that began the drag does not go to the clip.
    listen(item, "click", (event) => event.stopPropagation(), AbortSignal.timeout(0), true);
    drop(by);
  }, until);
  listen(window, "pointercancel", end, until);
  listen(window, "keydown", (event) => event.key === "Escape" && end(), until, true);
}

/** Show where it would be dropped. @param {HTMLElement} row @param {number | null} place @param {boolean} before */
function showGap(row, place, before) {
  [...row.children].forEach((each, index) => {
    each.classList.toggle("hw-strip-gap-before", before && index === place);
    each.classList.toggle("hw-strip-gap-after", !before && index === place);
  });
}
