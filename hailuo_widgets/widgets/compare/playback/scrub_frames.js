/**
 * Small pictures of every frame of a clip, shown while the playhead is dragged: a video must decode
 * all frames since the last key frame for each one that is seen, a flip-book only turns the page.
 */

import { el } from "../../page/dom.js";

/**
 * @typedef {ReturnType<typeof flipbook>} Flipbook
 */

/**
 * @param {HTMLVideoElement} video over which the pictures are shown
 * @param {AbortSignal} signal
 */
export function flipbook(video, signal) {
  const canvas = el("canvas", { class: "hw-compare-flip", hidden: true });
  const pen = canvas.getContext("2d");
  /** @type {(Blob | undefined)[]} */
  let pages = [];
  let clip = "";
  /** The page that shall be seen; -1 for none. */
  let wish = -1;
  let turning = false;
  video.after(canvas);

  async function turn() {
    if (turning) return;
    turning = true;
    while (wish >= 0 && !signal.aborted) {
      const mine = wish;
      const page = pages[mine];
      if (!page) break;
      const picture = await createImageBitmap(page);
      if (wish >= 0 && pages[mine] === page) {
        if (canvas.width !== picture.width || canvas.height !== picture.height) {
          canvas.width = picture.width;
          canvas.height = picture.height;
        }
        pen?.drawImage(picture, 0, 0);
        canvas.dataset.frame = String(mine);
        canvas.hidden = false;
      }
      picture.close();
      if (wish === mine) break;
    }
    turning = false;
  }

  return {
    canvas,
    /** @param {number} frame */
    has: (frame) => pages[frame] !== undefined,
    /** Show a frame, as soon as it is decoded. @param {number} frame */
    show(frame) {
      wish = frame;
      turn().catch(() => {});
    },
    /** Let the video be seen. */
    hide() {
      wish = -1;
      canvas.hidden = true;
    },
    /** Let go of the pages. */
    close() {
      clip = "";
      pages = [];
      wish = -1;
      canvas.hidden = true;
    },
    /**
     * Get all pages of a clip, once.
     * @param {string} sha256
     * @param {(first: number) => Promise<import("../../shared/rpc.js").Answer>} ask
     */
    async fill(sha256, ask) {
      if (clip === sha256) return;
      clip = sha256;
      pages = [];
      for (let first = 0; ; ) {
        const { fields, buffers } = await ask(first);
        if (clip !== sha256 || signal.aborted || buffers.length === 0) return;
        buffers.forEach((picture, place) => {
          pages[fields.first + place] = new Blob([/** @type {BlobPart} */ (picture)], { type: "image/jpeg" });
        });
        first = fields.first + buffers.length;
        canvas.dataset.pages = String(pages.length);
        if (first >= fields.count) return;
      }
    },
  };
}
