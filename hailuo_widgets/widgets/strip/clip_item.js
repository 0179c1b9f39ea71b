/** One clip in the row of a strip: its picture, its length, and what can be done with it. */

import { button, el, listen } from "../page/dom.js";
import { BIN, LEFT, NEXT, RIGHT } from "../page/icons.js";

/**
 * What the kernel says of a place in the strip.
 * @typedef {object} ClipState
 * @property {string} key
 * @property {string} title
 * @property {import("../player/player.js").Facts | Record<string, never>} facts
 * @property {string} relpath
 * @property {string} words how its job stands; empty for a clip
 * @property {boolean} [failed]
 *
 * @typedef {object} Actions
 * @property {import("../shared/thumbnails.js").Thumbnails} pictures
 * @property {(key: string) => void} go
 * @property {(key: string, pressed: HTMLElement) => void} next
 * @property {(key: string, by: number, focus: "before" | "after" | "thumb") => void} move
 * @property {(key: string) => void} remove
 * @property {(down: PointerEvent, key: string) => void} drag
 * @property {AbortSignal} signal
 */

function build() {
  return {
    image: el("img", { alt: "", class: "hw-strip-picture", draggable: "false" }),
    badge: el("span", { class: "hw-strip-badge" }, "Draft"),
    length: el("span", { class: "hw-strip-length" }),
    words: el("span", { class: "hw-strip-words" }),
    title: el("div", { class: "hw-strip-title", dir: "auto" }),
    before: button("Move left", { icon: LEFT, class: "hw-strip-before", title: "Move left (Alt+←)" }),
    after: button("Move right", { icon: RIGHT, class: "hw-strip-after", title: "Move right (Alt+→)" }),
    next: button("Next shot from its last frame", { icon: NEXT, class: "hw-strip-on" }),
    remove: button("Take out of the strip", { icon: BIN, class: "hw-strip-out", title: "Take out of the strip (Delete)" }),
  };
}

export class ClipItem {
  /** @param {string} key @param {Actions} actions */
  constructor(key, actions) {
    this.key = key;
    this.pictures = actions.pictures;
    const { image, badge, length, words, title, before, after, next, remove } = (this.parts = build());
    this.thumb = el("button", { type: "button", class: "hw-strip-thumb" }, image, badge, length, words);
    this.element = el("li", { class: "hw-strip-item", "data-key": key }, this.thumb, title, el("div", { class: "hw-strip-tools" }, before, after, next, remove));
    this.unwant = () => {};
    this.pictured = "";
    this.listen(actions);
  }

  /** @param {Actions} actions */
  listen({ go, next, move, remove, drag, signal }) {
    const { key, parts, thumb } = this;
    listen(thumb, "click", () => go(key), signal);
    listen(parts.before, "click", () => move(key, -1, "before"), signal);
    listen(parts.after, "click", () => move(key, 1, "after"), signal);
    listen(parts.remove, "click", () => remove(key), signal);
    listen(parts.next, "click", () => next(key, parts.next), signal);
    listen(this.element, "keydown", (event) => {
      if (event.altKey && (event.key === "ArrowLeft" || event.key === "ArrowRight")) move(key, event.key === "ArrowLeft" ? -1 : 1, "thumb");
      else if (event.key === "Delete") remove(key);
      else return;
      event.preventDefault();
      event.stopPropagation();
    }, signal);
    listen(thumb, "pointerdown", (event) => event.button === 0 && event.pointerType !== "touch" && drag(event, key), signal);
  }

  /** @param {"before" | "after" | "thumb"} which */
  focus(which) {
    this.element.scrollIntoView({ block: "nearest", inline: "nearest" });
    const control = which === "thumb" ? this.thumb : this.parts[which];
    // At an end the button is disabled, and cannot hold the focus.
    (control.disabled ? this.thumb : control).focus();
  }

  /** @param {ClipState} clip @param {number} index @param {number} count of all clips */
  draw({ facts, title, words, failed }, index, count) {
    const { parts, thumb, element } = this;
    const here = Boolean(facts.sha256);
    const length = here ? `${(facts.frames / facts.fps).toFixed(1)} s` : "";
    const name = title || "No prompt";
    parts.title.textContent = name;
    parts.title.title = name;
    parts.title.classList.toggle("hw-strip-unsaid", !title);
    parts.length.textContent = length;
    parts.words.textContent = words;
    parts.badge.hidden = !facts.draft;
    element.classList.toggle("hw-strip-waiting", !here);
    element.classList.toggle("hw-strip-failed", Boolean(failed));
    thumb.setAttribute("aria-label", [`Clip ${index + 1} of ${count}`, facts.draft ? "draft" : "", name, length || words].filter(Boolean).join(", "));
    thumb.disabled = !here;
    parts.before.disabled = index === 0;
    parts.after.disabled = index === count - 1;
    parts.next.disabled = !here;
    parts.before.setAttribute("aria-label", `Move left: clip ${index + 1}`);
    parts.after.setAttribute("aria-label", `Move right: clip ${index + 1}`);
    parts.next.setAttribute("aria-label", `Next shot from its last frame: clip ${index + 1}`);
    parts.remove.setAttribute("aria-label", `Take out of the strip: clip ${index + 1}`);
    if (!here || this.pictured === facts.sha256) return;
    this.pictured = facts.sha256;
    this.unwant();
    this.unwant = this.pictures.want(`clip:${facts.sha256}`, (address) => (parts.image.src = address));
  }
}
