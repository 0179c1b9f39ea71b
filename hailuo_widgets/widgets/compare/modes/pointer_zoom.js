/** Looking closer: by wheel, by drag, by pinch; all cells alike. */

import { listen } from "../../page/dom.js";
import { WHOLE, factorOf, panBy, pinch, zoomBy } from "./zoom.js";

/** @typedef {import("./zoom.js").Place} Place */

/** Pixels that a press may move and still be a press: a hand is never quite still. */
const DRAG_FROM = 4;
const CONTROLS = "button, a, input, select, [role='separator']";

export class PointerZoom {
  /** @param {import("./modes.js").Desk} desk */
  constructor({ root, frame, stage, state, signal }) {
    this.root = root;
    this.frame = frame;
    this.stage = stage;
    this.state = state;
    /** @type {Map<number, Place>} where each finger is, as shares of the cell that was pressed first */
    this.fingers = new Map();
    /** @type {DOMRect | null} */
    this.box = null;
    this.start = { x: 0, y: 0 };
    this.dragged = false;
    this.listen(signal);
    state.subscribe((now, before) => now.zoom !== before.zoom && this.draw(), signal);
    this.draw();
  }

  /** How many fingers are down. */
  get fingerCount() {
    return this.fingers.size;
  }

  /** Whether the pointer that is down has become a drag of the picture. */
  get isDragged() {
    return this.dragged && this.fingers.size > 0;
  }

  /** @param {AbortSignal} signal */
  listen(signal) {
    const { frame } = this;
    listen(frame, "wheel", (event) => this.onWheel(event), signal);
    listen(frame, "pointerdown", (event) => this.onDown(event), signal);
    listen(frame, "pointermove", (event) => this.onMove(event), signal);
    listen(window, "pointerup", (event) => this.onUp(event), signal);
    listen(window, "pointercancel", (event) => this.onUp(event), signal);
    listen(frame, "dblclick", (event) => {
      if (!(/** @type {Element} */ (event.target).closest(CONTROLS))) this.state.set({ zoom: WHOLE });
    }, signal);
    // The click at the end of a drag is no click.
    listen(frame, "click", (event) => {
      if (!this.dragged) return;
      this.dragged = false;
      event.stopPropagation();
      event.preventDefault();
    }, signal, true);
  }

  draw() {
    const { scale, x, y } = this.state.get().zoom;
    const { style } = this.stage;
    style.setProperty("--hw-zoom", String(scale));
    style.setProperty("--hw-zoom-x", `${x * 100}%`);
    style.setProperty("--hw-zoom-y", `${y * 100}%`);
    this.frame.toggleAttribute("data-near", scale > 1);
  }

  /** Return the box of the picture under a pointer. @param {MouseEvent} event */
  boxUnder(event) {
    const target = /** @type {Element} */ (event.target);
    const screen = this.state.get().mode === "grid" ? target.closest(".hw-compare-screen") : this.stage;
    return screen?.getBoundingClientRect() ?? null;
  }

  /** Whether a drag moves the picture: in a wipe, a finger moves the line. @param {string} pointerType */
  pansWith(pointerType) {
    const { mode, zoom } = this.state.get();
    return zoom.scale > 1 && (mode !== "wipe" || pointerType === "mouse");
  }

  /** @param {WheelEvent} event */
  onWheel(event) {
    const box = this.boxUnder(event);
    const { zoom } = this.state.get();
    const zooms = event.ctrlKey || event.metaKey || (zoom.scale > 1 && this.root.contains(document.activeElement));
    if (!box || !zooms) return;
    event.preventDefault();
    this.state.set({ zoom: zoomBy(zoom, factorOf(event, box.height), shareOf(event, box)) });
  }

  /** @param {PointerEvent} event */
  onDown(event) {
    const { fingers } = this;
    const target = /** @type {Element} */ (event.target);
    if (event.button !== 0 || target.closest(CONTROLS)) return;
    if (fingers.size === 0) {
      this.box = this.boxUnder(event);
      this.start = { x: event.clientX, y: event.clientY };
      this.dragged = false;
    }
    if (this.box && fingers.size < 2) fingers.set(event.pointerId, shareOf(event, this.box));
  }

  /** @param {PointerEvent} event */
  onMove(event) {
    const { fingers, box, start, state } = this;
    const before = fingers.get(event.pointerId);
    if (!before || !box) return;
    const far = Math.hypot(event.clientX - start.x, event.clientY - start.y) > DRAG_FROM;
    if (!far && !this.dragged && fingers.size === 1) return;
    const now = shareOf(event, box);
    const { zoom } = state.get();
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      state.set({ zoom: pinch(zoom, [before, other], [now, other], box.width / box.height) });
    } else if (this.pansWith(event.pointerType)) {
      if (!this.dragged) this.frame.setPointerCapture(event.pointerId);
      state.set({ zoom: panBy(zoom, now.x - before.x, now.y - before.y) });
    } else {
      return;
    }
    this.dragged = true;
    fingers.set(event.pointerId, now);
  }

  /** @param {PointerEvent} event */
  onUp(event) {
    this.fingers.delete(event.pointerId);
  }
}

/** Return where a pointer is, as shares of a box. @param {MouseEvent} event @param {DOMRect} box @returns {Place} */
function shareOf(event, box) {
  return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
}
