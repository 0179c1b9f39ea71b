/**
 * Many videos, one playhead: they play, stop, step and seek together. While they play, each one's
 * place is measured at every picture. One that leads is slowed or waits; one that is far away is
 * fetched by a seek; none is left behind, so that all slow down alike when one cannot be decoded in time.
 */

import { Pace, nearPositions } from "./pace.js";
import { AHEAD_SECONDS, commonRate, correction, durationOf, length, playedSpan, snapToFrame, stepRate, stepFrom, commonTime } from "./playhead.js";
import { SyncedVideo } from "./synced_video.js";

/**
 * @typedef {import("./synced_video.js").ActiveClip} ActiveClip
 * @typedef {{ video: SyncedVideo, position: number, fps: number }} Position where a video stands, in the playhead's time
 *
 * @typedef {object} Source
 * @property {() => ActiveClip[]} active clips that play along now
 * @property {() => Omit<ActiveClip, "video">[]} counted clips that the ruler counts
 * @property {import("../../page/store.js").Store<import("../compare.js").State>} state
 * @property {AbortSignal} signal
 */

// One that does not move for so long is left out until it does.
const STUCK_MS = 4000;

export class Lockstep {
  /** @param {Source} source */
  constructor({ active, counted, state, signal }) {
    this.active = active;
    this.counted = counted;
    this.state = state;
    this.signal = signal;
    /** @type {Map<string, SyncedVideo>} */
    this.videos = new Map();
    /** @type {"rest" | "gathering" | "playing"} */
    this.phase = "rest";
    this.hidden = false;
    this.gathering = false;
    this.ticking = false;
    this.pace = new Pace();
    this.movedAt = 0;
    this.lookedAt = 0;
    /** @type {Set<SyncedVideo>} */
    this.stuck = new Set();
    /** @type {(() => void)[]} */
    this.waiting = [];
    state.subscribe((now, before) => {
      if (now.offsets !== before.offsets && !now.playing) this.gather(now.time);
    }, signal);
    signal.addEventListener("abort", () => {
      for (const video of this.videos.values()) video.leave();
      this.resolveWaiting();
    });
  }

  // What there is.

  /** @param {{ id: string }} clip */
  offsetOf({ id }) {
    return this.state.get().offsets[id] ?? 0;
  }

  /** @returns {import("./playhead.js").Track[]} those that the ruler counts */
  tracks() {
    return this.counted().map((clip) => ({ fps: clip.fps, frames: clip.frames, offset: this.offsetOf(clip) }));
  }

  /** Seconds until the last of them has ended. */
  length() {
    return length(this.tracks());
  }

  /** Frames per second by which all are compared, or 0: by time. */
  rate() {
    return [...this.videos.values()].some(({ uneven }) => uneven) ? 0 : commonRate(this.tracks());
  }

  /** Frames a second that are stepped through. */
  steps() {
    return stepRate(this.tracks());
  }

  /** The middle of the frame that a time lies in. @param {number} seconds */
  snap(seconds) {
    return snapToFrame(seconds, this.steps(), this.length());
  }

  get coming() {
    return [...this.videos.values()].some(({ coming }) => coming);
  }

  // Gathering at one frame.

  /** Send all to the frames that are due. @param {number} time @param {boolean} [dragged] */
  gather(time, dragged = false) {
    this.gathering = true;
    for (const video of this.videos.values()) {
      video.rest();
      video.go(time, this.offsetOf(video), dragged);
    }
    this.gathering = false;
    this.state.set({ time, settled: !this.coming });
    if (!this.coming) this.onLanded();
  }

  onLanded() {
    if (this.gathering || this.coming) return;
    if (this.phase === "gathering") this.start();
    this.state.set({ settled: true });
    this.resolveWaiting();
  }

  /** @returns {Promise<void>} when every video has presented what was asked for */
  settled() {
    return this.coming ? new Promise((resolve) => this.waiting.push(resolve)) : Promise.resolve();
  }

  resolveWaiting() {
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  // Playing together.

  start() {
    this.phase = "playing";
    this.stuck.clear();
    this.movedAt = this.lookedAt = performance.now();
    if (!this.ticking) this.requestTick();
  }

  requestTick() {
    this.ticking = true;
    requestAnimationFrame((now) => this.tick(now));
  }

  /** @param {number} now milliseconds */
  tick(now) {
    this.ticking = false;
    if (this.signal.aborted || this.phase !== "playing" || this.hidden) return;
    this.requestTick();
    const { time, rate, loop } = this.state.get();
    const span = playedSpan(loop, this.tracks());
    const positions = [...this.videos.values()].flatMap((video) => this.positionOf(video, time, span.out) ?? []);
    if (positions.length === 0 && !this.coming) {
      // All stand at their ends: none begins anew before the last of them is there.
      this.phase = "gathering";
      return this.gather(this.snap(span.in));
    }
    const since = now - this.lookedAt;
    this.lookedAt = now;
    const counted = positions.filter(({ video }) => !this.stuck.has(video));
    const reached = commonTime(counted, time, rate);
    this.noteStuck(counted, reached > time, now);
    const places = counted.map(({ position }) => position);
    const near = nearPositions(places, reached);
    const share = this.pace.measure(near, this.steps(), rate, since);
    const { late, isMeasured } = this.pace;
    const field = { first: near.length > 0 ? Math.max(...near) : reached, slowest: Math.min(...places), time: reached, speed: rate * share, rate, late };
    for (const position of positions) this.correct(position, field);
    this.state.set({ time: reached, pace: isMeasured ? share : 1 });
  }

  /** Where a video stands, or null where it is not due or does not play. @param {SyncedVideo} video @param {number} time @param {number} end */
  positionOf(video, time, end) {
    const offset = this.offsetOf(video);
    const last = Math.min(durationOf(video.track(offset)), end + offset) - 0.5 / video.fps;
    const place = video.position();
    if (video.coming) return null;
    if (time + offset < 0 || video.video.ended || place >= last) {
      video.rest();
      return null;
    }
    video.run();
    return { video, position: place - offset, fps: video.fps };
  }

  /** Leave out the slowest once it has not moved for long. @param {Position[]} counted @param {boolean} moved @param {number} now */
  noteStuck(counted, moved, now) {
    if (moved) {
      this.movedAt = now;
      this.stuck.clear();
    } else if (now - this.movedAt > STUCK_MS && counted.length > 0 && !this.coming) {
      this.stuck.add(counted.reduce((one, other) => (one.position <= other.position ? one : other)).video);
    }
  }

  /** @param {Position} position @param {import("./playhead.js").Field} field */
  correct(position, field) {
    const { video } = position;
    const found = correction(position, field);
    if (found.kind === "seek") video.go(found.to, this.offsetOf(video));
    else video.setRate(found.kind === "rate" ? found.rate : field.speed);
  }

  // What the user does with it.

  play() {
    if (this.videos.size === 0) return;
    const { time, loop, playing } = this.state.get();
    if (playing) return;
    const span = playedSpan(loop, this.tracks());
    const inside = time >= span.in && time < span.out - 0.75 / this.steps();
    this.phase = "gathering";
    this.pace.begin();
    this.state.set({ playing: true });
    if (!this.hidden) this.gather(inside ? time : this.snap(span.in));
  }

  pause() {
    if (!this.state.get().playing) return;
    this.phase = "rest";
    this.state.set({ playing: false });
    this.gather(this.snap(this.state.get().time));
  }

  toggle() {
    if (this.state.get().playing) this.pause();
    else this.play();
  }

  /** @param {number} frames */
  step(frames) {
    this.seek(stepFrom(this.state.get().time, frames, this.steps(), this.length()));
  }

  /** Stop, and show the frame of a time everywhere. @param {number} seconds @param {boolean} [dragged] */
  seek(seconds, dragged = false) {
    this.phase = "rest";
    this.state.set({ playing: false });
    this.gather(this.snap(seconds), dragged);
  }

  /** Lead the clips that have come, and leave those that have gone. */
  changed() {
    const now = new Map(this.active().map((clip) => [clip.id, clip]));
    for (const [id, video] of this.videos) {
      if (now.get(id)?.video === video.video) continue;
      video.leave();
      this.videos.delete(id);
    }
    for (const [id, clip] of now) if (!this.videos.has(id)) this.lead(clip);
    if (this.videos.size === 0 && this.state.get().playing) this.phase = "gathering";
    if (!this.coming) this.onLanded();
  }

  /** @param {ActiveClip} clip */
  lead(clip) {
    const video = new SyncedVideo(clip, () => this.onLanded(), this.signal);
    this.videos.set(clip.id, video);
    const { time, playing, rate } = this.state.get();
    // One that comes while the others play is sent ahead, and waits there for them.
    video.go(playing ? Math.min(time + AHEAD_SECONDS * rate, this.length()) : this.snap(time), this.offsetOf(clip));
    if (video.coming) this.state.set({ settled: false });
  }

  /** Rest while nothing of it can be seen, and go on after. @param {boolean} hidden */
  setHidden(hidden) {
    if (this.hidden === hidden) return;
    this.hidden = hidden;
    const { playing, time } = this.state.get();
    if (!playing) return;
    this.phase = "gathering";
    if (hidden) for (const video of this.videos.values()) video.rest();
    else this.gather(time);
  }
}
