/**
 * Which clips of a comparison are loaded, and which of those play along: a decoder costs memory and
 * time, so that only a few live at once, and only while they can be seen.
 */

/** More videos at once are more than most machines decode in time. */
export const LIVE_AT_MOST = 9;
// One after the other they are seen sooner, and Jupyter's own questions come through between them.
const LANES = 3;

/**
 * The clips that are to be loaded: those asked for last, then the first ones. Pure.
 * @param {string[]} here ids of the clips that are here, in order
 * @param {string[]} asked ids that a person asked for, the newest last
 * @param {string[]} pair ids that are looked at as a pair; these always are
 */
export function chosen(here, asked, pair) {
  const wanted = [...pair, ...[...asked].reverse(), ...here].filter((id) => here.includes(id));
  return new Set([...new Set(wanted)].slice(0, LIVE_AT_MOST));
}

/**
 * @param {object} about
 * @param {HTMLElement} about.root
 * @param {Map<string, import("../cell.js").Cell>} about.cells
 * @param {import("../../page/store.js").Store<import("../compare.js").State>} about.state
 * @param {() => void} about.changed after others play along
 * @param {(away: boolean) => void} about.away whether nothing of it is seen
 * @param {AbortSignal} about.signal
 */
export function live({ root, cells, state, changed, away, signal }) {
  /** @type {Set<string>} */
  const near = new Set();
  /** @type {Set<string>} */
  const seen = new Set();
  /** @type {Set<Element>} */
  const looked = new Set();
  /** @type {string[]} */
  let asked = [];
  let inView = false;
  /** @type {Set<string>} */
  let wanted = new Set();
  /** @type {Set<string>} */
  const loading = new Set();

  /** @param {import("../cell.js").Cell} cell */
  async function load(cell) {
    if (loading.has(cell.id) || loading.size >= LANES) return;
    loading.add(cell.id);
    await cell.load();
    loading.delete(cell.id);
    if (!signal.aborted) choose();
  }

  function choose() {
    const { mode, a, b } = state.get();
    const here = [...cells.values()].filter(({ said }) => said.facts.sha256 && said.kind === "clip").map(({ id }) => id);
    const loaded = (wanted = chosen(here, asked, mode === "grid" ? [] : [a, b]));
    for (const [id, cell] of cells) {
      if (near.has(id)) cell.picture();
      cell.offer(here.includes(id) && !loaded.has(id));
      if (!loaded.has(id)) cell.unload();
      else if (near.has(id) && cell.waits) load(cell);
    }
    changed();
  }

  /** @param {Set<string>} those @param {IntersectionObserverEntry[]} entries */
  function note(those, entries) {
    for (const { target, isIntersecting } of entries) {
      const id = /** @type {HTMLElement} */ (target).dataset.id ?? "";
      if (isIntersecting) those.add(id);
      else those.delete(id);
    }
    choose();
  }

  const nearness = new IntersectionObserver((entries) => note(near, entries), { rootMargin: "300px" });
  const sight = new IntersectionObserver((entries) => {
    for (const { target } of entries) looked.add(target);
    note(seen, entries);
  });
  const whole = new IntersectionObserver(([entry]) => {
    inView = entry.isIntersecting;
    away(!inView || document.hidden);
  });
  whole.observe(root);
  document.addEventListener("visibilitychange", () => away(!inView || document.hidden), { signal });
  state.subscribe((now, before) => (now.mode !== before.mode || now.a !== before.a || now.b !== before.b) && choose(), signal);
  signal.addEventListener("abort", () => {
    for (const observer of [nearness, sight, whole]) observer.disconnect();
  });

  return {
    choose,
    /** @param {import("../cell.js").Cell} cell */
    watch(cell) {
      nearness.observe(cell.root);
      sight.observe(cell.root);
    },
    /** A person wants to see this one move. @param {string} id */
    ask(id) {
      asked = [...asked.filter((each) => each !== id), id].slice(-LIVE_AT_MOST);
      choose();
    },
    /** Whether one that is near is not here yet, or it is not known yet which are seen. */
    loading: () => looked.size < cells.size || loading.size > 0 || [...cells.values()].some((cell) => cell.waits && near.has(cell.id) && wanted.has(cell.id)),
    /** @param {import("../cell.js").Cell} cell */
    playsAlong: (cell) => cell.live && seen.has(cell.id),
  };
}
