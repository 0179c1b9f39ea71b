/**
 * Which clips of a comparison are loaded, and which of those play along: a decoder costs memory and
 * time, so that only a few are loaded at once, and only while they can be seen.
 */

/** More videos at once are more than most machines decode in time. */
export const MOST_ACTIVE = 9;
// One after the other they are seen sooner, and Jupyter's own questions come through between them.
const LANES = 3;

/**
 * Return the clips to load: those that the user wanted last, then the first ones. Pure.
 * @param {string[]} here ids of the clips that are here, in order
 * @param {string[]} wanted ids that the user wants to see move, the newest last
 * @param {string[]} pair ids that are looked at as a pair; these always are
 */
export function clipsToLoad(here, wanted, pair) {
  const ranked = [...pair, ...[...wanted].reverse(), ...here].filter((id) => here.includes(id));
  return new Set([...new Set(ranked)].slice(0, MOST_ACTIVE));
}

export class ActiveClips {
  /**
   * @param {object} about
   * @param {HTMLElement} about.root
   * @param {Map<string, import("../cell.js").Cell>} about.cells
   * @param {import("../../page/store.js").Store<import("../compare.js").State>} about.state
   * @param {() => void} about.changed other clips play along
   * @param {(hidden: boolean) => void} about.setHidden whether nothing of the comparison is seen
   * @param {AbortSignal} about.signal
   */
  constructor({ root, cells, state, changed, setHidden, signal }) {
    this.cells = cells;
    this.state = state;
    this.changed = changed;
    this.setHidden = setHidden;
    this.signal = signal;
    /** @type {Set<string>} ids of cells near the view */
    this.near = new Set();
    /** @type {Set<string>} ids of cells in view */
    this.seen = new Set();
    /** @type {Set<Element>} cells of which it is known whether they are in view */
    this.observed = new Set();
    /** @type {string[]} */
    this.wanted = [];
    /** @type {Set<string>} */
    this.toLoad = new Set();
    /** @type {Set<string>} */
    this.loading = new Set();
    this.inView = false;
    this.nearness = new IntersectionObserver((entries) => this.note(this.near, entries), { rootMargin: "300px" });
    this.sight = new IntersectionObserver((entries) => {
      for (const { target } of entries) this.observed.add(target);
      this.note(this.seen, entries);
    });
    this.watchWhole(root);
    state.subscribe((now, before) => (now.mode !== before.mode || now.a !== before.a || now.b !== before.b) && this.choose(), signal);
  }

  /** @param {HTMLElement} root */
  watchWhole(root) {
    const { signal } = this;
    const whole = new IntersectionObserver(([entry]) => {
      this.inView = entry.isIntersecting;
      this.setHidden(!this.inView || document.hidden);
    });
    whole.observe(root);
    document.addEventListener("visibilitychange", () => this.setHidden(!this.inView || document.hidden), { signal });
    signal.addEventListener("abort", () => {
      for (const observer of [this.nearness, this.sight, whole]) observer.disconnect();
    });
  }

  /** @param {import("../cell.js").Cell} cell */
  watch(cell) {
    this.nearness.observe(cell.root);
    this.sight.observe(cell.root);
  }

  /** @param {Set<string>} ids @param {IntersectionObserverEntry[]} entries */
  note(ids, entries) {
    for (const { target, isIntersecting } of entries) {
      const id = /** @type {HTMLElement} */ (target).dataset.id ?? "";
      if (isIntersecting) ids.add(id);
      else ids.delete(id);
    }
    this.choose();
  }

  /** Load and unload clips by what is seen and wanted now. */
  choose() {
    const { mode, a, b } = this.state.get();
    const here = [...this.cells.values()].filter((cell) => cell.state.facts.sha256 && cell.kind === "clip").map(({ id }) => id);
    const toLoad = (this.toLoad = clipsToLoad(here, this.wanted, mode === "grid" ? [] : [a, b]));
    for (const [id, cell] of this.cells) {
      if (this.near.has(id)) cell.loadImage();
      cell.showLoadButton(here.includes(id) && !toLoad.has(id));
      if (!toLoad.has(id)) cell.unload();
      else if (this.near.has(id) && cell.waitsToLoad) this.load(cell);
    }
    this.changed();
  }

  /** @param {import("../cell.js").Cell} cell */
  async load(cell) {
    if (this.loading.has(cell.id) || this.loading.size >= LANES) return;
    this.loading.add(cell.id);
    await cell.load();
    this.loading.delete(cell.id);
    if (!this.signal.aborted) this.choose();
  }

  /** Load the clip that the user wants to see move. @param {string} id */
  want(id) {
    this.wanted = [...this.wanted.filter((each) => each !== id), id].slice(-MOST_ACTIVE);
    this.choose();
  }

  /** Whether one that is near is not here yet, or it is not known yet which are seen. */
  isLoading() {
    if (this.observed.size < this.cells.size || this.loading.size > 0) return true;
    return [...this.cells.values()].some((cell) => cell.waitsToLoad && this.near.has(cell.id) && this.toLoad.has(cell.id));
  }

  /** @param {import("../cell.js").Cell} cell */
  playsAlong(cell) {
    return cell.playable && this.seen.has(cell.id);
  }
}
