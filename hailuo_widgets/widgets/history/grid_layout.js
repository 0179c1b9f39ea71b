/** The arithmetic of a long grid of which only what is in view is drawn. Pure: no page. */

export const GAP = 14;
/** Cards that are asked for together. */
export const BLOCK = 48;

const NARROWEST = 176;
const NARROWEST_ON_A_PHONE = 112;
const PHONE = 520;
const CAPTION = 62;

/**
 * @typedef {object} Layout
 * @property {number} columns
 * @property {number} cell a card's width in pixels
 * @property {number} picture its picture's height
 * @property {number} row from one row's top to the next one's
 */

/**
 * Return how a grid of a width is laid out.
 * @param {number} width of the grid, in pixels
 * @returns {Layout}
 */
export function layout(width) {
  const narrowest = width < PHONE ? NARROWEST_ON_A_PHONE : NARROWEST;
  const columns = Math.max(1, Math.floor((width + GAP) / (narrowest + GAP)));
  const cell = (width - GAP * (columns - 1)) / columns;
  const picture = Math.round((cell * 9) / 16);
  return { columns, cell, picture, row: picture + CAPTION + GAP };
}

/**
 * Return the height of all rows, in pixels.
 * @param {Layout} grid
 * @param {number} count cards in all
 */
export function heightOf({ columns, row }, count) {
  return Math.max(0, Math.ceil(count / columns) * row - GAP);
}

/**
 * Return which rows to draw: those in view, and one more on each side.
 * @param {Layout} grid
 * @param {number} count cards in all
 * @param {number} top how far the grid is scrolled, in pixels
 * @param {number} height of what is in view
 * @returns {{ first: number, last: number }} the last one is not drawn
 */
export function rowsInView({ columns, row }, count, top, height) {
  const rows = Math.ceil(count / columns);
  const first = Math.max(0, Math.min(rows - 1, Math.floor(top / row) - 1));
  return { first, last: Math.max(first, Math.min(rows, Math.ceil((top + height) / row) + 1)) };
}

/**
 * Return which blocks hold the cards from `first` up to and without `last`.
 * @param {number} first
 * @param {number} last
 */
export function blocksOf(first, last) {
  const from = Math.floor(first / BLOCK);
  const to = Math.ceil(last / BLOCK);
  return Array.from({ length: Math.max(0, to - from) }, (_, step) => from + step);
}

/**
 * Return where a key takes the focus, or null for a key that does not move it.
 * @param {{ key: string, ctrlKey: boolean }} press
 * @param {number} index
 * @param {{ columns: number, count: number, page: number }} grid with the rows of one screen
 */
export function cardAfterKey({ key, ctrlKey }, index, { columns, count, page }) {
  const line = index - (index % columns);
  /** @type {Record<string, number>} */
  const ways = {
    ArrowLeft: index - 1,
    ArrowRight: index + 1,
    ArrowUp: index - columns,
    ArrowDown: index + columns,
    PageUp: index - columns * page,
    PageDown: index + columns * page,
    Home: ctrlKey ? 0 : line,
    End: ctrlKey ? count - 1 : line + columns - 1,
  };
  if (!(key in ways)) return null;
  // A step off the grid stays where it is; a page beyond its end goes as far as there is.
  const next = ways[key];
  if (key.startsWith("Arrow")) return next >= 0 && next < count ? next : index;
  return Math.max(0, Math.min(next, count - 1));
}
