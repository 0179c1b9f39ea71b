/**
 * The arithmetic of many clips under one playhead. Pure: no page, no clock of its own.
 *
 * The playhead's time is in seconds from 0. A clip's own time is the playhead's plus the clip's
 * offset, held at its first and its last frame where it has no picture for that time.
 */

/**
 * @typedef {object} Track
 * @property {number} fps
 * @property {number} frames
 * @property {number} offset seconds that the clip runs ahead of the playhead
 *
 * @typedef {{ in: number, out: number }} Span seconds; `out` is where the last frame of it ends
 */

const SAME_RATE = 1e-3;

/** Seconds a clip lasts. @param {Track} track */
export function lasts({ fps, frames }) {
  return fps > 0 ? frames / fps : 0;
}

/**
 * The rate by which all can be compared frame by frame; 0 where they are compared by time.
 * @param {Track[]} tracks
 */
export function commonRate(tracks) {
  const [first, ...others] = tracks;
  if (!first || !(first.fps > 0)) return 0;
  return others.every(({ fps }) => Math.abs(fps - first.fps) < SAME_RATE) ? first.fps : 0;
}

/** Seconds until the last of them has ended. @param {Track[]} tracks */
export function length(tracks) {
  return Math.max(0, ...tracks.map((track) => lasts(track) - track.offset));
}
