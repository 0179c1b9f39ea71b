/** What the keys of a comparison do: each command of `keys.js` done with its parts. */

import { listen } from "../page/dom.js";
import { commandOf, shuttle } from "./keys.js";
import { panBy } from "./modes/zoom.js";

/** Share of the picture by which one press pans. */
const PAN = 0.1;
/** A flip by a key that is held for so long was a peek: it flips back. */
const PEEK_MS = 300;
/** Keys that a slider needs itself. */
const SLIDER_KEYS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];

export class Commands {
  /** @param {import("./modes/modes.js").Desk} desk @param {import("./toolbar.js").Toolbar} tools */
  constructor({ root, state, transport, signal }, tools) {
    this.state = state;
    this.transport = transport;
    this.tools = tools;
    /** When the key that flips was pressed, or 0. */
    this.flippedAt = 0;
    listen(root, "keydown", (event) => this.onKeyDown(event), signal);
    listen(root, "keyup", (event) => this.onKeyUp(event), signal);
  }

  /** @param {KeyboardEvent} event */
  onKeyDown(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.defaultPrevented || target.closest("dialog") || needsKey(target, event.key)) return;
    const command = commandOf(event);
    if (!command || (event.repeat && !command.held)) {
      // A key of ours that is held down does nothing more, and scrolls nothing either.
      if (command) event.preventDefault();
      return;
    }
    const peeks = command.name === "flip" && this.state.get().mode === "flip";
    if (!this.run(command)) return;
    this.flippedAt = peeks ? event.timeStamp : 0;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {KeyboardEvent} event */
  onKeyUp(event) {
    if (!this.flippedAt || commandOf(event)?.name !== "flip") return;
    if (event.timeStamp - this.flippedAt > PEEK_MS) this.tools.modes.flip();
    this.flippedAt = 0;
  }

  /** Do what a key asks for; false where it means nothing now. @param {import("./keys.js").Command} command */
  run({ name, to }) {
    const { state, transport, tools } = this;
    const { modes, picker, saving, sheet, loop, keys, reverse } = tools;
    const { mode, zoom } = state.get();
    /** @type {Record<string, () => unknown>} */
    const commands = {
      toggle: () => (reverse.speed ? reverse.stop() : transport.toggle()),
      pause: () => (reverse.stop(), transport.pause()),
      step: () => (reverse.stop(), transport.step(to)),
      jump: () => (reverse.stop(), transport.step(to * Math.round(transport.steps()))),
      end: () => (reverse.stop(), transport.seek(to * transport.length())),
      shuttle: () => this.shuttle(to),
      loop: () => loop.mark(to),
      mode: () => modes.enter(to),
      flip: () => (mode === "flip" ? modes.flip() : modes.enter("flip")),
      slide: () => modes.slide(to),
      back: () => mode !== "grid" && (modes.enter("grid"), true),
      pick: () => modes.pick(to.slot, to.number),
      swap: () => modes.swap(),
      against: () => modes.against(),
      offset: () => picker.shift(to),
      zoom: () => tools.zoomBy(to),
      pan: () => zoom.scale > 1 && (state.set({ zoom: panBy(zoom, to[0] * PAN, to[1] * PAN) }), true),
      save: () => saving.saveFrames(),
      sheet: () => sheet.open(),
      help: () => keys.open(),
    };
    return commands[name]() !== false;
  }

  /** Go faster, slower or the other way, as J and L do. @param {number} way */
  shuttle(way) {
    const { state, transport } = this;
    const { reverse } = this.tools;
    const { playing, rate } = state.get();
    const speed = reverse.speed ? -reverse.speed : playing ? rate : 0;
    const next = shuttle(speed, way);
    if (next < 0) return reverse.start(-next);
    reverse.stop();
    state.set({ rate: next });
    if (!state.get().playing) transport.play();
  }
}

/** True if a form control needs a key itself. @param {HTMLElement} target @param {string} key */
function needsKey(target, key) {
  if (target.closest("select, textarea, [contenteditable='true']")) return true;
  if (target instanceof HTMLInputElement) {
    if (target.type !== "range") return target.type !== "checkbox" || key === " ";
    // The scrubber is the playhead: arrows mean frames there too.
    return SLIDER_KEYS.includes(key) && !target.classList.contains("hw-compare-scrubber");
  }
  return key === " " && target.closest("button, a, summary") !== null;
}
