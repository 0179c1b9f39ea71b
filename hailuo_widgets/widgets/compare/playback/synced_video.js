/**
 * One video that is led: it goes where it is sent, one seek at a time and the newest request next, and
 * knows which frame the browser has truly presented.
 */

import { frameAt, middleOf, presentedTime } from "../../page/frame_time.js";
import { frameDue } from "./playhead.js";

/**
 * A clip that plays along.
 * @typedef {object} ActiveClip
 * @property {string} id
 * @property {HTMLVideoElement} video
 * @property {number} fps
 * @property {number} frames
 * @property {import("./scrub_frames.js").ScrubFrames} [scrubFrames] small pictures to show until the video is there
 */

// A video out of sight, or one that shows the frame already, may present nothing after a seek.
const PRESENTS_WITHIN_MS = 2000;
// A seek that never lands, as in a damaged file, keeps the others waiting no longer than this.
const LANDS_WITHIN_MS = 4000;
// A playhead that is dragged is followed by the small pictures alone, until it rests so long.
const RESTS_AFTER_MS = 90;
// How far a frame's own time may be from where an even rate would put it, in frames.
const EVEN = 0.2;

export class SyncedVideo {
  /**
   * @param {ActiveClip} clip
   * @param {() => void} onLanded called when it has come where it was sent last
   * @param {AbortSignal} signal
   */
  constructor({ id, video, fps, frames, scrubFrames }, onLanded, signal) {
    this.id = id;
    this.video = video;
    this.fps = fps;
    this.frames = frames;
    this.scrubFrames = scrubFrames;
    this.onLanded = onLanded;
    this.signal = signal;
    // One that was led before shows its frame already, and presents nothing when it is sent there.
    const hasPicture = video.readyState >= video.HAVE_CURRENT_DATA && !video.seeking && video.currentTime > 0;
    /** @type {number | null} the presented frame's own time */
    this.presented = hasPicture ? video.currentTime : null;
    /** @type {number | null} seconds that a seek under way aims at */
    this.target = null;
    /** @type {number | null} seconds to go to after that */
    this.next = null;
    /** Whether the seek under way has landed; its picture may come later. */
    this.landed = false;
    /** Whether its frames do not come at an even rate. */
    this.uneven = false;
    this.gone = false;
    this.hasPlayed = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.patience = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} runs while the playhead is being dragged */
    this.dragTimer = undefined;
    this.onSeeked = () => this.noteSeeked();
    video.addEventListener("seeked", this.onSeeked, { signal });
    this.watchFrames();
  }

  /** Whether it is on its way somewhere. */
  get coming() {
    return this.target !== null || this.dragTimer !== undefined;
  }

  /** @param {number} seconds */
  frameOf(seconds) {
    return frameAt(seconds, this.fps, this.frames);
  }

  /** @param {number} offset @returns {import("./playhead.js").Track} */
  track(offset) {
    return { fps: this.fps, frames: this.frames, offset };
  }

  watchFrames() {
    const { video, fps, frames } = this;
    video.requestVideoFrameCallback((_, { mediaTime }) => {
      if (this.gone || this.signal.aborted) return;
      this.presented = presentedTime(mediaTime, video.duration, fps, frames);
      const place = this.presented * fps;
      if (Math.abs(place - Math.round(place)) > EVEN) this.uneven = true;
      this.checkLanded();
      this.watchFrames();
    });
  }

  // Seeks.

  noteSeeked() {
    if (this.target === null || this.video.seeking) return;
    this.landed = true;
    this.finishWithin(PRESENTS_WITHIN_MS);
    this.checkLanded();
  }

  /** @param {number} milliseconds */
  finishWithin(milliseconds) {
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.finish(), milliseconds);
  }

  /** Finish the seek if it has come to its end in what is seen. */
  checkLanded() {
    const { target, presented } = this;
    if (target === null || !this.landed || presented === null) return;
    const there = this.uneven ? presented <= target : this.frameOf(presented) === this.frameOf(target);
    if (there) this.finish();
  }

  finish() {
    if (this.target === null) return;
    clearTimeout(this.patience);
    this.target = null;
    const { next } = this;
    this.next = null;
    if (next === null || !this.begin(next)) this.arrive();
  }

  /** Nothing is on its way any more, unless the playhead is being dragged. */
  arrive() {
    if (this.dragTimer !== undefined) return;
    this.scrubFrames?.hide();
    this.onLanded();
  }

  /** @param {number} seconds */
  send(seconds) {
    if (this.target !== null) this.next = seconds;
    else if (!this.begin(seconds)) this.arrive();
  }

  /** Start a seek; false where the frame is there already. @param {number} seconds */
  begin(seconds) {
    const { video, presented } = this;
    const frame = this.frameOf(seconds);
    // A video that has just been stopped may present one more frame.
    const there = !this.hasPlayed && !video.seeking && presented !== null && this.frameOf(video.currentTime) === frame && this.frameOf(presented) === frame;
    if (there && !this.uneven) return false;
    this.hasPlayed = false;
    this.target = seconds;
    this.landed = false;
    video.currentTime = seconds;
    this.finishWithin(LANDS_WITHIN_MS);
    return true;
  }

  /**
   * Go to the frame that is due.
   * @param {number} time the playhead's
   * @param {number} offset
   * @param {boolean} [dragged] whether another request is probably on its way
   */
  go(time, offset, dragged = false) {
    const { fps, frames, scrubFrames } = this;
    const frame = frameDue({ fps, frames, offset }, time);
    // Frames of uneven length have no middle that could be told beforehand.
    const seconds = this.uneven ? Math.max(0, Math.min(time + offset, frames / fps)) : middleOf(frame, fps);
    const pictured = !this.uneven && this.video.paused && scrubFrames?.has(frame);
    clearTimeout(this.dragTimer);
    this.dragTimer = undefined;
    if (pictured) scrubFrames?.show(frame);
    else scrubFrames?.hide();
    if (!pictured || !dragged) return this.send(seconds);
    this.dragTimer = setTimeout(() => {
      this.dragTimer = undefined;
      this.send(seconds);
    }, RESTS_AFTER_MS);
  }

  // Playing.

  /** Return its own time in seconds: the video's clock, held back to what it has presented. */
  position() {
    const { currentTime } = this.video;
    const { presented } = this;
    return presented === null ? currentTime : Math.max(presented, Math.min(currentTime, presented + 1.5 / this.fps));
  }

  /** @param {number} rate 0 waits without stopping */
  setRate(rate) {
    if (this.video.playbackRate !== rate) this.video.playbackRate = rate;
  }

  run() {
    this.hasPlayed = true;
    if (this.video.paused) this.video.play().catch(() => {});
  }

  rest() {
    if (!this.video.paused) this.video.pause();
  }

  leave() {
    this.gone = true;
    this.target = this.next = null;
    clearTimeout(this.patience);
    clearTimeout(this.dragTimer);
    this.dragTimer = undefined;
    this.scrubFrames?.hide();
    this.video.removeEventListener("seeked", this.onSeeked);
    this.rest();
  }
}
