/**
 * The arithmetic of looking closer. Pure: no page.
 *
 * Places are shares of a cell's width and height, so that one zoom fits cells of every size: the
 * picture's place `q` is seen at `x + q * scale`.
 */

/** @typedef {{ scale: number, x: number, y: number }} Zoom */
/** @typedef {{ x: number, y: number }} Place */

export const NEAREST = 16;
/** @type {Zoom} */
export const WHOLE = { scale: 1, x: 0, y: 0 };

/**
 * Return a zoom with which the picture covers its cell: no gap at any side.
 * @param {Zoom} zoom
 * @returns {Zoom}
 */
export function keepCovered({ scale, x, y }) {
  const size = Math.min(NEAREST, Math.max(1, scale));
  if (size === 1) return WHOLE;
  const inside = (/** @type {number} */ at) => Math.min(0, Math.max(1 - size, at));
  return { scale: size, x: inside(x), y: inside(y) };
}

/**
 * Zoom by a factor; what is seen at a place stays there, as far as the picture covers its cell.
 * @param {Zoom} zoom
 * @param {number} factor
 * @param {Place} [at]
 */
export function zoomBy(zoom, factor, at = { x: 0.5, y: 0.5 }) {
  const scale = Math.min(NEAREST, Math.max(1, zoom.scale * factor));
  const ratio = scale / zoom.scale;
  return keepCovered({ scale, x: at.x - (at.x - zoom.x) * ratio, y: at.y - (at.y - zoom.y) * ratio });
}

/**
 * Look elsewhere in the picture.
 * @param {Zoom} zoom
 * @param {number} x share of the cell's width
 * @param {number} y share of its height
 */
export function panBy(zoom, x, y) {
  return keepCovered({ scale: zoom.scale, x: zoom.x + x, y: zoom.y + y });
}

/**
 * Zoom and pan as two fingers moved: what was between them is between them still.
 * @param {Zoom} zoom
 * @param {[Place, Place]} before
 * @param {[Place, Place]} after
 * @param {number} aspect the cell's width beside its height, for true distances
 */
export function pinch(zoom, before, after, aspect) {
  const length = (/** @type {[Place, Place]} */ [one, two]) => Math.hypot((one.x - two.x) * aspect, one.y - two.y);
  const from = middle(before);
  const to = middle(after);
  const factor = length(after) / Math.max(1e-6, length(before));
  const scale = Math.min(NEAREST, Math.max(1, zoom.scale * factor));
  const ratio = scale / zoom.scale;
  return keepCovered({ scale, x: to.x - (from.x - zoom.x) * ratio, y: to.y - (from.y - zoom.y) * ratio });
}

/** @param {[Place, Place]} places @returns {Place} */
function middle([one, two]) {
  return { x: (one.x + two.x) / 2, y: (one.y + two.y) / 2 };
}

const PIXELS_A_LINE = 16;
const HALVED_AFTER = 240;

/**
 * Return by which factor a turn of the wheel zooms.
 * @param {{ deltaY: number, deltaMode: number, ctrlKey: boolean }} turn
 * @param {number} page pixels of a page, for wheels that count pages
 */
export function factorOf({ deltaY, deltaMode, ctrlKey }, page) {
  const pixels = deltaY * [1, PIXELS_A_LINE, page][deltaMode];
  // A pinch on a trackpad comes as a wheel with Ctrl, in small steps.
  const eager = ctrlKey && Math.abs(pixels) < 40 ? 4 : 1;
  return 2 ** (-Math.max(-HALVED_AFTER, Math.min(HALVED_AFTER, pixels * eager)) / HALVED_AFTER);
}
