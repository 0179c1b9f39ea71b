/** The two that are compared, A and B, and how far each mode's slider goes. Pure: no page. */

/** @typedef {{ a: string, b: string }} Pair ids of what is compared */

/**
 * Return the pair with a clip in a slot. A and B are never the same: taking the other one's place swaps them.
 * @param {Pair} pair
 * @param {"a" | "b"} slot
 * @param {string} id
 * @returns {Pair}
 */
export function pick(pair, slot, id) {
  const other = slot === "a" ? "b" : "a";
  const rest = pair[other] === id ? pair[slot] : pair[other];
  return slot === "a" ? { a: id, b: rest } : { a: rest, b: id };
}

/** @param {Pair} pair @returns {Pair} */
export function swap({ a, b }) {
  return { a: b, b: a };
}

/**
 * Return what stands against A next: its pictures one after the other, then the clip that was there.
 * @param {string[]} pictures ids of the start and the end image
 * @param {string} now what stands there
 * @param {string} clip the clip that stood there before the first picture
 */
export function nextAgainst(pictures, now, clip) {
  return [...pictures, clip][(pictures.indexOf(now) + 1) % (pictures.length + 1)];
}

/**
 * Return the pair as it can be: what is gone, or was never chosen, gives way to the first that is there.
 * @param {Pair} pair
 * @param {string[]} ids of all that can be compared, clips first
 */
export function completePair({ a, b }, ids) {
  const one = ids.includes(a) ? a : (ids.find((id) => id !== b) ?? "");
  const two = ids.includes(b) && b !== one ? b : (ids.find((id) => id !== one) ?? "");
  return { a: one, b: two };
}

/** The sliders of the modes: their ends, and by how much a key moves them. */
export const SLIDERS = {
  wipe: { name: "Line between A and B", short: "Line", least: 0, most: 1, step: 0.02, unit: "%", each: 100 },
  onion: { name: "Opacity of B", short: "Opacity of B", least: 0, most: 1, step: 0.05, unit: "%", each: 100 },
  difference: { name: "Brightness of the difference", short: "Brightness", least: 1, most: 16, step: 1, unit: "x", each: 1 },
};

/** @typedef {keyof typeof SLIDERS} Slider */

/**
 * Return a slider's value some steps on, within its ends.
 * @param {Slider} slider
 * @param {number} value
 * @param {number} steps
 */
export function slideBy(slider, value, steps) {
  const { least, most, step } = SLIDERS[slider];
  const next = Math.round((value + steps * step) / step) * step;
  return Math.min(most, Math.max(least, Number(next.toFixed(4))));
}

/**
 * Return a slider's value as text, such as `40 %`.
 * @param {Slider} slider
 * @param {number} value
 */
export function describeValue(slider, value) {
  const { unit, each } = SLIDERS[slider];
  return `${Math.round(value * each)} ${unit}`;
}
