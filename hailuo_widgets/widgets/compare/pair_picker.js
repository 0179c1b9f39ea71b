/** Which two are compared, how far one is seen of the other, and by how many frames A is moved. */

import { button, el, listen } from "../page/dom.js";
import { IN, OUT, SWAP } from "../page/icons.js";
import { KNOBS, inWords, picked } from "./pair.js";

const LONGEST_NAME = 60;

/**
 * @param {import("./modes.js").Desk} desk
 * @param {import("./modes.js").Modes} look
 */
export function choice({ cells, state, announce, signal }, look) {
  const selects = { a: select("A"), b: select("B") };
  const swap = button("A and B change places", { icon: SWAP, title: "A and B change places (B)" });
  const knob = el("input", { type: "range", class: "hw-compare-knob-range" });
  const knobName = el("span", {});
  const knobValue = el("span", { class: "hw-compare-figure" });
  const turning = el("label", { class: "hw-compare-knob" }, knobName, knob, knobValue);
  const earlier = button("A one frame earlier", { icon: OUT, title: "A one frame earlier ([)" });
  const later = button("A one frame later", { icon: IN, title: "A one frame later (])" });
  const moved = el("span", { class: "hw-compare-figure" });
  const offset = el("div", { class: "hw-compare-offset", role: "group", "aria-label": "Move A by frames" }, el("span", {}, "Move A"), earlier, moved, later);
  const pair = el("div", { class: "hw-compare-pair", role: "group", "aria-label": "A and B" }, labelled("A", selects.a), swap, labelled("B", selects.b));
  let listed = "";

  /** Frames a second of what stands at A; 0 where nothing can be moved. */
  function rate() {
    return cells.get(look.pair().a)?.said.facts.fps ?? 0;
  }

  /** @param {number} frames */
  function shift(frames) {
    const { a } = look.pair();
    const facts = cells.get(a)?.said.facts;
    if (!facts?.fps) return announce("A has no frames to move by.");
    const { offsets } = state.get();
    const most = facts.frames - 1;
    const next = Math.max(-most, Math.min(most, Math.round((offsets[a] ?? 0) * facts.fps) + frames));
    state.set({ a, offsets: { ...offsets, [a]: next / facts.fps } });
    announce(`${look.nameOf(a)}: moved by ${many(next)}.`);
  }

  function draw() {
    const chosen = look.pair();
    const all = look.all();
    const names = all.map(({ id }) => [id, look.nameOf(id)]);
    // An open list is not drawn anew while nothing in it has changed.
    if (JSON.stringify(names) !== listed) {
      listed = JSON.stringify(names);
      for (const place of Object.values(selects)) place.replaceChildren(...names.map(([id, name]) => el("option", { value: id }, shortened(name))));
    }
    for (const slot of /** @type {const} */ (["a", "b"])) {
      selects[slot].value = chosen[slot];
      selects[slot].title = look.nameOf(chosen[slot]);
    }
    pair.hidden = all.length < 2;
    offset.hidden = all.length < 2;
    drawKnob();
    drawOffset(chosen.a);
  }

  function drawKnob() {
    const now = state.get();
    turning.hidden = !(now.mode in KNOBS);
    if (turning.hidden) return;
    const name = /** @type {import("./pair.js").Knob} */ (now.mode);
    const { least, most, step } = KNOBS[name];
    knobName.textContent = KNOBS[name].short;
    knob.setAttribute("aria-label", KNOBS[name].name);
    knob.min = String(least);
    knob.max = String(most);
    knob.step = String(step);
    knob.value = String(now[name]);
    knobValue.textContent = inWords(name, now[name]);
    knob.setAttribute("aria-valuetext", knobValue.textContent);
  }

  /** @param {string} a */
  function drawOffset(a) {
    const fps = rate();
    const frames = Math.round((state.get().offsets[a] ?? 0) * fps);
    moved.textContent = `${frames > 0 ? "+" : frames < 0 ? "−" : ""}${many(Math.abs(frames))}`;
    earlier.disabled = later.disabled = fps === 0;
  }

  listen(knob, "input", () => {
    const now = state.get();
    if (now.mode in KNOBS) state.set({ [now.mode]: Number(knob.value) });
  }, signal);
  listen(swap, "click", look.swap, signal);
  listen(earlier, "click", () => shift(-1), signal);
  listen(later, "click", () => shift(1), signal);
  for (const slot of /** @type {const} */ (["a", "b"])) {
    listen(selects[slot], "change", () => look.choose(picked(look.pair(), slot, selects[slot].value)), signal);
  }
  state.subscribe((now, before) => {
    const drawn = /** @type {const} */ (["mode", "a", "b", "wipe", "onion", "difference", "offsets"]);
    if (drawn.some((name) => now[name] !== before[name])) draw();
  }, signal);
  draw();
  return { pair, turning, offset, shift, draw };
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
function many(frames) {
  return `${frames} ${Math.abs(frames) === 1 ? "frame" : "frames"}`;
}
