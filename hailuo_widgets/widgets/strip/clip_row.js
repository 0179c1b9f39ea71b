/** The clips of a strip in order, small: to go to, move, take out, and go on from. */

import { button, el, listen } from "../page/dom.js";
import { BIN, LEFT, NEXT, RIGHT } from "../page/icons.js";
import { droppedBy, moved } from "./timeline.js";

/**
 * What the kernel says of a place.
 * @typedef {object} Said
 * @property {string} key
 * @property {string} title
 * @property {import("../player/player.js").Facts | Record<string, never>} facts
 * @property {string} relpath
 * @property {string} words how its job stands; empty for a clip
 * @property {boolean} [failed]
 *
 * @typedef {object} Item
 * @property {HTMLElement} element
 * @property {(said: Said, index: number, count: number) => void} update
 */

const DRAG_FROM = 6;
const EDGE = 40;

/**
 * @param {object} about
 * @param {import("../shared/thumbnails.js").Thumbs} about.pictures
 * @param {(key: string) => void} about.go
 * @param {(order: string[], words: string) => void} about.arrange
 * @param {(key: string, pressed: HTMLElement) => void} about.next
 * @param {AbortSignal} about.signal
 */
export function shelf({ pictures, go, arrange, next, signal }) {
  const element = el("ol", { class: "hw-strip-shelf", "aria-label": "Clips in order" });
  /** @type {Map<string, Item>} */
  const items = new Map();
  /** @type {string[]} */
  let order = [];

  /** @param {string} key @param {number} by @param {"before" | "after" | "thumb"} focus */
  function move(key, by, focus) {
    const to = moved(order, key, by);
    if (to.indexOf(key) === order.indexOf(key)) return;
    arrange(to, `Moved to place ${to.indexOf(key) + 1} of ${to.length}.`);
    const item = /** @type {HTMLElement} */ (items.get(key)?.element);
    item.scrollIntoView({ block: "nearest", inline: "nearest" });
    const there = /** @type {HTMLButtonElement} */ (item.querySelector(`.hw-strip-${focus}`));
    // At an end the button is of no use, and cannot hold the focus.
    (there.disabled ? /** @type {HTMLElement} */ (item.querySelector(".hw-strip-thumb")) : there).focus();
  }

  /** @param {string} key */
  function drop(key) {
    const index = order.indexOf(key);
    const rest = order.filter((each) => each !== key);
    arrange(rest, "Taken out of the strip; the clip stays in the library.");
    const near = items.get(rest[Math.min(index, rest.length - 1)]);
    /** @type {HTMLElement | undefined | null} */ (near?.element.querySelector(".hw-strip-thumb"))?.focus();
  }

  /** @param {Said} first @returns {Item} */
  function made(first) {
    const { key } = first;
    const image = el("img", { alt: "", class: "hw-strip-picture", draggable: "false" });
    const badge = el("span", { class: "hw-strip-badge" }, "Draft");
    const length = el("span", { class: "hw-strip-length" });
    const words = el("span", { class: "hw-strip-words" });
    const thumb = el("button", { type: "button", class: "hw-strip-thumb" }, image, badge, length, words);
    const title = el("div", { class: "hw-strip-title", dir: "auto" });
    const before = button("Move left", { icon: LEFT, class: "hw-strip-before", title: "Move left (Alt+←)" });
    const after = button("Move right", { icon: RIGHT, class: "hw-strip-after", title: "Move right (Alt+→)" });
    const on = button("Next shot from its last frame", { icon: NEXT, class: "hw-strip-on" });
    const out = button("Take out of the strip", { icon: BIN, class: "hw-strip-out", title: "Take out of the strip (Delete)" });
    const tools = el("div", { class: "hw-strip-tools" }, before, after, on, out);
    const item = el("li", { class: "hw-strip-item" }, thumb, title, tools);
    item.dataset.key = key;
    let unwant = () => {};
    let pictured = "";

    listen(thumb, "click", () => go(key), signal);
    listen(before, "click", () => move(key, -1, "before"), signal);
    listen(after, "click", () => move(key, 1, "after"), signal);
    listen(out, "click", () => drop(key), signal);
    listen(on, "click", () => next(key, on), signal);
    listen(item, "keydown", (event) => {
      if (event.altKey && (event.key === "ArrowLeft" || event.key === "ArrowRight")) move(key, event.key === "ArrowLeft" ? -1 : 1, "thumb");
      else if (event.key === "Delete") drop(key);
      else return;
      event.preventDefault();
      event.stopPropagation();
    }, signal);
    listen(thumb, "pointerdown", (event) => event.button === 0 && event.pointerType !== "touch" && drag(event, key, item), signal);

    return {
      element: item,
      update(said, index, count) {
        const { facts } = said;
        const place = `Clip ${index + 1} of ${count}`;
        const long = facts.sha256 ? `${(facts.frames / facts.fps).toFixed(1)} s` : "";
        const named = said.title || "No prompt";
        title.textContent = named;
        title.title = named;
        title.classList.toggle("hw-strip-unsaid", !said.title);
        length.textContent = long;
        words.textContent = said.words;
        badge.hidden = !facts.draft;
        item.classList.toggle("hw-strip-waiting", !facts.sha256);
        item.classList.toggle("hw-strip-failed", Boolean(said.failed));
        thumb.setAttribute("aria-label", [place, facts.draft ? "draft" : "", named, long || said.words].filter(Boolean).join(", "));
        thumb.disabled = !facts.sha256;
        before.disabled = index === 0;
        after.disabled = index === count - 1;
        on.disabled = !facts.sha256;
        for (const [press, does] of /** @type {[HTMLElement, string][]} */ ([[before, "Move left"], [after, "Move right"], [on, "Next shot from its last frame"], [out, "Take out of the strip"]])) {
          press.setAttribute("aria-label", `${does}: clip ${index + 1}`);
        }
        if (!facts.sha256 || pictured === facts.sha256) return;
        pictured = facts.sha256;
        unwant();
        unwant = pictures.want(`clip:${pictured}`, (address) => (image.src = address));
      },
    };
  }

  /** Let a clip be dragged along the row. @param {PointerEvent} down @param {string} key @param {HTMLElement} item */
  function drag(down, key, item) {
    const ends = new AbortController();
    const mine = AbortSignal.any([signal, ends.signal]);
    const from = order.indexOf(key);
    const along = () => element.scrollLeft;
    const begin = down.clientX + along();
    /** @type {number[]} */
    const middles = [...element.children].map((each) => {
      const box = each.getBoundingClientRect();
      return box.left + box.width / 2 + along();
    });
    let dragging = false;
    let by = 0;

    /** @param {PointerEvent} event */
    function follow(event) {
      const x = event.clientX + along();
      if (!dragging && Math.abs(x - begin) < DRAG_FROM) return;
      dragging = true;
      const row = element.getBoundingClientRect();
      if (event.clientX < row.left + EDGE) element.scrollLeft -= 12;
      if (event.clientX > row.right - EDGE) element.scrollLeft += 12;
      by = droppedBy(middles, from, x);
      item.classList.add("hw-strip-dragged");
      item.style.transform = `translateX(${x - begin}px)`;
      [...element.children].forEach((each, index) => {
        each.classList.toggle("hw-strip-gap-before", by < 0 && index === from + by);
        each.classList.toggle("hw-strip-gap-after", by > 0 && index === from + by);
      });
    }

    function end() {
      ends.abort();
      item.classList.remove("hw-strip-dragged");
      item.style.transform = "";
      for (const each of element.children) each.classList.remove("hw-strip-gap-before", "hw-strip-gap-after");
    }

    listen(window, "pointermove", follow, mine);
    listen(window, "pointerup", () => {
      end();
      if (!dragging) return;
      // The press that began it is no wish to go there.
      listen(item, "click", (event) => event.stopPropagation(), AbortSignal.timeout(0), true);
      move(key, by, "thumb");
    }, mine);
    listen(window, "pointercancel", end, mine);
    listen(window, "keydown", (event) => event.key === "Escape" && end(), mine, true);
  }

  return {
    element,
    /** @param {Said[]} shots */
    draw(shots) {
      order = shots.map(({ key }) => key);
      for (const [key, { element: old }] of items) {
        if (order.includes(key)) continue;
        old.remove();
        items.delete(key);
      }
      shots.forEach((said, index) => {
        const item = items.get(said.key) ?? made(said);
        items.set(said.key, item);
        item.update(said, index, shots.length);
        // Moved only when it must: what is moved loses the focus.
        if (element.children[index] !== item.element) element.insertBefore(item.element, element.children[index] ?? null);
      });
    },
    /** Say which one is seen. @param {string} key */
    mark(key) {
      for (const [each, { element: item }] of items) {
        const now = each === key;
        if (item.classList.contains("hw-strip-now") === now) continue;
        item.classList.toggle("hw-strip-now", now);
        if (now) item.setAttribute("aria-current", "true");
        else item.removeAttribute("aria-current");
        if (now && element.scrollWidth > element.clientWidth) {
          element.scrollTo({ left: item.offsetLeft - element.clientWidth / 2 + item.offsetWidth / 2 });
        }
      }
    },
  };
}
