/**
 * The arithmetic of clips that play one after the other as one. Pure: no page, no clock of its own.
 *
 * A place is a clip and a frame of it, both counted from 0. A number counts the frames of the whole,
 * and a time the seconds of the whole: where rates differ, the two do not go evenly.
 */

import { clampFrame, frameAt } from "../page/frame_time.js";

/**
 * @typedef {{ fps: number, frames: number }} Part
 * @typedef {{ part: number, frame: number }} Place
 */

// Of a frame; times are rounded, so a clip may seem to begin a little late.
const SLACK = 0.05;

/** Return the seconds that a clip lasts. @param {Part} part */
const durationOf = ({ fps, frames }) => frames / fps;

/** Return the frames and seconds of all together. @param {Part[]} parts */
export function totalOf(parts) {
  return parts.reduce((sum, part) => ({ frames: sum.frames + part.frames, seconds: sum.seconds + durationOf(part) }), { frames: 0, seconds: 0 });
}

/** Return the number of a clip's first frame. @param {Part[]} parts @param {number} part */
export function beginOf(parts, part) {
  return totalOf(parts.slice(0, part)).frames;
}

/** Return the numbers of the frames right after a cut. @param {Part[]} parts */
export function cuts(parts) {
  return parts.slice(1).map((_, index) => beginOf(parts, index + 1));
}

/** Return the number of a frame. @param {Part[]} parts @param {Place} place */
export function numberOf(parts, { part, frame }) {
  return beginOf(parts, part) + frame;
}

/**
 * Return the place of a frame by its number.
 * @param {Part[]} parts one at least
 * @param {number} number any; beyond an end it is the frame there
 * @returns {Place}
 */
export function placeOf(parts, number) {
  let rest = clampFrame(number, totalOf(parts).frames);
  let part = 0;
  while (rest >= parts[part].frames) {
    rest -= parts[part].frames;
    part += 1;
  }
  return { part, frame: rest };
}

/** Return when a frame begins. @param {Part[]} parts @param {Place} place @returns {number} seconds */
export function timeOf(parts, { part, frame }) {
  return totalOf(parts.slice(0, part)).seconds + frame / parts[part].fps;
}

/**
 * Return which frame of which clip is shown at a time.
 * @param {Part[]} parts one at least
 * @param {number} seconds
 * @returns {Place}
 */
export function placeAt(parts, seconds) {
  let rest = seconds;
  let part = 0;
  while (part < parts.length - 1 && rest >= durationOf(parts[part]) - SLACK / parts[part].fps) {
    rest -= durationOf(parts[part]);
    part += 1;
  }
  return { part, frame: Math.max(0, frameAt(rest, parts[part].fps, parts[part].frames)) };
}

/**
 * Return where a key takes the playhead, or null for a key that does not move it.
 * @param {{ key: string, shiftKey: boolean }} press
 * @param {Place} place
 * @param {Part[]} parts
 * @returns {Place | null}
 */
export function placeAfterKey(press, place, parts) {
  const ways = { ArrowLeft: -1, ArrowRight: 1 };
  if (press.key === "Home") return placeOf(parts, 0);
  if (press.key === "End") return placeOf(parts, totalOf(parts).frames - 1);
  if (press.key !== "ArrowLeft" && press.key !== "ArrowRight") return null;
  const way = ways[press.key];
  // A second is a second, whatever rates lie between.
  if (press.shiftKey) return placeAt(parts, timeOf(parts, place) + way);
  return placeOf(parts, numberOf(parts, place) + way);
}

/**
 * Return the clip that plays after one, or null at the end.
 * @param {number} count clips
 * @param {number} part
 * @param {boolean} loop
 */
export function partAfter(count, part, loop) {
  if (part + 1 < count) return part + 1;
  return loop ? 0 : null;
}

/**
 * Return an order with one thing moved by so many places; ends stop it.
 * @template Key
 * @param {Key[]} order
 * @param {Key} key
 * @param {number} by
 */
export function reorder(order, key, by) {
  const from = order.indexOf(key);
  const rest = order.filter((each) => each !== key);
  const to = Math.max(0, Math.min(rest.length, from + by));
  return [...rest.slice(0, to), key, ...rest.slice(to)];
}

/**
 * Return by how many places something moves that is let go of there.
 * @param {number[]} middles of all things along the row, in order, in pixels
 * @param {number} from its own index
 * @param {number} x where it is let go of
 */
export function dropShift(middles, from, x) {
  return middles.filter((middle, index) => index !== from && middle < x).length - from;
}
