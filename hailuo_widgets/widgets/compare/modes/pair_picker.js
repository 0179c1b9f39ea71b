/** Which two are compared, how far one is seen of the other, and by how many frames A is moved. */

import { button, el, listen } from "../../page/dom.js";
import { IN, OUT, SWAP } from "../../page/icons.js";
import { SLIDERS, describeValue, pick } from "./pair.js";

const LONGEST_NAME = 60;
const SLOTS = /** @type {const} */ (["a", "b"]);
/** Parts of the state that are seen in these controls. */
const DRAWN = /** @type {const} */ (["mode", "a", "b", "wipe", "onion", "difference", "offsets"]);

function build() {
  return {
    selects: { a: select("A"), b: select("B") },
    swap: button("A and B change places", { icon: SWAP, title: "A and B change places (B)" }),
    slider: el("input", { type: "range", class: "hw-compare-knob-range" }),
    sliderName: el("span", {}),
    sliderValue: el("span", { class: "hw-compare-figure" }),
    earlier: button("A one frame earlier", { icon: OUT, title: "A one frame earlier ([)" }),
    later: button("A one frame later", { icon: IN, title: "A one frame later (])" }),
    shifted: el("span", { class: "hw-compare-figure" }),
  };
}

export class PairPicker {
  /** @param {import("./modes.js").Desk} desk @param {import("./modes.js").Modes} modes */
  constructor({ cells, state, announce, signal }, modes) {
    this.cells = cells;
    this.state = state;
    this.announce = announce;
    this.modes = modes;
    this.parts = build();
    const { selects, swap, slider, sliderName, sliderValue, earlier, later, shifted } = this.parts;
    this.pair = el("div", { class: "hw-compare-pair", role: "group", "aria-label": "A and B" }, labelled("A", selects.a), swap, labelled("B", selects.b));
    this.slider = el("label", { class: "hw-compare-knob" }, sliderName, slider, sliderValue);
    this.offset = el("div", { class: "hw-compare-offset", role: "group", "aria-label": "Move A by frames" }, el("span", {}, "Move A"), earlier, shifted, later);
    this.drawnNames = "";
    this.listen(signal);
    state.subscribe((now, before) => DRAWN.some((name) => now[name] !== before[name]) && this.draw(), signal);
    this.draw();
  }

  /** @param {AbortSignal} signal */
  listen(signal) {
    const { selects, swap, slider, earlier, later } = this.parts;
    const { modes } = this;
    listen(slider, "input", () => {
      const { mode } = this.state.get();
      if (mode in SLIDERS) this.state.set({ [mode]: Number(slider.value) });
    }, signal);
    listen(swap, "click", () => modes.swap(), signal);
    listen(earlier, "click", () => this.shift(-1), signal);
    listen(later, "click", () => this.shift(1), signal);
    for (const slot of SLOTS) {
      listen(selects[slot], "change", () => modes.choose(pick(modes.pair(), slot, selects[slot].value)), signal);
    }
  }

  /** Move A against the others. @param {number} frames */
  shift(frames) {
    const { a } = this.modes.pair();
    const facts = this.cells.get(a)?.state.facts;
    if (!facts?.fps) return this.announce("A has no frames to move by.");
    const { offsets } = this.state.get();
    const most = facts.frames - 1;
    const next = Math.max(-most, Math.min(most, Math.round((offsets[a] ?? 0) * facts.fps) + frames));
    this.state.set({ a, offsets: { ...offsets, [a]: next / facts.fps } });
    this.announce(`${this.modes.nameOf(a)}: moved by ${countFrames(next)}.`);
  }

  draw() {
    const { selects } = this.parts;
    const { modes } = this;
    const pair = modes.pair();
    const names = modes.all().map(({ id }) => [id, modes.nameOf(id)]);
    // An open list is not drawn anew while nothing in it has changed.
    if (JSON.stringify(names) !== this.drawnNames) {
      this.drawnNames = JSON.stringify(names);
      for (const place of Object.values(selects)) place.replaceChildren(...names.map(([id, name]) => el("option", { value: id }, shortened(name))));
    }
    for (const slot of SLOTS) {
      selects[slot].value = pair[slot];
      selects[slot].title = modes.nameOf(pair[slot]);
    }
    this.pair.hidden = this.offset.hidden = names.length < 2;
    this.drawSlider();
    this.drawOffset(pair.a);
  }

  drawSlider() {
    const { slider, sliderName, sliderValue } = this.parts;
    const now = this.state.get();
    this.slider.hidden = !(now.mode in SLIDERS);
    if (this.slider.hidden) return;
    const which = /** @type {import("./pair.js").Slider} */ (now.mode);
    const { least, most, step, name, short } = SLIDERS[which];
    sliderName.textContent = short;
    slider.setAttribute("aria-label", name);
    slider.min = String(least);
    slider.max = String(most);
    slider.step = String(step);
    slider.value = String(now[which]);
    sliderValue.textContent = describeValue(which, now[which]);
    slider.setAttribute("aria-valuetext", sliderValue.textContent);
  }

  /** @param {string} a */
  drawOffset(a) {
    const { earlier, later, shifted } = this.parts;
    // Nothing without frames can be moved.
    const fps = this.cells.get(a)?.state.facts.fps ?? 0;
    const frames = Math.round((this.state.get().offsets[a] ?? 0) * fps);
    shifted.textContent = `${frames > 0 ? "+" : frames < 0 ? "−" : ""}${countFrames(Math.abs(frames))}`;
    earlier.disabled = later.disabled = fps === 0;
  }
}

/** @param {string} letter */
function select(letter) {
  return el("select", { class: "hw-select hw-compare-select", "aria-label": `Clip ${letter}` });
}

/** @param {string} letter @param {HTMLElement} control */
function labelled(letter, control) {
  return el("span", { class: "hw-compare-slot" }, el("b", { "aria-hidden": "true" }, letter), control);
}

/** @param {string} name */
function shortened(name) {
  const signs = [...name];
  return signs.length > LONGEST_NAME ? `${signs.slice(0, LONGEST_NAME - 1).join("")}…` : name;
}

/** @param {number} frames */
function countFrames(frames) {
  return `${frames} ${Math.abs(frames) === 1 ? "frame" : "frames"}`;
}
