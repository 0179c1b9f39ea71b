/** What one does with a comparison, by control and by key: look, move, mark, keep. */

import { backwards } from "./playback/reverse.js";
import { choice } from "./pair_picker.js";
import { help } from "./help.js";
import { keeping } from "./saving/save.js";
import { commandOf, shuttled } from "./keys.js";
import { looping } from "./playback/loop.js";
import { modes, pointing } from "./modes.js";
import { contactSheet } from "./saving/contact_sheet.js";
import { zooming } from "./pointer_zoom.js";
import { button, el, listen } from "../page/dom.js";
import { HELP, IN, OUT } from "../page/icons.js";
import { WHOLE, panned, zoomed } from "./zoom.js";

const NEARER = 1.25;
const PAN = 0.1;
const PEEK_MS = 300;

/**
 * @typedef {import("./modes.js").Desk & { take: typeof import("../page/clip_cache.js").acquire }} Desk
 */

/**
 * @param {Desk} desk
 * @param {HTMLElement} bar
 */
export function tools(desk, bar) {
  const { root, frame, state, transport, announce, signal } = desk;
  const look = modes(desk);
  const chosen = choice(desk, look);
  const zoom = zooming(desk, { pansWith: (type) => state.get().mode !== "wipe" || type === "mouse" });
  pointing(desk, look, zoom);
  const keep = keeping(desk, look);
  const sheet = contactSheet(desk, look);
  const loop = looping(desk);
  const keys = help(root, signal);
  const note = el("span", { class: "hw-compare-note-of-speed", role: "note" });
  const reverse = backwards({ state, transport, tell: (words) => (note.textContent = words), signal });

  const farther = button("Farther", { icon: OUT, title: "Farther (−)" });
  const whole = button("Whole picture", { class: "hw-quiet hw-compare-figure", title: "The whole picture (Z)" });
  const nearer = button("Nearer", { icon: IN, title: "Nearer (+)" });
  const listKeys = button("Keys", { icon: HELP, label: "Keys", title: "Keys (?)" });
  bar.append(
    el("div", { class: "hw-compare-look" }, look.element, chosen.pair),
    el(
      "div",
      { class: "hw-compare-more" },
      el("div", { class: "hw-compare-zoom", role: "group", "aria-label": "Zoom" }, farther, whole, nearer),
      chosen.offset,
      chosen.turning,
      note,
      el("div", { class: "hw-compare-take", role: "group", "aria-label": "Keep" }, keep.frames, sheet.opener, keep.film, listKeys),
    ),
  );

  function drawZoom() {
    const { scale } = state.get().zoom;
    const words = `${Math.round(scale * 100)} %`;
    whole.replaceChildren(words);
    whole.setAttribute("aria-label", `Zoom ${words}: show the whole picture`);
    whole.disabled = farther.disabled = scale === 1;
  }

  /** @param {number} way 1 nearer, -1 farther, 0 all of it */
  function zoomBy(way) {
    state.set({ zoom: way === 0 ? WHOLE : zoomed(state.get().zoom, NEARER ** way) });
    announce(`Zoom ${Math.round(state.get().zoom.scale * 100)} %.`);
  }

  /** @param {number} way */
  function shuttle(way) {
    const now = reverse.speed ? -reverse.speed : state.get().playing ? state.get().rate : 0;
    const next = shuttled(now, way);
    if (next < 0) return reverse.start(-next);
    reverse.stop();
    state.set({ rate: next });
    if (!state.get().playing) transport.play();
  }

  /** Do what a key asks for; false where it means nothing now. @param {import("./keys.js").Command} command */
  function obey({ name, to }) {
    const { mode, zoom: near } = state.get();
    /** @type {Record<string, () => unknown>} */
    const ways = {
      toggle: () => (reverse.speed ? reverse.stop() : transport.toggle()),
      pause: () => (reverse.stop(), transport.pause()),
      step: () => (reverse.stop(), transport.step(to)),
      jump: () => (reverse.stop(), transport.step(to * Math.round(transport.steps()))),
      end: () => (reverse.stop(), transport.seek(to * transport.length())),
      shuttle: () => shuttle(to),
      loop: () => loop.mark(to),
      mode: () => look.enter(to),
      flip: () => (mode === "flip" ? look.flip() : look.enter("flip")),
      knob: () => look.turn(to),
      back: () => mode !== "grid" && (look.enter("grid"), true),
      pick: () => look.pick(to.slot, to.number),
      swap: look.swap,
      against: look.against,
      offset: () => chosen.shift(to),
      zoom: () => zoomBy(to),
      pan: () => near.scale > 1 && (state.set({ zoom: panned(near, to[0] * PAN, to[1] * PAN) }), true),
      save: () => keep.saveFrames(),
      sheet: () => sheet.open(),
      help: () => keys.open(),
    };
    return ways[name]() !== false;
  }

  let pressedAt = 0;

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.defaultPrevented || target.closest("dialog") || keepsIts(target, event.key)) return;
    const command = commandOf(event);
    if (!command || (event.repeat && !command.held)) {
      // A key of ours that is held down does nothing more, and scrolls nothing either.
      if (command) event.preventDefault();
      return;
    }
    const peeks = command.name === "flip" && state.get().mode === "flip";
    if (!obey(command)) return;
    pressedAt = peeks ? event.timeStamp : 0;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {KeyboardEvent} event */
  function onKeyUp(event) {
    if (pressedAt && commandOf(event)?.name === "flip") {
      if (event.timeStamp - pressedAt > PEEK_MS) look.flip();
      pressedAt = 0;
    }
  }

  listen(root, "keydown", onKey, signal);
  listen(root, "keyup", onKeyUp, signal);
  listen(frame, "pointerdown", () => reverse.stop(), signal);
  listen(farther, "click", () => zoomBy(-1), signal);
  listen(nearer, "click", () => zoomBy(1), signal);
  listen(whole, "click", () => zoomBy(0), signal);
  listen(listKeys, "click", keys.open, signal);
  state.subscribe((now, before) => now.zoom !== before.zoom && drawZoom(), signal);
  drawZoom();
  return {
    loop: loop.element,
    /** After cells have come, gone or changed. */
    update() {
      look.draw();
      chosen.draw();
      keep.draw();
    },
  };
}

/** Whether a form control needs a key itself. @param {HTMLElement} target @param {string} key */
function keepsIts(target, key) {
  if (target.closest("select, textarea, [contenteditable='true']")) return true;
  if (target instanceof HTMLInputElement) {
    if (target.type !== "range") return target.type !== "checkbox" || key === " ";
    // The scrubber is the playhead: arrows mean frames there too.
    const keys = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];
    return keys.includes(key) && !target.classList.contains("hw-compare-scrubber");
  }
  return key === " " && target.closest("button, a, summary") !== null;
}
