/**
 * Small pictures of a library, asked for when they come into view: a few at a time, and those that
 * have left the view meanwhile not at all.
 */

const TOGETHER = 6;
const LANES = 2;
const MOST_KEPT = 400;
/** Pixels a small picture has on its long side; twice that on dense screens. */
const SIDE = 240;
const DENSE = 1.25;

export class Thumbnails {
  /**
   * @param {import("./rpc.js").Channel} messages answers `pictures` with a buffer for each key
   * @param {AbortSignal} signal
   */
  constructor(messages, signal) {
    this.messages = messages;
    this.signal = signal;
    /** @type {Map<string, string>} addresses by key, in order of last use */
    this.kept = new Map();
    /** @type {Map<string, Set<(address: string) => void>>} what shows each picture, in the order they were first wanted */
    this.wanted = new Map();
    /** @type {Set<string>} keys that were asked for */
    this.asked = new Set();
    this.lanes = 0;
    signal.addEventListener("abort", () => {
      for (const address of this.kept.values()) URL.revokeObjectURL(address);
      this.kept.clear();
      this.wanted.clear();
    });
  }

  /**
   * Show a picture when it is here, at once when it already is.
   * @param {string} name
   * @param {(address: string) => void} show
   * @param {number} [side] pixels
   * @returns {() => void} call it when the picture is no longer wanted
   */
  want(name, show, side = window.devicePixelRatio > DENSE ? 2 * SIDE : SIDE) {
    const { kept, wanted } = this;
    const key = `${name}@${side}`;
    const address = kept.get(key);
    if (address !== undefined) {
      kept.delete(key);
      kept.set(key, address);
      show(address);
      return () => {};
    }
    const shows = wanted.get(key) ?? new Set();
    shows.add(show);
    wanted.set(key, shows);
    // Words first: pictures are asked for when these are on the screen.
    if (this.lanes < LANES) requestAnimationFrame(() => this.lanes < LANES && this.fetchWanted());
    return () => {
      shows.delete(show);
      if (shows.size === 0 && wanted.get(key) === shows) wanted.delete(key);
    };
  }

  async fetchWanted() {
    const { wanted, asked, signal } = this;
    this.lanes += 1;
    for (;;) {
      const keys = [...wanted.keys()].filter((key) => !asked.has(key)).slice(0, TOGETHER);
      if (keys.length === 0 || signal.aborted) break;
      for (const key of keys) asked.add(key);
      try {
        const { buffers } = await this.messages.ask("pictures", { keys }).answer;
        if (!signal.aborted) keys.forEach((key, place) => this.keep(key, buffers[place]));
      } catch {
        for (const key of keys) wanted.delete(key);
      }
      for (const key of keys) asked.delete(key);
    }
    this.lanes -= 1;
  }

  /** @param {string} key @param {DataView} picture */
  keep(key, picture) {
    const { kept } = this;
    const shows = this.wanted.get(key);
    this.wanted.delete(key);
    if (picture.byteLength === 0) return;
    const address = URL.createObjectURL(new Blob([/** @type {BlobPart} */ (picture)], { type: "image/jpeg" }));
    kept.set(key, address);
    for (const show of shows ?? []) show(address);
    for (const [oldest, old] of kept) {
      if (kept.size <= MOST_KEPT) break;
      kept.delete(oldest);
      URL.revokeObjectURL(old);
    }
  }
}
