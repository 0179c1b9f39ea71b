/** A filtered list that the kernel holds, fetched in blocks where it is looked at. Pure: no page. */

import { BLOCK, blocksOf } from "./grid_layout.js";

const LANES = 3;

/**
 * @template Card, Filter
 * @typedef {object} Source
 * @property {(filter: Filter, offset: number, limit: number) => Promise<Found<Card>>} search
 * @property {(fresh: boolean) => void} changed with whether it is another list now
 * @property {(reason: Error) => void} failed
 */

/**
 * @template Card
 * @typedef {{ total: number, all: number, cards: Card[] }} Found how many there are with and without the filter
 */

/** @template Card, Filter */
export class PagedList {
  /** @param {Source<Card, Filter>} source @param {Filter} filter */
  constructor(source, filter) {
    this.source = source;
    this.filter = filter;
    /** @type {Map<number, Card>} */
    this.cards = new Map();
    /** @type {Map<number, "asked" | "here">} */
    this.blocks = new Map();
    /** @type {Filter | null} the next one to search by */
    this.nextFilter = null;
    this.searching = false;
    /** Counts the searches: an answer to an earlier one is not ours. */
    this.edition = 0;
    this.lanes = 0;
    this.count = 0;
    /** How many there are without any filter. */
    this.all = 0;
    /** Whether the kernel has answered at all. */
    this.known = false;
    /** @type {[number, number]} the cards in view */
    this.range = [0, 0];
  }

  /** @param {number} index @returns {Card | null} */
  card(index) {
    return this.cards.get(index) ?? null;
  }

  /** Fetch those of the cards in view that are missing. @param {number} first @param {number} last */
  need(first, last) {
    this.range = [first, last];
    this.fetchMissing();
  }

  /** One search at a time: what is typed meanwhile is one next search. @param {Filter} filter */
  async search(filter) {
    this.nextFilter = filter;
    if (this.searching) return;
    this.searching = true;
    while (this.nextFilter !== null) {
      const next = this.nextFilter;
      this.nextFilter = null;
      try {
        const found = await this.source.search(next, 0, BLOCK);
        this.filter = next;
        this.edition += 1;
        this.cards.clear();
        this.blocks.clear();
        this.keep(0, found);
        this.source.changed(true);
      } catch (reason) {
        this.source.failed(/** @type {Error} */ (reason));
      }
    }
    this.searching = false;
  }

  /** Something in it may have changed: what is in view is asked for again, and shown meanwhile. */
  refresh() {
    this.blocks.clear();
    this.source.changed(false);
    // Nothing is in view of a list that is empty, or out of sight: how long it is now, the first block tells.
    if (blocksOf(...this.range).length === 0) this.fetchBlock(0);
    this.fetchMissing();
  }

  fetchMissing() {
    for (const block of blocksOf(...this.range)) {
      if (this.lanes >= LANES) return;
      if (!this.blocks.has(block)) this.fetchBlock(block);
    }
  }

  /** @param {number} block */
  async fetchBlock(block) {
    const { edition } = this;
    this.blocks.set(block, "asked");
    this.lanes += 1;
    try {
      const found = await this.source.search(this.filter, block * BLOCK, BLOCK);
      if (edition === this.edition) {
        this.keep(block, found);
        this.source.changed(false);
      }
    } catch (reason) {
      if (edition === this.edition) this.blocks.delete(block);
      this.source.failed(/** @type {Error} */ (reason));
      this.range = [0, 0];
    }
    this.lanes -= 1;
    this.fetchMissing();
  }

  /** @param {number} block @param {Found<Card>} found */
  keep(block, { total, all, cards }) {
    this.count = total;
    this.all = all;
    this.known = true;
    cards.forEach((card, place) => this.cards.set(block * BLOCK + place, card));
    this.blocks.set(block, "here");
  }
}
