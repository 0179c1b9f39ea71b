/** Drawing clips and their labels on paper: what saved frames and contact sheets share. */

import { breakLines } from "./sheet_layout.js";

export const PAPER = { back: "#16171a", text: "#f2f3f5", quiet: "#a4a8b0", blank: "#26282d" };

const FAMILY = "system-ui, -apple-system, 'Segoe UI', sans-serif";
const RIGHT_TO_LEFT = /^[^\p{L}]*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u;

/** @param {number} width @param {number} height */
export function newCanvas(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.imageSmoothingQuality = "high";
  pen.fillStyle = PAPER.back;
  pen.fillRect(0, 0, width, height);
  return { canvas, pen };
}

/** @param {CanvasRenderingContext2D} pen @param {number} pixels @param {number} [weight] */
export function setFont(pen, pixels, weight = 400) {
  pen.font = `${weight} ${Math.round(pixels)}px ${FAMILY}`;
}

/**
 * Return what a cell shows now: its video, else its picture or poster; null while it shows nothing.
 * @param {import("../cell.js").Cell} cell
 */
export function pictureOf({ clip, image, kind }) {
  const video = clip?.playable ? clip.element : null;
  if (video?.videoWidth) return { source: video, width: video.videoWidth, height: video.videoHeight, poster: false };
  if (image.naturalWidth) return { source: image, width: image.naturalWidth, height: image.naturalHeight, poster: kind === "clip" };
  return null;
}

/**
 * Draw a label in its box: what it is, what is quiet about it, and that a draft is one.
 * @param {CanvasRenderingContext2D} pen
 * @param {import("./sheet_layout.js").Box} box
 * @param {{ name: string, draft: boolean, more: string, scale: number, lines: number }} words
 * @returns {number} lines that all of it would take
 */
export function drawLabel(pen, box, { name, draft, more, scale, lines: most }) {
  const size = 14 * scale;
  const gap = 8 * scale;
  const measure = (/** @type {string} */ text) => pen.measureText(text).width;
  pen.textBaseline = "top";
  pen.direction = "ltr";
  pen.textAlign = "left";
  setFont(pen, size * 0.82, 600);
  const mark = draft ? measure("DRAFT") + gap : 0;
  pen.fillStyle = PAPER.quiet;
  if (draft) pen.fillText("DRAFT", box.x, box.y + size * 0.13);
  setFont(pen, size);
  const rest = more ? measure(more) + 2 * gap : 0;
  pen.textAlign = "right";
  pen.fillText(more, box.x + box.width, box.y);
  const rightToLeft = RIGHT_TO_LEFT.test(name.replace(/^\d+ · /u, ""));
  pen.direction = rightToLeft ? "rtl" : "ltr";
  pen.textAlign = rightToLeft ? "right" : "left";
  pen.fillStyle = PAPER.text;
  const width = Math.max(size * 4, box.width - mark - rest);
  const x = rightToLeft ? box.x + box.width - rest : box.x + mark;
  breakLines(name, width, most, measure).forEach((line, row) => pen.fillText(line, x, box.y + row * size * 1.4));
  return breakLines(name, width, Infinity, measure).length;
}

/**
 * Mark a picture at which its clip is held, before its beginning or after its end.
 * @param {CanvasRenderingContext2D} pen
 * @param {import("./sheet_layout.js").Box} box
 * @param {string} words
 */
export function drawHeld(pen, { x, y, width, height }, words) {
  pen.fillStyle = "rgb(22 23 26 / 62%)";
  pen.fillRect(x, y, width, height);
  setFont(pen, Math.max(11, width / 22));
  pen.direction = "ltr";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillStyle = PAPER.text;
  pen.fillText(words, x + width / 2, y + height / 2);
}

/** @param {HTMLCanvasElement} canvas @returns {Promise<Blob>} */
export function toPNG(canvas) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The browser could not make the picture: it is too large for it."))), "image/png");
  });
}
