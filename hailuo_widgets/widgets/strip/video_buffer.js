/** One of the two videos of a strip: it holds a clip, and stands at the frame it was sent to. */

import { middleOf, seeker } from "../page/frame_time.js";
import { listen } from "../page/dom.js";

/**
 * A clip in its place; one object for as long as it stands in the strip.
 * @typedef {object} Shot
 * @property {string} key
 * @property {number} fps
 * @property {number} frames
 * @property {import("../player/player.js").Facts} facts
 * @property {string} relpath
 *
 * @typedef {object} Events
 * @property {(buffer: VideoBuffer, share: number) => void} onLoading
 * @property {(buffer: VideoBuffer) => void} onArrive its picture is at the frame it was sent to
 * @property {(buffer: VideoBuffer, shot: Shot, sentence: string) => void} onFail
 *
 * @typedef {(shot: Shot, onProgress: (share: number) => void) => { address: Promise<string>, release: () => void }} Acquire
 */

const UNPLAYABLE = "This browser cannot play this clip; the file itself is whole.";

export class VideoBuffer {
  /** @param {HTMLVideoElement} video @param {Events & { acquire: Acquire, signal: AbortSignal }} about */
  constructor(video, { acquire, signal, ...events }) {
    this.video = video;
    this.acquire = acquire;
    this.events = events;
    this.signal = signal;
    /** @type {Shot | null} */
    this.shot = null;
    /** @type {(() => void) | null} */
    this.release = null;
    /** Whether it has a picture. */
    this.ready = false;
    /** The frame it is to stand at. */
    this.target = 0;
    this.seeks = seeker((frame) => {
      // A clip that waits for its turn is to show its first frame for as long as that lasts.
      if (this.shot) video.currentTime = frame === 0 ? 0 : middleOf(frame, this.shot.fps);
    });
    this.listen();
  }

  listen() {
    const { video, seeks, events, signal } = this;
    listen(video, "loadeddata", () => {
      if (!this.shot || !video.videoWidth) return;
      this.ready = true;
      seeks.reset();
      seeks.want(this.target);
    }, signal);
    listen(video, "seeked", () => {
      seeks.landed();
      if (this.settled) events.onArrive(this);
    }, signal);
    listen(video, "error", () => {
      if (this.shot && video.hasAttribute("src")) events.onFail(this, this.shot, UNPLAYABLE);
    }, signal);
    signal.addEventListener("abort", () => this.unload());
  }

  /** Whether its picture is there, and no seek is under way. */
  get settled() {
    return this.ready && this.seeks.pending === null;
  }

  /** @param {Shot} shot */
  async load(shot) {
    this.unload();
    this.shot = shot;
    const held = this.acquire(shot, (share) => this.shot === shot && this.events.onLoading(this, share));
    this.release = held.release;
    try {
      const address = await held.address;
      if (this.shot === shot && !this.signal.aborted) this.video.src = address;
    } catch (reason) {
      if (this.shot === shot) this.events.onFail(this, shot, /** @type {Error} */ (reason).message);
    }
  }

  unload() {
    this.release?.();
    this.release = this.shot = null;
    this.ready = false;
    this.seeks.reset();
    this.video.pause();
    if (this.video.hasAttribute("src")) {
      this.video.removeAttribute("src");
      this.video.load();
    }
  }

  /** Go to a frame, as soon as there is a picture. @param {number} frame */
  sendTo(frame) {
    this.target = frame;
    if (this.ready) this.seeks.want(frame);
  }
}
