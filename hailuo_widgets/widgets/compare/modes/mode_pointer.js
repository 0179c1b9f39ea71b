/** What a pointer does to a pair: the line of the wipe follows it, a press flips, a longer one peeks. */

import { listen } from "../../page/dom.js";

const PEEK_AFTER_MS = 220;
const CONTROLS = "button, a, input, select";

export class ModePointer {
  /**
   * @param {import("./modes.js").Desk} desk
   * @param {import("./modes.js").Modes} modes
   * @param {import("./pointer_zoom.js").PointerZoom} zoom
   */
  constructor({ frame, state, signal }, modes, zoom) {
    this.state = state;
    this.modes = modes;
    this.zoom = zoom;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.peekTimer = undefined;
    this.peeking = false;
    this.pressed = false;
    listen(frame, "pointermove", (event) => this.onMove(event), signal);
    listen(frame, "pointerdown", (event) => this.onDown(event), signal);
    listen(window, "pointerup", () => this.onUp(), signal);
    listen(window, "pointercancel", () => this.onUp(), signal);
    listen(frame, "click", (event) => this.onClick(event), signal);
    signal.addEventListener("abort", () => clearTimeout(this.peekTimer));
  }

  /** @param {PointerEvent} event */
  onMove(event) {
    const { zoom } = this;
    const { mode, zoom: view } = this.state.get();
    if (mode !== "wipe" || zoom.isDragged) return;
    const mouse = event.pointerType === "mouse";
    const hovering = mouse && event.buttons === 0;
    // A mouse that drags when near moves the picture; a finger always moves the line.
    const dragging = this.pressed && zoom.fingerCount <= 1 && (!mouse || view.scale === 1);
    if (hovering || dragging) this.modes.moveLineTo(event);
  }

  /** @param {PointerEvent} event */
  onDown(event) {
    const target = /** @type {Element} */ (event.target);
    const { mode } = this.state.get();
    if (event.button !== 0 || mode === "grid" || target.closest(CONTROLS)) return;
    this.pressed = true;
    if (mode === "wipe" && this.zoom.fingerCount <= 1) this.modes.moveLineTo(event);
    if (mode !== "flip") return;
    clearTimeout(this.peekTimer);
    this.peekTimer = setTimeout(() => {
      if (this.zoom.isDragged || this.zoom.fingerCount !== 1) return;
      this.peeking = true;
      this.modes.flip();
    }, PEEK_AFTER_MS);
  }

  onUp() {
    this.pressed = false;
    clearTimeout(this.peekTimer);
    if (this.peeking) this.modes.flip();
    // The click that follows a peek is none.
    setTimeout(() => (this.peeking = false));
  }

  /** @param {MouseEvent} event */
  onClick(event) {
    const target = /** @type {Element} */ (event.target);
    if (this.state.get().mode === "flip" && !this.peeking && !target.closest(CONTROLS)) this.modes.flip();
  }
}
