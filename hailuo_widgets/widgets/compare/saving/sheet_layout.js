/** Where things lie on a contact sheet, and which instants it shows. Pure: no page. */

export const COLUMNS = [3, 4, 6, 8, 12];
export const USUAL_COLUMNS = 6;

const MARGIN = 24;
const GAP = 8;
const ROW_GAP = 20;
const LABEL_LINE = 22;
const HEAD = 34;
// Browsers draw no larger canvases, phones still smaller ones.
const MOST_PIXELS = 16e6;

/**
 * Return instants spread evenly over a range, its ends included.
 * @param {number} from seconds
 * @param {number} to seconds
 * @param {number} count
 */
export function instants(from, to, count) {
  if (count < 2) return [from];
  return Array.from({ length: count }, (_, step) => from + ((to - from) * step) / (count - 1));
}

/**
 * @typedef {{ x: number, y: number, width: number, height: number }} Box
 * @typedef {object} Sheet
 * @property {number} width pixels
 * @property {number} height pixels
 * @property {{ label: Box, pictures: Box[] }[]} rows
 * @property {number} head where the words above the columns stand
 * @property {number} scale of the words
 */

/**
 * Lay out a contact sheet. Rows are clips, columns instants; every picture has the clip's own shape and one width.
 * @param {{ width: number, height: number }[]} clips sizes in pixels
 * @param {number} columns
 * @param {number} widest width of a picture in pixels; less when all together were too many
 * @returns {Sheet}
 */
export function layOutSheet(clips, columns, widest) {
  // Words and margins do not shrink with the pictures, so one step may not be enough.
  for (let cell = widest; ; cell *= 0.9) {
    const sheet = layOut(clips, columns, Math.max(48, Math.floor(cell)));
    if (sheet.width * sheet.height <= MOST_PIXELS || cell < 48) return sheet;
  }
}

/** @param {{ width: number, height: number }[]} clips @param {number} columns @param {number} cell @returns {Sheet} */
function layOut(clips, columns, cell) {
  const scale = Math.max(0.6, Math.min(2.4, (cell * columns) / 1100));
  const unit = (/** @type {number} */ size) => Math.round(size * scale);
  const width = 2 * unit(MARGIN) + columns * cell + (columns - 1) * unit(GAP);
  let y = unit(MARGIN) + unit(HEAD);
  const rows = clips.map((clip) => {
    const height = Math.max(1, Math.round((cell * clip.height) / clip.width));
    const pictures = Array.from({ length: columns }, (_, column) => ({ x: unit(MARGIN) + column * (cell + unit(GAP)), y, width: cell, height }));
    const label = { x: unit(MARGIN), y: y + height + unit(6), width: width - 2 * unit(MARGIN), height: unit(LABEL_LINE) };
    y = label.y + label.height + unit(ROW_GAP);
    return { label, pictures };
  });
  return { width, height: y - unit(ROW_GAP) + unit(MARGIN), rows, head: unit(MARGIN) + unit(14), scale };
}

/**
 * Lay out pictures beside each other, each with its label below.
 * @param {{ width: number, height: number }[]} pictures sizes in pixels
 * @param {number} columns
 * @param {number} most lines of a label
 * @returns {{ width: number, height: number, places: { picture: Box, label: Box }[], scale: number }}
 */
export function layOutFrames(pictures, columns, most) {
  const own = Math.max(...pictures.map(({ width }) => width));
  const rows = Math.ceil(pictures.length / columns);
  const tallest = Math.max(...pictures.map(({ width, height }) => height / width));
  const cell = Math.floor(Math.min(own, Math.sqrt(MOST_PIXELS / (columns * rows * (tallest + 0.04 + 0.05 * most)))));
  const scale = Math.max(0.6, cell / 640);
  const unit = (/** @type {number} */ size) => Math.round(size * scale);
  const labelled = unit(LABEL_LINE) * most + unit(8);
  const row = Math.round(cell * tallest) + labelled + unit(ROW_GAP);
  const places = pictures.map(({ width, height }, index) => {
    const x = unit(MARGIN) + (index % columns) * (cell + unit(ROW_GAP));
    const y = unit(MARGIN) + Math.floor(index / columns) * row;
    const picture = { x, y, width: cell, height: Math.round((cell * height) / width) };
    return { picture, label: { x, y: y + picture.height + unit(8), width: cell, height: unit(LABEL_LINE) * most } };
  });
  return {
    width: 2 * unit(MARGIN) + columns * cell + (columns - 1) * unit(ROW_GAP),
    height: 2 * unit(MARGIN) + rows * row - unit(ROW_GAP),
    places,
    scale,
  };
}

const letters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * Break words into lines that fit, the last one with dots when there is more. Text without
 * spaces, as in Chinese, breaks between any two letters.
 * @param {string} text
 * @param {number} width
 * @param {number} most lines
 * @param {(text: string) => number} measure
 */
export function breakLines(text, width, most, measure) {
  /** @type {string[]} */
  const broken = [];
  let rest = text.trim().replace(/\s+/gu, " ");
  while (rest && broken.length < most) {
    if (measure(rest) <= width) return [...broken, rest];
    const last = broken.length === most - 1;
    const fits = longest(rest, last ? "…" : "", width, measure);
    const space = rest.lastIndexOf(" ", fits.length);
    const line = last || space <= 0 ? fits : rest.slice(0, space);
    broken.push(last ? `${line.trimEnd()}…` : line.trimEnd());
    rest = rest.slice(line.length).trimStart();
  }
  return broken;
}

/** Return the longest beginning that fits, one letter at least. @param {string} text @param {string} tail @param {number} width @param {(text: string) => number} measure */
function longest(text, tail, width, measure) {
  const ends = Array.from(letters.segment(text), ({ index, segment }) => index + segment.length);
  let fits = 0;
  let over = ends.length - 1;
  while (over - fits > 1) {
    const half = (fits + over) >> 1;
    if (measure(text.slice(0, ends[half]) + tail) <= width) fits = half;
    else over = half;
  }
  return text.slice(0, ends[fits]);
}
