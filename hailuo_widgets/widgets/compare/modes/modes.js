/** Ways of looking at two clips: wipe, flip, onion, difference; and the grid of all. */

import { button, el, icon, listen } from "../../page/dom.js";
import { BOTH_WAYS, DIFFERENCE, FLIP, GRID, ONION, WIPE } from "../../page/icons.js";
import { SLIDERS, completePair, describeValue, slideBy, nextAgainst, pick, swap } from "./pair.js";

/**
 * What the parts of a comparison are given.
 * @typedef {object} Desk
 * @property {HTMLElement} root
 * @property {HTMLElement} frame around the stage; what lies over the clips hangs in it
 * @property {HTMLElement} stage
 * @property {Map<string, import("../cell.js").Cell>} cells
 * @property {import("../../page/store.js").Store<import("../compare.js").State>} state
 * @property {import("../playback/lockstep.js").Lockstep} transport
 * @property {import("../../shared/rpc.js").Channel} messages
 * @property {typeof import("../../page/clip_cache.js").acquire} acquire
 * @property {(words: string) => void} announce
 * @property {AbortSignal} signal
 *
 * @typedef {import("../compare.js").State["mode"]} Mode
 */

/**
 * The modes in the order of their buttons; `line`: A and B are parted by a line that can be moved,
 * `single`: one of them is seen at a time.
 * @type {{ mode: Mode, name: string, icon: string, key: string, line?: boolean, single?: boolean }[]}
 */
export const MODES = [
  { mode: "grid", name: "Grid", icon: GRID, key: "G" },
  { mode: "wipe", name: "Wipe", icon: WIPE, key: "W", line: true },
  { mode: "flip", name: "Flip", icon: FLIP, key: "F", single: true },
  { mode: "onion", name: "Onion", icon: ONION, key: "N" },
  { mode: "difference", name: "Difference", icon: DIFFERENCE, key: "D" },
];

const BY_NAME = Object.fromEntries(MODES.map((each) => [each.mode, each]));
/** Parts of the state that are seen in how the pair is drawn. */
const DRAWN = /** @type {const} */ (["mode", "a", "b", "shown", "wipe", "onion", "difference"]);

export class Modes {
  /** @param {Desk} desk */
  constructor({ frame, stage, cells, state, announce, signal }) {
    this.frame = frame;
    this.stage = stage;
    this.cells = cells;
    this.state = state;
    this.announce = announce;
    this.line = el("div", { class: "hw-compare-line", role: "separator", tabindex: 0, "aria-orientation": "vertical", "aria-label": "Line between A and B" }, icon(BOTH_WAYS));
    this.chips = { a: chip(), b: chip() };
    this.over = el("div", { class: "hw-compare-over", hidden: true }, this.chips.a, this.chips.b, this.line);
    this.buttons = new Map(MODES.map(({ mode, name, icon: path, key }) => [mode, button(name, { icon: path, label: name, title: `${name} (${key})` })]));
    this.element = el("div", { class: "hw-compare-modes", role: "group", "aria-label": "Way of looking" }, ...this.buttons.values());
    /** The clip that stood at B before a picture took its place. */
    this.clipAtB = "";
    frame.append(this.over);
    for (const [mode, node] of this.buttons) listen(node, "click", () => this.enter(mode), signal);
    listen(this.line, "keydown", (event) => this.onLineKey(event), signal);
    state.subscribe((now, before) => DRAWN.some((name) => now[name] !== before[name]) && this.draw(), signal);
    this.draw();
  }

  // What is compared.

  /** Return all that can be compared, clips first. */
  all() {
    const place = (/** @type {import("../cell.js").Cell} */ cell) => cell.state.number || Number.MAX_SAFE_INTEGER;
    return [...this.cells.values()].sort((one, other) => place(one) - place(other));
  }

  pair() {
    return completePair(this.state.get(), this.all().map(({ id }) => id));
  }

  /** @param {string} id */
  nameOf(id) {
    const cell = this.cells.get(id)?.state;
    if (!cell) return "";
    return cell.number ? `${cell.number} · ${cell.title}` : cell.title;
  }

  /** @param {import("./pair.js").Pair} pair */
  choose(pair) {
    if (!pair.a || !pair.b) return;
    this.state.set({ ...pair });
    this.announce(`A: ${this.nameOf(pair.a)}. B: ${this.nameOf(pair.b)}.`);
  }

  /** @param {"a" | "b"} slot @param {number} number */
  pick(slot, number) {
    const cell = this.all().find((each) => each.state.number === number);
    if (cell) this.choose(pick(this.pair(), slot, cell.id));
    else this.announce(`There is no clip ${number}.`);
  }

  swap() {
    this.choose(swap(this.pair()));
  }

  /** Hold A against the start image, then the end image, then the clip at B again. */
  against() {
    const pair = this.pair();
    const pictures = this.all().filter(({ kind }) => kind === "picture").map(({ id }) => id);
    if (pictures.length === 0) return this.announce("These clips have no start or end image here.");
    if (!pictures.includes(pair.b)) this.clipAtB = pair.b;
    // A picture may stand at B because there is no second clip.
    const clip = this.cells.has(this.clipAtB) ? this.clipAtB : pictures[0];
    this.choose(pick(pair, "b", nextAgainst(pictures, pair.b, clip)));
    if (this.state.get().mode === "grid") this.enter("wipe");
  }

  // The mode.

  /** @param {Mode} mode */
  enter(mode) {
    const pair = this.pair();
    if (mode !== "grid" && !pair.b) return this.announce("There is only one clip here, and nothing to hold it against.");
    this.state.set({ ...pair, mode, shown: "a" });
    this.announce(mode === "grid" ? "Grid: all clips." : `${BY_NAME[mode].name}. A: ${this.nameOf(pair.a)}. B: ${this.nameOf(pair.b)}.`);
  }

  /** Show the other one of the pair. */
  flip() {
    const { shown, a, b } = this.state.get();
    const next = shown === "a" ? "b" : "a";
    this.state.set({ shown: next });
    this.announce(`${next.toUpperCase()} is seen: ${this.nameOf(next === "a" ? a : b)}.`);
  }

  /** Move the mode's own slider; false where it has none. @param {number} steps */
  slide(steps) {
    const now = this.state.get();
    if (!(now.mode in SLIDERS)) return false;
    const slider = /** @type {import("./pair.js").Slider} */ (now.mode);
    this.state.set({ [slider]: slideBy(slider, now[slider], steps) });
    this.announce(`${SLIDERS[slider].name}: ${describeValue(slider, this.state.get()[slider])}.`);
    return true;
  }

  /** @param {number} share of the width that shows A */
  moveLine(share) {
    this.state.set({ wipe: Math.max(0, Math.min(1, share)) });
  }

  /** @param {PointerEvent} event */
  moveLineTo(event) {
    const box = this.stage.getBoundingClientRect();
    this.moveLine((event.clientX - box.left) / box.width);
  }

  /** @param {KeyboardEvent} event */
  onLineKey(event) {
    const { wipe } = this.state.get();
    const stride = event.shiftKey ? 5 : 1;
    /** @type {Record<string, number>} */
    const shares = { ArrowLeft: slideBy("wipe", wipe, -stride), ArrowRight: slideBy("wipe", wipe, stride), Home: 0, End: 1 };
    if (!(event.key in shares) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.moveLine(shares[event.key]);
  }

  // How it is seen.

  draw() {
    const { frame, line } = this;
    const { mode, shown, wipe, onion, difference } = this.state.get();
    const { a, b } = this.pair();
    frame.dataset.mode = mode;
    frame.dataset.shown = shown;
    frame.style.setProperty("--hw-wipe", `${wipe * 100}%`);
    frame.style.setProperty("--hw-onion", String(onion));
    frame.style.setProperty("--hw-gain", String(difference));
    this.over.hidden = mode === "grid";
    line.hidden = !BY_NAME[mode].line;
    line.setAttribute("aria-valuenow", String(Math.round(wipe * 100)));
    line.setAttribute("aria-valuetext", `${Math.round(wipe * 100)} % A`);
    for (const [id, { root }] of this.cells) {
      root.classList.toggle("hw-compare-a", mode !== "grid" && id === a);
      root.classList.toggle("hw-compare-b", mode !== "grid" && id === b);
      // Which two are picked is seen in the grid as well.
      if (this.cells.size > 1 && (id === a || id === b)) root.dataset.slot = id === a ? "A" : "B";
      else delete root.dataset.slot;
    }
    for (const [each, node] of this.buttons) node.setAttribute("aria-pressed", String(each === mode));
    if (mode !== "grid") this.drawPair(a, b);
  }

  /** @param {string} a @param {string} b */
  drawPair(a, b) {
    const { chips } = this;
    const first = this.cells.get(a)?.state.facts;
    const shape = first?.width ? first : this.cells.get(b)?.state.facts;
    this.frame.style.setProperty("--hw-pair", String(shape?.width ? shape.width / shape.height : 16 / 9));
    this.drawChip(chips.a, "A", a);
    this.drawChip(chips.b, "B", b);
    const { mode, shown } = this.state.get();
    const { single } = BY_NAME[mode];
    chips.a.hidden = Boolean(single) && shown === "b";
    chips.b.hidden = Boolean(single) && shown === "a";
  }

  /** @param {HTMLElement} place @param {string} letter @param {string} id */
  drawChip(place, letter, id) {
    const draft = this.cells.get(id)?.state.facts.draft ? [el("span", { class: "hw-compare-draft" }, "Draft")] : [];
    place.setAttribute("aria-label", `${letter}: ${this.nameOf(id)}`);
    place.replaceChildren(el("b", {}, letter), ...draft, el("span", { class: "hw-compare-chip-words", dir: "auto" }, this.nameOf(id)));
  }
}

function chip() {
  return el("div", { class: "hw-compare-chip", role: "note" });
}
