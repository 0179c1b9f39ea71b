/** The playhead of a comparison: the transport controls, where it is, and the ruler with the loop. */

import { frameAt, middleOf, timecode } from "../page/frame_time.js";
import { el, listen } from "../page/dom.js";
import { speedOption, transportControls } from "../page/transport_bar.js";
import { durationOf } from "./playback/playhead.js";

// A share of the wanted speed below this is shown.
const KEEPS_UP = 0.9;

/**
 * @typedef {object} Source
 * @property {HTMLElement} root
 * @property {import("../page/store.js").Store<import("./compare.js").State>} state
 * @property {import("./playback/lockstep.js").Lockstep} transport
 * @property {AbortSignal} signal
 */

export class PlayheadBar {
  /** @param {Source} source */
  constructor({ root, state, transport, signal }) {
    this.root = root;
    this.state = state;
    this.transport = transport;
    this.controls = transportControls({
      toggle: () => transport.toggle(),
      step: (frames) => transport.step(frames),
      setSpeed: (rate) => state.set({ rate }),
      signal,
    });
    this.basis = el("span", { class: "hw-compare-basis" });
    this.slow = el("span", { class: "hw-compare-slow" });
    this.scrubber = el("input", { type: "range", class: "hw-compare-scrubber", min: 0, value: 0, step: 1, "aria-label": "Frame" });
    this.span = el("div", { class: "hw-compare-loop", "aria-hidden": "true", hidden: true });
    const { play, back, forward, time, frame, speed } = this.controls;
    this.element = el(
      "div",
      { class: "hw-compare-transport", role: "group", "aria-label": "Playhead" },
      el("div", { class: "hw-compare-ruler" }, this.span, this.scrubber),
      el("div", { class: "hw-compare-playing" }, play, back, forward, el("span", { class: "hw-compare-where" }, time, frame), speed, this.slow, this.basis),
    );
    this.drawnPlace = "";
    listen(this.scrubber, "input", () => transport.seek(middleOf(Number(this.scrubber.value), transport.steps()), true), signal);
    state.subscribe((now, before) => this.update(now, before), signal);
  }

  /** @param {Readonly<import("./compare.js").State>} now @param {Readonly<import("./compare.js").State>} before */
  update(now, before) {
    if (now.time !== before.time) this.drawTime();
    if (now.playing !== before.playing) this.controls.drawPlaying(now.playing);
    if (now.pace !== before.pace || now.playing !== before.playing) this.drawPace();
    if (now.loop !== before.loop) this.drawLoop();
    if (now.rate !== before.rate) this.drawSpeed(now.rate);
    if (now.offsets !== before.offsets || now.mode !== before.mode || now.a !== before.a || now.b !== before.b) this.draw();
    // What all have truly presented: tests and other scripts wait for it.
    if (now.settled && !now.playing) this.root.dataset.settled = String(frameAt(now.time, this.transport.steps(), Infinity));
    else delete this.root.dataset.settled;
  }

  drawTime() {
    const { transport, scrubber } = this;
    const rate = transport.steps();
    const count = Math.max(1, Math.round(transport.length() * rate));
    const now = frameAt(this.state.get().time, rate, count);
    const words = transport.rate() ? `frame ${now + 1}/${count}` : `of ${timecode(count, rate)}`;
    if (this.drawnPlace === `${now} ${words}`) return;
    this.drawnPlace = `${now} ${words}`;
    const code = timecode(now, rate);
    this.controls.drawPlace(code, words);
    scrubber.max = String(count - 1);
    scrubber.value = String(now);
    scrubber.setAttribute("aria-valuetext", `${code}, ${words}`);
    this.root.dataset.frame = String(now);
  }

  drawPace() {
    const { playing, pace } = this.state.get();
    const words = playing && pace < KEEPS_UP ? `${Math.round(pace * 20) * 5} % of the speed: all wait for the slowest` : "";
    if (this.slow.textContent !== words) this.slow.textContent = words;
  }

  /** @param {number} rate */
  drawSpeed(rate) {
    const { speed } = this.controls;
    // Keys go to speeds that the list does not have.
    if (![...speed.options].some(({ value }) => Number(value) === rate)) speed.append(speedOption(rate));
    speed.value = String(rate);
  }

  drawLoop() {
    const { loop } = this.state.get();
    const whole = this.transport.length();
    this.span.hidden = !loop || whole === 0;
    if (!loop || whole === 0) return;
    this.span.style.left = `${(loop.in / whole) * 100}%`;
    this.span.style.width = `${((Math.min(loop.out, whole) - loop.in) / whole) * 100}%`;
  }

  /** Draw anew after other clips are counted. */
  draw() {
    const { basis, transport } = this;
    const { play, back, forward, speed } = this.controls;
    const rate = transport.rate();
    const tracks = transport.tracks();
    const none = tracks.length === 0;
    const lengths = new Set(tracks.map((each) => durationOf(each).toFixed(3)));
    basis.textContent = none || tracks.length < 2 ? "" : rate ? `by frame · ${rate.toFixed(3).replace(/\.?0+$/, "")} fps` : "by time: frame rates differ";
    basis.title = lengths.size > 1 ? "The shorter clips hold their last frame until the longest has ended." : "";
    if (lengths.size > 1) basis.textContent += " · lengths differ";
    for (const control of [play, back, forward, this.scrubber, speed]) control.disabled = none;
    this.element.classList.toggle("hw-compare-idle", none);
    this.drawTime();
    this.drawLoop();
  }
}
