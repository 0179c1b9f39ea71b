/**
 * Small pictures of every frame of a clip, shown while the playhead is dragged: a video must decode
 * all frames since the last key frame for each one that is seen, these are only drawn.
 */

import { el } from "../../page/dom.js";

export class ScrubFrames {
  /**
   * @param {HTMLVideoElement} video over which the pictures are shown
   * @param {AbortSignal} signal
   */
  constructor(video, signal) {
    this.signal = signal;
    this.canvas = el("canvas", { class: "hw-compare-flip", hidden: true });
    this.pen = this.canvas.getContext("2d");
    /** @type {(Blob | undefined)[]} */
    this.pictures = [];
    this.sha256 = "";
    /** The frame that is to be seen; -1 for none. */
    this.wanted = -1;
    this.drawing = false;
    video.after(this.canvas);
  }

  /** @param {number} frame */
  has(frame) {
    return this.pictures[frame] !== undefined;
  }

  /** Show a frame, as soon as it is decoded. @param {number} frame */
  show(frame) {
    this.wanted = frame;
    this.draw().catch(() => {});
  }

  /** Let the video be seen. */
  hide() {
    this.wanted = -1;
    this.canvas.hidden = true;
  }

  /** Let go of the pictures. */
  close() {
    this.sha256 = "";
    this.pictures = [];
    this.hide();
  }

  async draw() {
    const { canvas } = this;
    if (this.drawing) return;
    this.drawing = true;
    while (this.wanted >= 0 && !this.signal.aborted) {
      const frame = this.wanted;
      const encoded = this.pictures[frame];
      if (!encoded) break;
      const picture = await createImageBitmap(encoded);
      if (this.wanted >= 0 && this.pictures[frame] === encoded) {
        if (canvas.width !== picture.width || canvas.height !== picture.height) {
          canvas.width = picture.width;
          canvas.height = picture.height;
        }
        this.pen?.drawImage(picture, 0, 0);
        canvas.dataset.frame = String(frame);
        canvas.hidden = false;
      }
      picture.close();
      if (this.wanted === frame) break;
    }
    this.drawing = false;
  }

  /**
   * Get all pictures of a clip, once.
   * @param {string} sha256
   * @param {(first: number) => Promise<import("../../shared/rpc.js").Answer>} ask
   */
  async fill(sha256, ask) {
    if (this.sha256 === sha256) return;
    this.sha256 = sha256;
    this.pictures = [];
    for (let first = 0; ; ) {
      const { fields, buffers } = await ask(first);
      if (this.sha256 !== sha256 || this.signal.aborted || buffers.length === 0) return;
      buffers.forEach((picture, place) => {
        this.pictures[fields.first + place] = new Blob([/** @type {BlobPart} */ (picture)], { type: "image/jpeg" });
      });
      first = fields.first + buffers.length;
      this.canvas.dataset.pages = String(this.pictures.length);
      if (first >= fields.count) return;
    }
  }
}
