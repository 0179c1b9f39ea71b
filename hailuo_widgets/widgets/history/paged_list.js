/** A filtered list that the kernel holds, fetched in blocks where it is looked at. Pure: no page. */

import { BLOCK, blocksOf } from "./grid_layout.js";

const LANES = 3;

/**
 * @template Card, Filter
 * @typedef {object} Source
 * @property {(filter: Filter, offset: number, limit: number) => Promise<{ total: number, all: number, cards: Card[] }>} look
 * @property {(fresh: boolean) => void} changed with whether it is another list now
 * @property {(reason: Error) => void} failed
 */

/**
 * @template Card, Filter
 * @param {Source<Card, Filter>} source
 * @param {Filter} filter
 */
export function catalogue({ look, changed, failed }, filter) {
  /** @type {Map<number, Card>} */
  const cards = new Map();
  /** @type {Map<number, "asked" | "here">} */
  const blocks = new Map();
  /** @type {Filter | null} */
  let wish = null;
  let seeking = false;
  let edition = 0;
  let lanes = 0;
  let total = 0;
  let all = 0;
  let known = false;
  /** @type {[number, number]} */
  let range = [0, 0];

  /** @param {number} block @param {{ total: number, all: number, cards: Card[] }} found */
  function take(block, found) {
    ({ total, all } = found);
    known = true;
    found.cards.forEach((card, place) => cards.set(block * BLOCK + place, card));
    blocks.set(block, "here");
  }

  /** One search at a time: what is typed meanwhile is one next search. */
  async function seek() {
    seeking = true;
    while (wish !== null) {
      const mine = wish;
      wish = null;
      try {
        const found = await look(mine, 0, BLOCK);
        filter = mine;
        edition += 1;
        cards.clear();
        blocks.clear();
        take(0, found);
        changed(true);
      } catch (reason) {
        failed(/** @type {Error} */ (reason));
      }
    }
    seeking = false;
  }

  /** @param {number} block */
  async function fetchBlock(block) {
    const mine = edition;
    blocks.set(block, "asked");
    lanes += 1;
    try {
      const found = await look(filter, block * BLOCK, BLOCK);
      if (mine === edition) {
        take(block, found);
        changed(false);
      }
    } catch (reason) {
      if (mine === edition) blocks.delete(block);
      failed(/** @type {Error} */ (reason));
      range = [0, 0];
    }
    lanes -= 1;
    pump();
  }

  function pump() {
    for (const block of blocksOf(...range)) {
      if (lanes >= LANES) return;
      if (!blocks.has(block)) fetchBlock(block);
    }
  }

  return {
    get count() {
      return total;
    },
    /** How many there are without any filter. */
    get all() {
      return all;
    },
    /** Whether the kernel has answered at all. */
    get known() {
      return known;
    },
    get filter() {
      return filter;
    },
    /** @param {number} index @returns {Card | null} */
    card: (index) => cards.get(index) ?? null,
    /** These are in view: fetch those that are missing. @param {number} first @param {number} last */
    need(first, last) {
      range = [first, last];
      pump();
    },
    /** @param {Filter} next */
    seek(next) {
      wish = next;
      if (!seeking) seek();
    },
    /** Something in it may have changed: what is in view is asked for again, and shown meanwhile. */
    refresh() {
      blocks.clear();
      changed(false);
      // Nothing is in view of a list that is empty, or out of sight: how long it is now, the first block says.
      if (blocksOf(...range).length === 0) fetchBlock(0);
      pump();
    },
  };
}
