/** What is selected in a list, and the range between two ticks. Pure: no page. */

/** @template Id */
export class Selection {
  constructor() {
    /** @type {Set<Id>} */
    this.selected = new Set();
    /** @type {number | null} the place that was ticked last */
    this.anchor = null;
  }

  get count() {
    return this.selected.size;
  }

  /** @param {Id} id */
  has(id) {
    return this.selected.has(id);
  }

  ids() {
    return [...this.selected];
  }

  /** @param {number} index @param {Id} id @param {boolean} on */
  set(index, id, on) {
    this.anchor = index;
    this.setAll([id], on);
  }

  /** @param {Id[]} ids @param {boolean} on */
  setAll(ids, on) {
    for (const id of ids) {
      if (on) this.selected.add(id);
      else this.selected.delete(id);
    }
  }

  /**
   * Return the range from the place that was ticked last to this one, both included; null before any was ticked.
   * @param {number} index
   * @returns {[number, number] | null}
   */
  span(index) {
    const { anchor } = this;
    if (anchor === null) return null;
    return anchor < index ? [anchor, index] : [index, anchor];
  }

  clear() {
    this.selected.clear();
    this.anchor = null;
  }

  /** The list has changed: places mean something else now. */
  forgetPlaces() {
    this.anchor = null;
  }
}
