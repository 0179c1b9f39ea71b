/** Looking closer: by wheel, by drag, by pinch; all cells alike. */

import { listen } from "../page/dom.js";
import { WHOLE, factorOf, panned, pinched, zoomed } from "./zoom.js";

/** @typedef {import("./zoom.js").Place} Place */

// A hand that presses is never quite still.
const STILL = 4;
const CONTROLS = "button, a, input, select, [role='separator']";

/**
 * @param {import("./modes.js").Desk} desk
 * @param {{ pansWith: (type: string) => boolean }} say whether a drag with this kind of pointer is free for panning
 */
export function zooming({ root, frame, stage, state, signal }, { pansWith }) {
  /** @type {Map<number, Place>} where each finger is, as shares of the cell that was pressed first */
  const fingers = new Map();
  /** @type {DOMRect | null} */
  let box = null;
  let start = { x: 0, y: 0 };
  let dragged = false;

  function draw() {
    const { scale, x, y } = state.get().zoom;
    stage.style.setProperty("--hw-zoom", String(scale));
    stage.style.setProperty("--hw-zoom-x", `${x * 100}%`);
    stage.style.setProperty("--hw-zoom-y", `${y * 100}%`);
    frame.toggleAttribute("data-near", scale > 1);
  }

  /** The box of the picture under a pointer. @param {MouseEvent} event */
  function boxOf(event) {
    const hit = /** @type {Element} */ (event.target);
    const screen = state.get().mode === "grid" ? hit.closest(".hw-compare-screen") : stage;
    return screen?.getBoundingClientRect() ?? null;
  }

  /** @param {MouseEvent} event @param {DOMRect} of @returns {Place} */
  function share(event, of) {
    return { x: (event.clientX - of.left) / of.width, y: (event.clientY - of.top) / of.height };
  }

  /** @param {WheelEvent} event */
  function onWheel(event) {
    const under = boxOf(event);
    const { zoom } = state.get();
    const meant = event.ctrlKey || event.metaKey || (zoom.scale > 1 && root.contains(document.activeElement));
    if (!under || !meant) return;
    event.preventDefault();
    state.set({ zoom: zoomed(zoom, factorOf(event, under.height), share(event, under)) });
  }

  /** @param {PointerEvent} event */
  function onDown(event) {
    const hit = /** @type {Element} */ (event.target);
    if (event.button !== 0 || hit.closest(CONTROLS)) return;
    if (fingers.size === 0) {
      box = boxOf(event);
      start = { x: event.clientX, y: event.clientY };
      dragged = false;
    }
    if (box && fingers.size < 2) fingers.set(event.pointerId, share(event, box));
  }

  /** @param {PointerEvent} event */
  function onMove(event) {
    const before = fingers.get(event.pointerId);
    if (!before || !box) return;
    const far = Math.hypot(event.clientX - start.x, event.clientY - start.y) > STILL;
    if (!far && !dragged && fingers.size === 1) return;
    const now = share(event, box);
    const { zoom } = state.get();
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      state.set({ zoom: pinched(zoom, [before, other], [now, other], box.width / box.height) });
    } else if (zoom.scale > 1 && pansWith(event.pointerType)) {
      if (!dragged) frame.setPointerCapture(event.pointerId);
      state.set({ zoom: panned(zoom, now.x - before.x, now.y - before.y) });
    } else {
      return;
    }
    dragged = true;
    fingers.set(event.pointerId, now);
  }

  /** @param {PointerEvent} event */
  function onUp(event) {
    fingers.delete(event.pointerId);
  }

  listen(frame, "wheel", onWheel, signal);
  listen(frame, "pointerdown", onDown, signal);
  listen(frame, "pointermove", onMove, signal);
  listen(window, "pointerup", onUp, signal);
  listen(window, "pointercancel", onUp, signal);
  listen(frame, "dblclick", (event) => {
    const hit = /** @type {Element} */ (event.target);
    if (!hit.closest(CONTROLS)) state.set({ zoom: WHOLE });
  }, signal);
  // The click at the end of a drag is no click.
  listen(frame, "click", (event) => {
    if (!dragged) return;
    dragged = false;
    event.stopPropagation();
    event.preventDefault();
  }, signal, true);
  state.subscribe((now, before) => now.zoom !== before.zoom && draw(), signal);
  draw();
  return {
    /** How many fingers are down. */
    fingers: () => fingers.size,
    /** Whether the pointer that is down has become a drag of the picture. */
    dragged: () => dragged && fingers.size > 0,
  };
}
