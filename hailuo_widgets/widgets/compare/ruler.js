/** The playhead in people's hands: play, step, where it is, and the ruler with the loop. */

import { frameAt, middleOf, timecode } from "../page/frame_time.js";
import { button, el, icon, listen } from "../page/dom.js";
import { BACK, FORWARD, PAUSE, PLAY } from "../page/icons.js";
import { lasts } from "./playback/playhead.js";

// Less than this share of the wished speed is told.
const KEEPS_UP = 0.9;
const SPEEDS = [0.25, 0.5, 1, 1.5, 2];

/**
 * @param {object} about
 * @param {HTMLElement} about.root
 * @param {import("../page/store.js").Store<import("./compare.js").State>} about.state
 * @param {import("./playback/lockstep.js").Transport} about.transport
 * @param {AbortSignal} about.signal
 */
export function compareBar({ root, state, transport, signal }) {
  const play = button("Play", { icon: PLAY });
  const back = button("Back one frame", { icon: BACK, title: "Back one frame (←)" });
  const forward = button("Forward one frame", { icon: FORWARD, title: "Forward one frame (→)" });
  const time = el("span", { class: "hw-compare-time" });
  const frame = el("span", { class: "hw-compare-frame-number" });
  const speed = el(
    "select",
    { class: "hw-select", "aria-label": "Speed", title: "Speed" },
    ...SPEEDS.map((each) => el("option", { value: each, selected: each === 1 }, `${each}x`)),
  );
  const basis = el("span", { class: "hw-compare-basis" });
  const slow = el("span", { class: "hw-compare-slow" });
  const scrubber = el("input", { type: "range", class: "hw-compare-scrubber", min: 0, value: 0, step: 1, "aria-label": "Frame" });
  const span = el("div", { class: "hw-compare-loop", "aria-hidden": "true", hidden: true });
  const ruler = el("div", { class: "hw-compare-ruler" }, span, scrubber);
  const element = el(
    "div",
    { class: "hw-compare-transport", role: "group", "aria-label": "Playhead" },
    ruler,
    el("div", { class: "hw-compare-playing" }, play, back, forward, el("span", { class: "hw-compare-where" }, time, frame), speed, slow, basis),
  );
  let drawn = "";

  function drawTime() {
    const rate = transport.steps();
    const count = Math.max(1, Math.round(transport.length() * rate));
    const now = frameAt(state.get().time, rate, count);
    const words = transport.rate() ? `frame ${now + 1}/${count}` : `of ${timecode(count, rate)}`;
    if (drawn === `${now} ${words}`) return;
    drawn = `${now} ${words}`;
    time.textContent = timecode(now, rate);
    frame.textContent = words;
    scrubber.max = String(count - 1);
    scrubber.value = String(now);
    scrubber.setAttribute("aria-valuetext", `${time.textContent}, ${words}`);
    root.dataset.frame = String(now);
  }

  function drawPlaying() {
    const { playing } = state.get();
    const name = playing ? "Pause" : "Play";
    if (play.getAttribute("aria-label") === name) return;
    play.replaceChildren(icon(playing ? PAUSE : PLAY));
    play.setAttribute("aria-label", name);
    play.title = `${name} (space)`;
  }

  function drawPace() {
    const { playing, pace } = state.get();
    const words = playing && pace < KEEPS_UP ? `${Math.round(pace * 20) * 5} % of the speed: all wait for the slowest` : "";
    if (slow.textContent !== words) slow.textContent = words;
  }

  function drawLoop() {
    const { loop } = state.get();
    const whole = transport.length();
    span.hidden = !loop || whole === 0;
    if (!loop || whole === 0) return;
    span.style.left = `${(loop.in / whole) * 100}%`;
    span.style.width = `${((Math.min(loop.out, whole) - loop.in) / whole) * 100}%`;
  }

  function drawSpeed() {
    const { rate } = state.get();
    let known = [...speed.options].find((each) => Number(each.value) === rate);
    if (!known) {
      known = el("option", { value: rate }, `${rate}x`);
      speed.append(known);
    }
    speed.value = known.value;
  }

  function draw() {
    const rate = transport.rate();
    const tracks = transport.tracks();
    const none = tracks.length === 0;
    const lengths = new Set(tracks.map((each) => lasts(each).toFixed(3)));
    basis.textContent = none || tracks.length < 2 ? "" : rate ? `by frame · ${rate.toFixed(3).replace(/\.?0+$/, "")} fps` : "by time: frame rates differ";
    basis.title = lengths.size > 1 ? "The shorter clips hold their last frame until the longest has ended." : "";
    if (lengths.size > 1) basis.textContent += " · lengths differ";
    for (const control of [play, back, forward, scrubber, speed]) control.disabled = none;
    element.classList.toggle("hw-compare-idle", none);
    drawTime();
    drawLoop();
  }

  listen(play, "click", transport.toggle, signal);
  listen(back, "click", () => transport.step(-1), signal);
  listen(forward, "click", () => transport.step(1), signal);
  listen(scrubber, "input", () => transport.seek(middleOf(Number(scrubber.value), transport.steps()), true), signal);
  listen(speed, "change", () => state.set({ rate: Number(speed.value) }), signal);
  state.subscribe((now, before) => {
    if (now.time !== before.time) drawTime();
    if (now.playing !== before.playing) drawPlaying();
    if (now.pace !== before.pace || now.playing !== before.playing) drawPace();
    if (now.loop !== before.loop) drawLoop();
    if (now.rate !== before.rate) drawSpeed();
    if (now.offsets !== before.offsets || now.mode !== before.mode || now.a !== before.a || now.b !== before.b) draw();
    // What all have truly presented, for whoever waits for it.
    if (now.settled && !now.playing) root.dataset.settled = String(frameAt(now.time, transport.steps(), Infinity));
    else delete root.dataset.settled;
  }, signal);
  drawPlaying();
  return { element, speed, draw };
}
