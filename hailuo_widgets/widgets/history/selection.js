/** What is ticked in a list, and the range between two ticks. Pure: no page. */

/**
 * @template Id
 * @typedef {object} Picks
 * @property {(id: Id) => boolean} has
 * @property {(index: number, id: Id, on: boolean) => void} set
 * @property {(index: number) => [number, number] | null} span
 * @property {(ids: Id[], on: boolean) => void} setAll
 * @property {() => void} clear
 * @property {() => void} moved
 * @property {() => Id[]} ids
 * @property {number} count
 */

/**
 * @template Id
 * @returns {Picks<Id>}
 */
export function picks() {
  /** @type {Set<Id>} */
  const picked = new Set();
  /** @type {number | null} */
  let anchor = null;
  return {
    has: (id) => picked.has(id),
    set(index, id, on) {
      anchor = index;
      if (on) picked.add(id);
      else picked.delete(id);
    },
    /** From the place touched last to this one, both included; null before any was touched. */
    span(index) {
      if (anchor === null) return null;
      return anchor < index ? [anchor, index] : [index, anchor];
    },
    setAll(ids, on) {
      for (const id of ids) {
        if (on) picked.add(id);
        else picked.delete(id);
      }
    },
    clear() {
      picked.clear();
      anchor = null;
    },
    /** The list has changed: places mean something else now. */
    moved() {
      anchor = null;
    },
    ids: () => [...picked],
    get count() {
      return picked.size;
    },
  };
}
