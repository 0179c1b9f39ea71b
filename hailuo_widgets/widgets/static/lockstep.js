/** Many videos, one playhead: they play, stop, step and seek together. */

import { frameAt, middleOf } from "./clock.js";
import { commonRate, length } from "./playhead.js";

/**
 * @typedef {object} Locked
 * @property {string} id
 * @property {HTMLVideoElement} video
 * @property {number} fps
 * @property {number} frames
 *
 * @typedef {object} Transport
 * @property {() => void} play
 * @property {() => void} pause
 * @property {() => void} toggle
 * @property {(frames: number) => void} step
 * @property {(seconds: number) => void} seek
 * @property {() => void} changed after clips have come or gone
 * @property {() => number} length seconds
 * @property {() => number} rate frames per second by which all are compared, or 0: by time
 */

/**
 * @param {{ clips: () => Locked[], state: import("./store.js").Store<import("./compare.js").State>, signal: AbortSignal }} about
 * @returns {Transport}
 */
export function lockstep({ clips, state, signal }) {
  const tracks = () => clips().map(({ id, fps, frames }) => ({ fps, frames, offset: state.get().offsets[id] ?? 0 }));

  function tick() {
    if (signal.aborted || !state.get().playing) return;
    const [first] = clips();
    if (first) state.set({ time: first.video.currentTime });
    requestAnimationFrame(tick);
  }

  /** @type {Transport} */
  const transport = {
    play() {
      state.set({ playing: true });
      for (const { video } of clips()) video.play().catch(() => {});
      tick();
    },
    pause() {
      state.set({ playing: false });
      for (const { video } of clips()) video.pause();
    },
    toggle: () => (state.get().playing ? transport.pause() : transport.play()),
    step(by) {
      const rate = transport.rate() || clips()[0]?.fps || 24;
      transport.seek(middleOf(frameAt(state.get().time, rate, Infinity) + by, rate));
    },
    seek(seconds) {
      transport.pause();
      const time = Math.max(0, Math.min(seconds, transport.length()));
      state.set({ time });
      for (const { video } of clips()) video.currentTime = time;
    },
    changed() {},
    length: () => length(tracks()),
    rate: () => commonRate(tracks()),
  };
  signal.addEventListener("abort", () => clips().forEach(({ video }) => video.pause()));
  return transport;
}
