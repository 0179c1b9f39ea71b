/** Saving what the page holds: a blob under a name, and the frame that a video shows. */

import { el } from "./dom.js";

export const NOT_LOADED = "The clip is not here yet. Press again when it is seen.";
const NO_PIXELS = "This browser gives out no frames of this file.";
const REVOKE_AFTER_MS = 60_000;

/**
 * Save what lies at an address under a name, as a link with `download` does.
 * @param {string} address
 * @param {string} name
 */
export function saveAddress(address, name) {
  el("a", { href: address, download: name }).click();
}

/** @param {Blob} blob @param {string} name */
export function saveBlob(blob, name) {
  const address = URL.createObjectURL(blob);
  saveAddress(address, name);
  setTimeout(() => URL.revokeObjectURL(address), REVOKE_AFTER_MS);
}

/**
 * Save the frame that a video shows as PNG, in the clip's own size.
 * @param {HTMLVideoElement | null | undefined} video
 * @param {{ name: string, frame: number }} clip its name, and the frame counted from 0
 * @param {(sentence: string) => void} refuse called with the reason where there is no frame to save
 */
export function saveFrame(video, { name, frame }, refuse) {
  if (!video?.videoWidth) return refuse(NOT_LOADED);
  const canvas = el("canvas", { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  try {
    canvas.toBlob((picture) => {
      if (picture) saveBlob(picture, `${name}-frame-${String(frame + 1).padStart(4, "0")}.png`);
      else refuse(NO_PIXELS);
    }, "image/png");
  } catch {
    // A clip that lies beside a report as a file taints the canvas: browsers read nothing out of it.
    refuse(NO_PIXELS);
  }
}
