/**
 * The arithmetic of many clips under one playhead. Pure: no page, no clock of its own.
 *
 * The playhead's time is in seconds from 0. A clip's own time is the playhead's plus the clip's
 * offset, held at its first and its last frame where it has no picture for that time.
 */

import { frameAt, middleOf } from "../../page/frame_time.js";

/**
 * @typedef {object} Track
 * @property {number} fps
 * @property {number} frames
 * @property {number} offset seconds that the clip runs ahead of the playhead
 *
 * @typedef {{ in: number, out: number }} Span seconds; `out` is where the last frame of it ends
 *
 * @typedef {object} Position where a video stands while all play
 * @property {number} position in the playhead's time
 * @property {number} fps
 *
 * @typedef {{ kind: "none" } | { kind: "rate", rate: number } | { kind: "seek", to: number }} Correction
 */

const SAME_RATE = 1e-3;

/** Frames that a video may lead without being slowed, and with which it waits for the others. */
export const MAX_LEAD_FRAMES = 0.25;
export const WAITING_LEAD_FRAMES = 1.25;
/** Seconds beyond which playing on is no way to meet again. */
export const FAR_SECONDS = 1.5;
/** Seconds that a seek aims ahead while the others play on: there it waits for them. */
export const AHEAD_SECONDS = 0.35;
// Browsers know no slower speed, except none.
const SLOWEST_RATE = 1 / 16;
// A video that is more frames behind has not had its pictures in time.
const LOST_FRAMES = 1;
const LOSS = 0.35;
const SLOWEST_PACE = 0.12;
/** Shares of the speed won in a second: after a start, and once one was lost. */
export const QUICK_GAIN = 1;
export const SLOW_GAIN = 0.06;
// Between two looks no video can be made to wait: so many frames may pass then.
const MOST_UNSEEN_FRAMES = 2.5;
// Seconds in which a late look is half forgotten.
const HALF_LIFE_SECONDS = 1.5;
/** The pace at which all begin: their decoders have nothing ready yet. */
export const STARTING_PACE = 0.4;
// Speeds go in steps, so that a video does not get another one at every picture.
const STEP = 1 / 20;

/** @param {number} share */
export function roundToStep(share) {
  return Math.round(share / STEP) * STEP;
}

/** Return the seconds that a clip lasts. @param {Track} track */
export function durationOf({ fps, frames }) {
  return fps > 0 ? frames / fps : 0;
}

/**
 * Return the rate by which all can be compared frame by frame; 0 where they are compared by time.
 * @param {Track[]} tracks
 */
export function commonRate(tracks) {
  const [first, ...others] = tracks;
  if (!first || !(first.fps > 0)) return 0;
  return others.every(({ fps }) => Math.abs(fps - first.fps) < SAME_RATE) ? first.fps : 0;
}

/** Return the steps in a second: no frame of any clip is stepped over. @param {Track[]} tracks */
export function stepRate(tracks) {
  return Math.max(0, ...tracks.map(({ fps }) => fps)) || 24;
}

/** Return the seconds until the last of them has ended. @param {Track[]} tracks */
export function length(tracks) {
  return Math.max(0, ...tracks.map((track) => durationOf(track) - track.offset));
}

/**
 * Return the middle of the frame that a time lies in, within what there is.
 * @param {number} time
 * @param {number} rate frames a second
 * @param {number} whole seconds
 */
export function snapToFrame(time, rate, whole) {
  const frames = Math.max(1, Math.round(whole * rate));
  return middleOf(Math.max(0, frameAt(time, rate, frames)), rate);
}

/**
 * Return the middle of the frame so many frames on.
 * @param {number} time
 * @param {number} by frames
 * @param {number} rate frames a second
 * @param {number} whole seconds
 */
export function stepFrom(time, by, rate, whole) {
  return snapToFrame(middleOf(frameAt(time, rate, Infinity) + by, rate), rate, whole);
}

/**
 * Return which frame of a clip is due, from 0; the first or the last one where the clip has no picture.
 * @param {Track} track
 * @param {number} time
 */
export function frameDue({ fps, frames, offset }, time) {
  return Math.max(0, frameAt(time + offset, fps, frames));
}

/**
 * Return the part that is played: the loop as far as it lies within what there is, else the whole.
 * @param {Span | null} loop
 * @param {Track[]} tracks
 * @returns {Span}
 */
export function playedSpan(loop, tracks) {
  const whole = { in: 0, out: length(tracks) };
  if (!loop) return whole;
  const bounded = { in: Math.max(0, loop.in), out: Math.min(whole.out, loop.out) };
  return bounded.in < bounded.out ? bounded : whole;
}

/**
 * Where all stand, and how fast they are meant to go.
 * @typedef {object} Field
 * @property {number} first the position of the one that leads
 * @property {number} slowest the position of the last one
 * @property {number} time where the playhead was until now; it never goes back
 * @property {number} speed of all: what the machine keeps up with
 * @property {number} rate that is wanted
 * @property {number} late milliseconds until the next look, probably
 */

/**
 * Return what brings one video together with the others. They wait for the slowest: a video that cannot
 * be decoded in time slows all down alike. The slowest may hurry while they wait, as far as it
 * cannot pass them before the next look.
 * @param {Position} video
 * @param {Field} field
 * @returns {Correction}
 */
export function correction({ position, fps }, { first, slowest, time, speed, rate, late }) {
  if (Math.abs(position - time) > FAR_SECONDS * Math.max(1, rate)) return { kind: "seek", to: time + AHEAD_SECONDS * speed };
  const behind = (first - position) * fps;
  const lead = (position - slowest) * fps;
  if (lead <= MAX_LEAD_FRAMES && behind <= LOST_FRAMES) return { kind: "none" };
  if (lead <= MAX_LEAD_FRAMES) return { kind: "rate", rate: Math.max(speed, rate * roundToStep(Math.min(1, (behind * 1000) / (late * fps * rate)))) };
  const share = Math.max(0, (WAITING_LEAD_FRAMES - lead) / (WAITING_LEAD_FRAMES - MAX_LEAD_FRAMES));
  const slowed = speed * roundToStep(share);
  return { kind: "rate", rate: slowed < SLOWEST_RATE ? 0 : slowed };
}

/**
 * Return where the playhead is: with the last of those that play. It does not go back, and does not wait
 * for one that is far away and about to be fetched, unless all are.
 * @param {Position[]} videos
 * @param {number} time where it was until now
 * @param {number} rate
 */
export function commonTime(videos, time, rate) {
  if (videos.length === 0) return time;
  const near = videos.filter(({ position }) => Math.abs(position - time) <= FAR_SECONDS * Math.max(1, rate));
  if (near.length === 0) return Math.min(...videos.map(({ position }) => position));
  return Math.max(time, Math.min(...near.map(({ position }) => position)));
}

/**
 * Return the share of the wanted speed that this machine keeps up with. It falls when one loses the others,
 * and rises slowly while they meet again: in slow motion a decoder has its pictures ready in time.
 * @param {number} pace until now, at most 1
 * @param {number} spread frames between the first and the last of all
 * @param {number} before the spread at the last look
 * @param {number} since milliseconds since then
 * @param {number} gain shares of the speed that are won in a second
 */
export function nextPace(pace, spread, before, since, gain) {
  const lost = spread - Math.max(before, LOST_FRAMES);
  if (lost > 0) return Math.max(SLOWEST_PACE, pace * (1 - LOSS * Math.min(2, lost)));
  return Math.min(1, pace + (Math.min(since, 100) / 1000) * gain);
}

/**
 * Return how late looks are at present: the latest one, slowly forgotten.
 * @param {number} late milliseconds, until now
 * @param {number} since milliseconds since the last look
 */
export function nextLateness(late, since) {
  return Math.max(since, late * 0.5 ** (since / 1000 / HALF_LIFE_SECONDS));
}

/**
 * Return the share of the speed at which no more than a few frames pass between two looks.
 * @param {number} late milliseconds
 * @param {number} rate frames a second
 */
export function watchablePace(late, rate) {
  return Math.max(SLOWEST_PACE, Math.min(1, (MOST_UNSEEN_FRAMES * 1000) / (late * rate)));
}
