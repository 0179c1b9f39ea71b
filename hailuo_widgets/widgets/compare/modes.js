/** Ways of looking at two clips: wipe, flip, onion, difference; and the grid of all. */

import { button, el, icon, listen } from "../page/dom.js";
import { BOTH_WAYS, DIFFERENCE, FLIP, GRID, ONION, WIPE } from "../page/icons.js";
import { KNOBS, completed, inWords, nextAgainst, picked, swapped, turned } from "./pair.js";

/**
 * What the parts of a comparison are given.
 * @typedef {object} Desk
 * @property {HTMLElement} root
 * @property {HTMLElement} frame around the stage; what lies over the clips hangs in it
 * @property {HTMLElement} stage
 * @property {Map<string, import("./cell.js").Cell>} cells
 * @property {import("../page/store.js").Store<import("./compare.js").State>} state
 * @property {import("./playback/lockstep.js").Transport} transport
 * @property {import("../shared/rpc.js").Channel} messages
 * @property {(words: string) => void} announce
 * @property {AbortSignal} signal
 *
 * @typedef {import("./compare.js").State["mode"]} Mode
 */

/** @type {{ mode: Mode, name: string, icon: string, key: string }[]} */
const MODES = [
  { mode: "grid", name: "Grid", icon: GRID, key: "G" },
  { mode: "wipe", name: "Wipe", icon: WIPE, key: "W" },
  { mode: "flip", name: "Flip", icon: FLIP, key: "F" },
  { mode: "onion", name: "Onion", icon: ONION, key: "N" },
  { mode: "difference", name: "Difference", icon: DIFFERENCE, key: "D" },
];

const PEEK_MS = 220;

/** @param {Desk} desk */
export function modes({ frame, stage, cells, state, announce, signal }) {
  const line = el("div", { class: "hw-compare-line", role: "separator", tabindex: 0, "aria-orientation": "vertical", "aria-label": "Line between A and B" }, icon(BOTH_WAYS));
  const chips = { a: chip(), b: chip() };
  const over = el("div", { class: "hw-compare-over", hidden: true }, chips.a, chips.b, line);
  const buttons = new Map(MODES.map(({ mode, name, icon: path, key }) => [mode, button(name, { icon: path, label: name, title: `${name} (${key})` })]));
  const element = el("div", { class: "hw-compare-modes", role: "group", "aria-label": "Way of looking" }, ...buttons.values());
  /** The clip that stood at B before a picture took its place. */
  let clipAtB = "";
  frame.append(over);

  /** All that can be compared, clips first. */
  function all() {
    return [...cells.values()].sort((one, other) => (one.said.number || 1e9) - (other.said.number || 1e9));
  }

  function pair() {
    return completed(state.get(), all().map(({ id }) => id));
  }

  /** @param {string} id */
  function nameOf(id) {
    const said = cells.get(id)?.said;
    if (!said) return "";
    return said.number ? `${said.number} · ${said.title}` : said.title;
  }

  /** @param {Mode} mode */
  function enter(mode) {
    const chosen = pair();
    if (mode !== "grid" && !chosen.b) return announce("There is only one clip here, and nothing to hold it against.");
    state.set({ ...chosen, mode, shown: "a" });
    announce(mode === "grid" ? "Grid: all clips." : `${nameOfMode(mode)}. A: ${nameOf(chosen.a)}. B: ${nameOf(chosen.b)}.`);
  }

  /** @param {import("./pair.js").Pair} chosen */
  function choose(chosen) {
    if (!chosen.a || !chosen.b) return;
    state.set({ ...chosen });
    announce(`A: ${nameOf(chosen.a)}. B: ${nameOf(chosen.b)}.`);
  }

  /** @param {"a" | "b"} slot @param {number} number */
  function pick(slot, number) {
    const wanted = all().find(({ said }) => said.number === number);
    if (wanted) choose(picked(pair(), slot, wanted.id));
    else announce(`There is no clip ${number}.`);
  }

  function against() {
    const now = pair();
    const pictures = all().filter(({ kind }) => kind === "picture").map(({ id }) => id);
    if (pictures.length === 0) return announce("These clips have no start or end image here.");
    if (!pictures.includes(now.b)) clipAtB = now.b;
    // A picture may stand at B because there is no second clip.
    const clip = cells.has(clipAtB) ? clipAtB : pictures[0];
    choose(picked(now, "b", nextAgainst(pictures, now.b, clip)));
    if (state.get().mode === "grid") enter("wipe");
  }

  function flip() {
    const { shown, a, b } = state.get();
    const next = shown === "a" ? "b" : "a";
    state.set({ shown: next });
    announce(`${next.toUpperCase()} is seen: ${nameOf(next === "a" ? a : b)}.`);
  }

  /** @param {number} value */
  function wipeTo(value) {
    state.set({ wipe: Math.max(0, Math.min(1, value)) });
  }

  /** Turn the mode's own knob; false where it has none. @param {number} steps */
  function turn(steps) {
    const now = state.get();
    if (!(now.mode in KNOBS)) return false;
    const knob = /** @type {import("./pair.js").Knob} */ (now.mode);
    state.set({ [knob]: turned(knob, now[knob], steps) });
    announce(`${KNOBS[knob].name}: ${inWords(knob, state.get()[knob])}.`);
    return true;
  }

  function draw() {
    const { mode, shown, wipe, onion, difference } = state.get();
    const { a, b } = pair();
    frame.dataset.mode = mode;
    frame.dataset.shown = shown;
    frame.style.setProperty("--hw-wipe", `${wipe * 100}%`);
    frame.style.setProperty("--hw-onion", String(onion));
    frame.style.setProperty("--hw-gain", String(difference));
    over.hidden = mode === "grid";
    line.hidden = mode !== "wipe";
    line.setAttribute("aria-valuenow", String(Math.round(wipe * 100)));
    line.setAttribute("aria-valuetext", `${Math.round(wipe * 100)} % A`);
    for (const [each, { root }] of cells) {
      root.classList.toggle("hw-compare-a", mode !== "grid" && each === a);
      root.classList.toggle("hw-compare-b", mode !== "grid" && each === b);
      // Which two are picked is seen in the grid as well.
      if (cells.size > 1 && (each === a || each === b)) root.dataset.slot = each === a ? "A" : "B";
      else delete root.dataset.slot;
    }
    for (const [each, node] of buttons) node.setAttribute("aria-pressed", String(each === mode));
    if (mode !== "grid") drawPair(a, b);
  }

  /** @param {string} a @param {string} b */
  function drawPair(a, b) {
    const { facts } = cells.get(a)?.said ?? {};
    const second = cells.get(b)?.said.facts;
    const shape = facts?.width ? facts : second;
    frame.style.setProperty("--hw-pair", String(shape?.width ? shape.width / shape.height : 16 / 9));
    fill(chips.a, "A", a);
    fill(chips.b, "B", b);
    const { mode, shown } = state.get();
    chips.a.hidden = mode === "flip" && shown === "b";
    chips.b.hidden = mode === "flip" && shown === "a";
  }

  /** @param {HTMLElement} place @param {string} letter @param {string} id */
  function fill(place, letter, id) {
    const said = cells.get(id)?.said;
    const draft = said?.facts.draft ? [el("span", { class: "hw-compare-draft" }, "Draft")] : [];
    place.setAttribute("aria-label", `${letter}: ${nameOf(id)}`);
    place.replaceChildren(el("b", {}, letter), ...draft, el("span", { class: "hw-compare-chip-words", dir: "auto" }, nameOf(id)));
  }

  /** @param {PointerEvent} event */
  function follow(event) {
    const box = stage.getBoundingClientRect();
    wipeTo((event.clientX - box.left) / box.width);
  }

  /** @param {KeyboardEvent} event */
  function onLineKey(event) {
    const { wipe } = state.get();
    const stride = event.shiftKey ? 5 : 1;
    /** @type {Record<string, number>} */
    const ways = { ArrowLeft: turned("wipe", wipe, -stride), ArrowRight: turned("wipe", wipe, stride), Home: 0, End: 1 };
    if (!(event.key in ways) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    wipeTo(ways[event.key]);
  }

  for (const [mode, node] of buttons) listen(node, "click", () => enter(mode), signal);
  listen(line, "keydown", onLineKey, signal);
  state.subscribe((now, before) => {
    const drawn = /** @type {const} */ (["mode", "a", "b", "shown", "wipe", "onion", "difference"]);
    if (drawn.some((name) => now[name] !== before[name])) draw();
  }, signal);
  draw();
  return { element, line, all, pair, nameOf, enter, choose, pick, against, flip, turn, follow, draw, swap: () => choose(swapped(pair())) };
}

/** @typedef {ReturnType<typeof modes>} Modes */

function chip() {
  return el("div", { class: "hw-compare-chip", role: "note" });
}

/** @param {Mode} mode */
function nameOfMode(mode) {
  return MODES.find((each) => each.mode === mode)?.name ?? "";
}

/**
 * What a pointer does to a pair: the line of the wipe follows it, a press flips, a longer one peeks.
 * @param {Desk} desk
 * @param {Modes} look
 * @param {{ fingers: () => number, dragged: () => boolean }} zoom
 */
export function pointing({ frame, state, signal }, look, zoom) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  let peeking = false;
  let held = false;

  /** @param {PointerEvent} event */
  function onMove(event) {
    if (state.get().mode !== "wipe" || zoom.dragged()) return;
    const hovering = event.pointerType === "mouse" && event.buttons === 0;
    // A mouse that drags when near moves the picture; a finger always moves the line.
    const dragging = held && zoom.fingers() <= 1 && (event.pointerType !== "mouse" || state.get().zoom.scale === 1);
    if (hovering || dragging) look.follow(event);
  }

  /** @param {PointerEvent} event */
  function onDown(event) {
    const hit = /** @type {Element} */ (event.target);
    const { mode } = state.get();
    if (event.button !== 0 || mode === "grid" || hit.closest("button, a, input, select")) return;
    held = true;
    if (mode === "wipe" && zoom.fingers() <= 1) look.follow(event);
    if (mode !== "flip") return;
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (zoom.dragged() || zoom.fingers() !== 1) return;
      peeking = true;
      look.flip();
    }, PEEK_MS);
  }

  function onUp() {
    held = false;
    clearTimeout(waiting);
    if (peeking) look.flip();
    // The click that follows a peek is none.
    setTimeout(() => (peeking = false));
  }

  listen(frame, "pointermove", onMove, signal);
  listen(frame, "pointerdown", onDown, signal);
  listen(window, "pointerup", onUp, signal);
  listen(window, "pointercancel", onUp, signal);
  listen(frame, "click", (event) => {
    const hit = /** @type {Element} */ (event.target);
    if (state.get().mode === "flip" && !peeking && !hit.closest("button, a, input, select")) look.flip();
  }, signal);
  signal.addEventListener("abort", () => clearTimeout(waiting));
}
