/** Many clips under one playhead. The browser owns it; nothing per frame goes to the kernel. */

import { acquire } from "../page/clip_cache.js";
import { PlayheadBar } from "./ruler.js";
import { compareCell } from "./cell.js";
import { compareHead, headings } from "./header.js";
import { tools } from "./toolbar.js";
import { announcer, el, ended, follow, listen } from "../page/dom.js";
import { keyboard } from "../page/keyboard.js";
import { live } from "./playback/active_clips.js";
import { lockstep } from "./playback/lockstep.js";
import { channel } from "../shared/rpc.js";
import { kernelClock } from "../shared/job_line.js";
import { store } from "../page/store.js";
import { WHOLE } from "./zoom.js";

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
 * @property {import("./zoom.js").Zoom} zoom of all cells alike
 * @property {"a" | "b"} shown which of the pair a flip shows
 * @property {number} wipe share of the width that shows A
 * @property {number} onion opacity of B
 * @property {number} difference how many times brighter it is drawn
 */

/** @param {import("../page/dom.js").Context} context */
function render({ model, el: root, signal }) {
  const messages = channel(model, signal, () => ended(root));
  /** A page that holds its clips itself brings its own way to them. */
  const take = /** @type {{ acquire?: typeof acquire }} */ (model).acquire ?? acquire;
  /** @type {import("../page/store.js").Store<State>} */
  const state = store(/** @type {State} */ ({
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
  }));
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const stage = el("div", { class: "hw-compare-stage" });
  /** What lies over the clips hangs here: the stage's children are cells and their headings. */
  const frame = el("div", { class: "hw-compare-frame", tabindex: 0, role: "group", "aria-label": "Clips" }, stage);
  const bar = el("div", { class: "hw-compare-bar", role: "toolbar", "aria-label": "Comparison" });
  const head = compareHead({ messages, read: () => model.get("head"), signal });
  root.classList.add("hw", "hw-compare");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Comparison");
  keyboard(root, signal);
  root.append(head.element, frame, bar);
  const announce = announcer(root);
  const now = kernelClock(messages);

  /** @type {Map<string, import("./cell.js").Cell>} */
  const cells = new Map();
  let begun = false;

  /** Clips that are here and looked at, loaded or not. */
  function counted() {
    const { mode, a, b } = state.get();
    return [...cells.values()].filter(({ id, kind, said }) => kind === "clip" && said.facts.sha256 && (mode === "grid" || id === a || id === b));
  }

  const transport = lockstep({
    clips: () =>
      counted().flatMap((cell) =>
        cell.video && crowd.playsAlong(cell) ? [{ id: cell.id, video: cell.video, fps: cell.said.facts.fps, frames: cell.said.facts.frames, flip: cell.flip }] : [],
      ),
    all: () => counted().map(({ id, said }) => ({ id, fps: said.facts.fps, frames: said.facts.frames })),
    state,
    signal,
  });
  const playhead = new PlayheadBar({ root, state, transport, signal });
  const crowd = live({ root, cells, state, changed, away: transport.away, signal });
  bar.append(playhead.element);

  const handled = tools({ root, frame, stage, cells, state, transport, messages, take, announce, signal }, bar);
  playhead.controls.speed.after(handled.loop);

  /** After others can play along. */
  function changed() {
    transport.changed();
    playhead.draw();
    // They begin by themselves, together: once, and not while one of them is still loading.
    if (begun || still.matches || crowd.loading()) return;
    if (![...cells.values()].some(crowd.playsAlong)) return;
    begun = true;
    transport.play();
  }

  function draw() {
    const lines = model.get("lines");
    for (const told of model.get("cells")) {
      const said = { ...told, line: lines[told.id] ?? {} };
      const known = cells.get(said.id);
      if (known) {
        known.update(said);
        continue;
      }
      const chainable = () => Boolean(model.get("chainable"));
      const made = compareCell(said, { messages, take, now, changed, ask: crowd.ask, chainable, announce, signal });
      made.root.style.setProperty("--hw-column", String(said.column + 1));
      made.root.style.setProperty("--hw-row", String(2 * said.row + 3));
      cells.set(said.id, made);
      stage.append(made.root);
      crowd.watch(made);
    }
    crowd.choose();
    handled.update();
  }

  let leafing = false;

  /** Somebody is about to move the playhead: have the small pictures ready, one clip after the other. */
  async function leaf() {
    if (leafing) return;
    leafing = true;
    for (const cell of cells.values()) if (crowd.playsAlong(cell)) await cell.leaf();
    leafing = false;
  }

  for (const type of /** @type {const} */ (["pointerenter", "focusin"])) listen(playhead.element, type, leaf, signal);
  // A press on a clip plays all, as it does in the player.
  listen(stage, "click", (event) => {
    const hit = /** @type {HTMLElement} */ (event.target);
    if (state.get().mode === "grid" && state.get().zoom.scale === 1 && hit.closest(".hw-compare-screen") && !hit.closest("button")) transport.toggle();
  }, signal);
  // Whoever has touched the playhead has it; to ask for clips is not that.
  for (const type of /** @type {const} */ (["keydown", "pointerdown"])) {
    listen(root, type, (event) => {
      const hit = /** @type {HTMLElement} */ (event.target);
      if (!hit.closest(".hw-compare-head, .hw-compare-again, .hw-compare-lines")) begun = true;
    }, signal);
  }
  const drawHeadings = headings(stage);
  follow(model, "head", () => {
    head.draw();
    drawHeadings(model.get("head"));
  }, signal);
  follow(model, "cells lines chainable", draw, signal);
}

export default { render };
