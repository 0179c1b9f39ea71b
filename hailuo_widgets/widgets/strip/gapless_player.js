/**
 * Two videos that play clips one after the other as one: while one plays, the next clip waits under
 * it at its first frame. The browser owns the playhead; nothing per frame goes to the kernel.
 */

import { clampFrame, frameAt, presentedFrame } from "../page/frame_time.js";
import { listen } from "../page/dom.js";
import { numberOf, partAfter, placeOf, totalOf } from "./timeline.js";
import { VideoBuffer } from "./video_buffer.js";

/**
 * @typedef {import("./timeline.js").Place} Place
 * @typedef {import("./video_buffer.js").Shot} Shot
 *
 * @typedef {object} Events
 * @property {(place: Place) => void} onPlace the playhead has moved
 * @property {(playing: boolean) => void} onPlaying
 * @property {(moving: boolean) => void} onMoving whether pictures truly move
 * @property {(words: string) => void} onNote why there is nothing to see; "" when there is
 * @property {() => void} onPicture a clip is to be seen
 */

export class GaplessPlayer {
  /**
   * @param {object} about
   * @param {HTMLVideoElement[]} about.videos two, one over the other
   * @param {import("./video_buffer.js").Acquire} about.acquire
   * @param {Events} about.events
   * @param {AbortSignal} about.signal
   */
  constructor({ videos, acquire, events, signal }) {
    this.events = events;
    this.signal = signal;
    this.buffers = videos.map((video) => new VideoBuffer(video, {
      acquire,
      onLoading: (buffer, share) => this.onLoading(buffer, share),
      onArrive: (buffer) => this.onArrive(buffer),
      onFail: (buffer, shot, sentence) => this.onFail(buffer, shot, sentence),
      signal,
    }));
    this.front = this.buffers[0];
    /** @type {Shot[]} */
    this.shots = [];
    /** @type {Place} */
    this.place = { part: 0, frame: 0 };
    this.playing = false;
    this.near = false;
    this.looping = true;
    this.speed = 1;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.cutTimer = undefined;
    for (const buffer of this.buffers) this.watch(buffer);
    signal.addEventListener("abort", () => clearTimeout(this.cutTimer));
  }

  // The pair of buffers.

  /** The shot at the playhead. */
  get due() {
    return this.shots[this.place.part];
  }

  /** @param {Shot} shot */
  bufferWith(shot) {
    return this.buffers.find((buffer) => buffer.shot === shot);
  }

  /** Send a shot's video to a frame; it is loaded where none holds it. @param {Shot} shot @param {number} frame */
  sendTo(shot, frame) {
    let buffer = this.bufferWith(shot);
    if (!buffer) {
      const { front } = this;
      // The picture in front stays until the other one is there.
      const keepsFront = front.ready && front.shot && this.shots.includes(front.shot);
      buffer = keepsFront ? /** @type {VideoBuffer} */ (this.buffers.find((other) => other !== front)) : front;
      buffer.load(shot);
    }
    buffer.sendTo(frame);
  }

  /** @param {VideoBuffer} buffer */
  bringToFront(buffer) {
    this.events.onNote("");
    if (buffer !== this.front) this.front.video.pause();
    this.front = buffer;
    for (const { video } of this.buffers) video.classList.toggle("hw-strip-front", video === buffer.video);
    this.events.onPicture();
  }

  /** Let the clip that comes next wait at its first frame. */
  preload() {
    const next = partAfter(this.shots.length, this.place.part, this.looping);
    if (next === null || !this.near) return;
    const shot = this.shots[next];
    if (shot === this.front.shot || shot === this.due || this.bufferWith(shot)?.target === 0) return;
    this.sendTo(shot, 0);
  }

  /** @param {VideoBuffer} buffer @param {number} share */
  onLoading(buffer, share) {
    if (buffer.shot === this.due && !buffer.ready) this.events.onNote(`Loading · ${Math.round(share * 100)} %`);
  }

  /** @param {VideoBuffer} buffer */
  onArrive(buffer) {
    if (buffer.shot !== this.due) return;
    this.bringToFront(buffer);
    if (this.playing && this.near) this.start();
    this.preload();
  }

  /** @param {VideoBuffer} buffer @param {Shot} shot @param {string} sentence */
  onFail(buffer, shot, sentence) {
    if (this.signal.aborted) return;
    // Forgotten, so that it is tried again when it is due again.
    buffer.unload();
    if (this.due !== shot) return;
    this.pause();
    this.events.onNote(sentence);
  }

  // Switching at a cut.

  /** Go on with the next clip: the one in front has shown its last frame for as long as it lasts. @param {VideoBuffer} buffer */
  cut(buffer) {
    clearTimeout(this.cutTimer);
    if (buffer !== this.front || !this.playing || buffer.shot !== this.due || buffer.video.loop) return;
    const next = partAfter(this.shots.length, this.place.part, this.looping);
    if (next === null) {
      this.place = { part: this.place.part, frame: this.due.frames - 1 };
      this.pause();
      return;
    }
    this.movePlayhead({ part: next, frame: 0 });
    const waiting = this.bufferWith(this.due);
    if (waiting && waiting !== this.front && waiting.target === 0 && waiting.settled) {
      this.onArrive(waiting);
      return;
    }
    this.events.onMoving(false);
    this.sendTo(this.due, 0);
  }

  // The clock.

  /** @param {Place} place */
  movePlayhead(place) {
    this.place = place;
    this.events.onPlace(place);
  }

  /** @param {VideoBuffer} buffer */
  watch(buffer) {
    const { video } = buffer;
    const { signal } = this;
    listen(video, "ended", () => this.cut(buffer), signal);
    listen(video, "playing", () => buffer === this.front && this.playing && this.events.onMoving(true), signal);
    listen(video, "waiting", () => buffer === this.front && this.events.onMoving(false), signal);
    this.watchFrames(buffer);
  }

  /** Follow what is truly on the screen: each frame's own time, as the browser presented it. @param {VideoBuffer} buffer */
  watchFrames(buffer) {
    buffer.video.requestVideoFrameCallback((_, { mediaTime }) => {
      if (this.signal.aborted) return;
      this.watchFrames(buffer);
      const { shot, video } = buffer;
      if (!shot || buffer !== this.front || shot !== this.due || buffer.seeks.pending !== null || video.seeking) return;
      const frame = presentedFrame(mediaTime, video.duration, shot.fps, shot.frames);
      this.movePlayhead({ part: this.place.part, frame });
      clearTimeout(this.cutTimer);
      if (this.playing && frame === shot.frames - 1) this.cutTimer = setTimeout(() => this.cut(buffer), 1000 / shot.fps / this.speed);
    });
  }

  start() {
    const { video } = this.front;
    video.loop = this.loopsAlone;
    video.playbackRate = this.speed;
    video.play().catch(() => {});
  }

  /** Whether one clip is the whole strip, so that its video begins anew by itself. */
  get loopsAlone() {
    return this.looping && this.shots.length === 1;
  }

  // What the strip does with it.

  play() {
    const { shots, front } = this;
    if (shots.length === 0) return;
    const { frames } = totalOf(shots);
    if (numberOf(shots, this.place) >= frames - 1 && frames > 1) this.movePlayhead({ part: 0, frame: 0 });
    this.playing = true;
    this.events.onPlaying(true);
    if (!this.near) return;
    const { due, place } = this;
    const inPlace = front.shot === due && front.settled && frameAt(front.video.currentTime, due.fps, due.frames) === place.frame;
    if (inPlace) this.start();
    else this.sendTo(due, place.frame);
  }

  pause() {
    this.playing = false;
    clearTimeout(this.cutTimer);
    this.front.video.pause();
    this.events.onMoving(false);
    this.events.onPlaying(false);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  /** Pause, and show a frame. @param {Place} place */
  go({ part, frame }) {
    if (this.shots.length === 0) return;
    this.pause();
    this.movePlayhead({ part, frame: clampFrame(frame, this.shots[part].frames) });
    if (this.near) this.sendTo(this.due, this.place.frame);
  }

  /** Take clips in another order; the one that is seen stays seen if it is still there. @param {Shot[]} shots */
  setShots(shots) {
    const before = this.due;
    this.shots = shots;
    for (const buffer of this.buffers) if (buffer.shot && !shots.includes(buffer.shot)) buffer.unload();
    if (shots.length === 0) {
      this.place = { part: 0, frame: 0 };
      this.pause();
      this.events.onNote("");
      return;
    }
    const now = shots.indexOf(before);
    const gone = now < 0;
    // What stands in its place now is shown from its beginning.
    const part = gone ? Math.min(this.place.part, shots.length - 1) : now;
    this.place = gone ? placeOf(shots, numberOf(shots, { part, frame: 0 })) : { part, frame: this.place.frame };
    if (gone) this.pause();
    this.front.video.loop = this.loopsAlone;
    this.events.onPlace(this.place);
    if (this.near) this.refresh(gone);
  }

  /** Load when it comes near, and rest while it is out of sight. @param {boolean} near */
  setNear(near) {
    this.near = near;
    if (!near) {
      this.front.video.pause();
      this.events.onMoving(false);
    } else if (this.shots.length > 0) this.refresh(!this.bufferWith(this.due) || this.playing);
  }

  /** @param {boolean} moved whether the video is to be brought to the playhead */
  refresh(moved) {
    if (moved) this.sendTo(this.due, this.place.frame);
    else this.preload();
  }

  /** @param {boolean} on */
  setLoop(on) {
    this.looping = on;
    this.front.video.loop = this.loopsAlone;
    this.preload();
  }

  /** @param {number} speed 1 is as it was shot */
  setSpeed(speed) {
    this.speed = speed;
    this.front.video.playbackRate = speed;
  }

  /** @param {boolean} muted */
  setMuted(muted) {
    for (const { video } of this.buffers) video.muted = muted;
  }

  /** The video that shows the frame at the playhead, or null. */
  get video() {
    return this.front.ready && this.front.shot === this.due ? this.front.video : null;
  }
}
