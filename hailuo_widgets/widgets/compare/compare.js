/** Many clips under one playhead. The browser owns it; nothing per frame goes to the kernel. */

import { acquire } from "../page/clip_cache.js";
import { Cell } from "./cell.js";
import { compareHeader, headings } from "./header.js";
import { PlayheadBar } from "./ruler.js";
import { Toolbar } from "./toolbar.js";
import { announcer, el, isDisconnected, follow, listen } from "../page/dom.js";
import { keyboard } from "../page/keyboard.js";
import { ActiveClips } from "./playback/active_clips.js";
import { Lockstep } from "./playback/lockstep.js";
import { channel } from "../shared/rpc.js";
import { kernelClock } from "../shared/job_line.js";
import { store } from "../page/store.js";
import { WHOLE } from "./modes/zoom.js";

/**
 * What all parts of a comparison know together.
 * @typedef {object} State
 * @property {"grid" | "wipe" | "flip" | "onion" | "difference"} mode
 * @property {string} a id of the first of a pair; "" when none is chosen
 * @property {string} b id of the second
 * @property {number} time seconds of the playhead
 * @property {boolean} playing
 * @property {boolean} settled whether every video shows what was asked for last
 * @property {number} pace the share of that speed which this machine keeps up with
 * @property {number} rate 1 is the clips' own speed
 * @property {import("./playback/playhead.js").Span | null} loop null plays the whole
 * @property {Record<string, number>} offsets seconds a clip runs ahead, by id
 * @property {import("./modes/zoom.js").Zoom} zoom of all cells alike
 * @property {"a" | "b"} shown which of the pair a flip shows
 * @property {number} wipe share of the width that shows A
 * @property {number} onion opacity of B
 * @property {number} difference how many times brighter it is drawn
 */

/** @type {State} */
const INITIAL = {
  mode: "grid",
  a: "",
  b: "",
  time: 0,
  playing: false,
  settled: false,
  pace: 1,
  rate: 1,
  loop: null,
  offsets: {},
  zoom: WHOLE,
  shown: "a",
  wipe: 0.5,
  onion: 0.5,
  difference: 4,
};

class Compare {
  /** @param {import("../page/dom.js").Context} context */
  constructor({ model, el: root, signal }) {
    this.model = model;
    this.root = root;
    this.signal = signal;
    this.messages = channel(model, signal, () => isDisconnected(root));
    this.acquire = model.acquire ?? acquire;
    this.state = store(INITIAL);
    this.stage = el("div", { class: "hw-compare-stage" });
    /** What lies over the clips hangs here: the stage's children are cells and their headings. */
    this.frame = el("div", { class: "hw-compare-frame", tabindex: 0, role: "group", "aria-label": "Clips" }, this.stage);
    const bar = el("div", { class: "hw-compare-bar", role: "toolbar", "aria-label": "Comparison" });
    this.head = compareHeader({ messages: this.messages, read: () => model.get("head"), signal });
    this.drawHeadings = headings(this.stage);
    this.layOut(bar);
    this.announce = announcer(root);
    this.now = kernelClock(this.messages);
    /** @type {Map<string, Cell>} */
    this.cells = new Map();
    /** Whether it plays by itself no more: it has, or the user has taken the playhead. */
    this.begun = false;
    this.loadingScrubFrames = false;
    this.transport = new Lockstep({ active: () => this.activeClips(), counted: () => this.countedClips(), state: this.state, signal });
    this.playhead = new PlayheadBar({ root, state: this.state, transport: this.transport, signal });
    this.active = new ActiveClips({ root, cells: this.cells, state: this.state, changed: () => this.changed(), setHidden: (hidden) => this.transport.setHidden(hidden), signal });
    bar.append(this.playhead.element);
    this.tools = new Toolbar(this, bar);
    this.playhead.controls.speed.after(this.tools.loop.element);
    this.listen();
    follow(model, "head", () => this.drawHead(), signal);
    follow(model, "cells lines chainable", () => this.draw(), signal);
  }

  /** @param {HTMLElement} bar */
  layOut(bar) {
    const { root } = this;
    root.classList.add("hw", "hw-compare");
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", "Comparison");
    keyboard(root, this.signal);
    root.append(this.head.element, this.frame, bar);
  }

  listen() {
    const { root, stage, playhead, signal } = this;
    for (const type of /** @type {const} */ (["pointerenter", "focusin"])) listen(playhead.element, type, () => this.loadScrubFrames(), signal);
    // A press on a clip plays all, as it does in the player.
    listen(stage, "click", (event) => {
      const target = /** @type {HTMLElement} */ (event.target);
      const { mode, zoom } = this.state.get();
      if (mode === "grid" && zoom.scale === 1 && target.closest(".hw-compare-screen") && !target.closest("button")) this.transport.toggle();
    }, signal);
    // To ask for clips does not take the playhead.
    for (const type of /** @type {const} */ (["keydown", "pointerdown"])) {
      listen(root, type, (event) => {
        const target = /** @type {HTMLElement} */ (event.target);
        if (!target.closest(".hw-compare-head, .hw-compare-again, .hw-compare-lines")) this.begun = true;
      }, signal);
    }
  }

  /** Return the cells whose clips are here and looked at, loaded or not. */
  countedCells() {
    const { mode, a, b } = this.state.get();
    return [...this.cells.values()].filter((cell) => cell.kind === "clip" && cell.state.facts.sha256 && (mode === "grid" || cell.id === a || cell.id === b));
  }

  countedClips() {
    return this.countedCells().map(({ id, state: { facts } }) => ({ id, fps: facts.fps, frames: facts.frames }));
  }

  activeClips() {
    return this.countedCells().flatMap((cell) => {
      const { id, clip, state: { facts } } = cell;
      return clip && this.active.playsAlong(cell) ? [{ id, video: clip.element, fps: facts.fps, frames: facts.frames, scrubFrames: clip.scrubFrames }] : [];
    });
  }

  /** Go on after others can play along. */
  changed() {
    this.transport.changed();
    this.playhead.draw();
    // They begin by themselves, together: once, and not while one of them is still loading.
    if (this.begun || window.matchMedia("(prefers-reduced-motion: reduce)").matches || this.active.isLoading()) return;
    if (![...this.cells.values()].some((cell) => this.active.playsAlong(cell))) return;
    this.begun = true;
    this.transport.play();
  }

  drawHead() {
    this.head.draw();
    this.drawHeadings(this.model.get("head"));
  }

  draw() {
    const lines = this.model.get("lines");
    for (const given of this.model.get("cells")) {
      const state = { ...given, line: lines[given.id] ?? {} };
      const cell = this.cells.get(state.id);
      if (cell) cell.update(state);
      else this.addCell(state);
    }
    this.active.choose();
    this.tools.update();
  }

  /** @param {import("./cell.js").CellState} state */
  addCell(state) {
    const { model, messages, acquire, now, announce, signal } = this;
    const cell = new Cell(state, {
      messages,
      acquire,
      now,
      announce,
      signal,
      changed: () => this.changed(),
      playAlong: (id) => this.active.want(id),
      chainable: () => Boolean(model.get("chainable")),
    });
    cell.root.style.setProperty("--hw-column", String(state.column + 1));
    cell.root.style.setProperty("--hw-row", String(2 * state.row + 3));
    this.cells.set(state.id, cell);
    this.stage.append(cell.root);
    this.active.watch(cell);
  }

  /** Have the scrub frames ready before the playhead is moved, one clip after the other. */
  async loadScrubFrames() {
    if (this.loadingScrubFrames) return;
    this.loadingScrubFrames = true;
    for (const cell of this.cells.values()) if (this.active.playsAlong(cell)) await cell.clip?.loadScrubFrames();
    this.loadingScrubFrames = false;
  }
}

/** @param {import("../page/dom.js").Context} context */
function render(context) {
  new Compare(context);
}

export default { render };
