/** The clips of a strip in order, small: to go to, move, take out, and go on from. */

import { el } from "../page/dom.js";
import { ClipItem } from "./clip_item.js";
import { dragAlong } from "./drag_along.js";
import { reorder } from "./timeline.js";

/** @typedef {import("./clip_item.js").ClipState} ClipState */

export class ClipRow {
  /**
   * @param {object} about
   * @param {import("../shared/thumbnails.js").Thumbnails} about.pictures
   * @param {(key: string) => void} about.go
   * @param {(order: string[], words: string) => void} about.arrange
   * @param {(key: string, pressed: HTMLElement) => void} about.next
   * @param {AbortSignal} about.signal
   */
  constructor({ pictures, go, arrange, next, signal }) {
    this.element = el("ol", { class: "hw-strip-shelf", "aria-label": "Clips in order" });
    this.arrange = arrange;
    /** @type {Map<string, ClipItem>} */
    this.items = new Map();
    /** @type {string[]} */
    this.order = [];
    this.actions = {
      pictures,
      go,
      next,
      move: (/** @type {string} */ key, /** @type {number} */ by, /** @type {"before" | "after" | "thumb"} */ focus) => this.move(key, by, focus),
      remove: (/** @type {string} */ key) => this.remove(key),
      drag: (/** @type {PointerEvent} */ down, /** @type {string} */ key) => this.drag(down, key, signal),
      signal,
    };
  }

  /** @param {string} key @param {number} by places @param {"before" | "after" | "thumb"} focus */
  move(key, by, focus) {
    const order = reorder(this.order, key, by);
    if (order.indexOf(key) === this.order.indexOf(key)) return;
    this.arrange(order, `Moved to place ${order.indexOf(key) + 1} of ${order.length}.`);
    this.items.get(key)?.focus(focus);
  }

  /** @param {string} key */
  remove(key) {
    const index = this.order.indexOf(key);
    const rest = this.order.filter((each) => each !== key);
    this.arrange(rest, "Taken out of the strip; the clip stays in the library.");
    this.items.get(rest[Math.min(index, rest.length - 1)])?.thumb.focus();
  }

  /** @param {PointerEvent} down @param {string} key @param {AbortSignal} signal */
  drag(down, key, signal) {
    const item = this.items.get(key);
    if (!item) return;
    dragAlong({
      row: this.element,
      item: item.element,
      from: this.order.indexOf(key),
      down,
      drop: (by) => this.move(key, by, "thumb"),
      signal,
    });
  }

  /** @param {ClipState[]} clips */
  draw(clips) {
    this.order = clips.map(({ key }) => key);
    for (const [key, { element }] of this.items) {
      if (this.order.includes(key)) continue;
      element.remove();
      this.items.delete(key);
    }
    clips.forEach((clip, index) => {
      const item = this.items.get(clip.key) ?? new ClipItem(clip.key, this.actions);
      this.items.set(clip.key, item);
      item.draw(clip, index, clips.length);
      // Moved only when it must: what is moved loses the focus.
      if (this.element.children[index] !== item.element) this.element.insertBefore(item.element, this.element.children[index] ?? null);
    });
  }

  /** Mark the clip that is seen. @param {string} key */
  mark(key) {
    for (const [each, { element: item }] of this.items) {
      const now = each === key;
      if (item.classList.contains("hw-strip-now") === now) continue;
      item.classList.toggle("hw-strip-now", now);
      if (now) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
      if (now && this.element.scrollWidth > this.element.clientWidth) {
        this.element.scrollTo({ left: item.offsetLeft - this.element.clientWidth / 2 + item.offsetWidth / 2 });
      }
    }
  }
}
