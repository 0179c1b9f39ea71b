/** The transport bar of every player: play, step, speed, loop and full screen, and where the playhead is. */

import { button, el, icon, listen } from "./dom.js";
import { BACK, FORWARD, FULL, LOOP, PAUSE, PLAY } from "./icons.js";

const SPEEDS = [0.25, 0.5, 1, 1.5, 2];

/**
 * The controls that every player has, for it to lay out.
 * @typedef {object} TransportControls
 * @property {HTMLButtonElement} play
 * @property {HTMLButtonElement} back
 * @property {HTMLButtonElement} forward
 * @property {HTMLElement} time
 * @property {HTMLElement} frame
 * @property {HTMLSelectElement} speed
 * @property {(playing: boolean) => void} drawPlaying
 * @property {(timecode: string, frame: string) => void} drawPlace
 */

/**
 * @param {object} player
 * @param {() => void} player.toggle play or pause
 * @param {(frames: number) => void} player.step
 * @param {(speed: number) => void} player.setSpeed 1 is the clip's own speed
 * @param {AbortSignal} player.signal
 * @returns {TransportControls}
 */
export function transportControls({ toggle, step, setSpeed, signal }) {
  const play = button("Play", { icon: PLAY, title: "Play (space)" });
  const back = button("Back one frame", { icon: BACK, title: "Back one frame (←)" });
  const forward = button("Forward one frame", { icon: FORWARD, title: "Forward one frame (→)" });
  const time = el("span", { class: "hw-transport-time" });
  const frame = el("span", { class: "hw-transport-frame" });
  const speed = el("select", { class: "hw-select", "aria-label": "Speed", title: "Speed" }, ...SPEEDS.map(speedOption));
  speed.value = "1";
  listen(play, "click", toggle, signal);
  listen(back, "click", () => step(-1), signal);
  listen(forward, "click", () => step(1), signal);
  listen(speed, "change", () => setSpeed(Number(speed.value)), signal);
  return {
    play,
    back,
    forward,
    time,
    frame,
    speed,
    drawPlaying(playing) {
      const name = playing ? "Pause" : "Play";
      if (play.getAttribute("aria-label") === name) return;
      play.replaceChildren(icon(playing ? PAUSE : PLAY));
      play.setAttribute("aria-label", name);
      play.title = `${name} (space)`;
    },
    drawPlace(timecode, words) {
      time.textContent = timecode;
      frame.textContent = words;
    },
  };
}

/** @param {number} speed */
export function speedOption(speed) {
  return el("option", { value: speed }, `${speed}x`);
}

/**
 * The controls in a row, with a loop that begins switched on and full screen.
 * @param {object} player
 * @param {HTMLElement} player.root what fills the screen
 * @param {TransportControls} player.controls
 * @param {(on: boolean) => void} player.setLoop
 * @param {HTMLElement} player.saving the player's own controls, at the row's end
 * @param {AbortSignal} player.signal
 */
export function transportBar({ root, controls, setLoop, saving, signal }) {
  const { play, back, forward, time, frame, speed } = controls;
  const loop = button("Loop", { icon: LOOP });
  const full = button("Full screen", { icon: FULL });
  loop.setAttribute("aria-pressed", "true");
  listen(loop, "click", () => {
    const on = loop.getAttribute("aria-pressed") !== "true";
    loop.setAttribute("aria-pressed", String(on));
    setLoop(on);
  }, signal);
  listen(full, "click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else root.requestFullscreen().catch(() => {});
  }, signal);
  const group = (/** @type {HTMLElement[]} */ ...members) => el("div", { class: "hw-transport-group" }, ...members);
  const where = group(time, frame);
  where.classList.add("hw-transport-where");
  return el("div", { class: "hw-transport-bar", role: "toolbar", "aria-label": "Player" }, group(play, back, forward), where, group(speed, loop, full), saving);
}
