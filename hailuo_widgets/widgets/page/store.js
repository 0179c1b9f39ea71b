/** What a widget's parts know together: one small state, and who hears of its changes. Pure. */

/**
 * @template State
 * @typedef {object} Store
 * @property {() => Readonly<State>} get
 * @property {(patch: Partial<State>) => void} set tells nobody when nothing is new
 * @property {(hear: (now: Readonly<State>, before: Readonly<State>) => void, signal?: AbortSignal) => void} subscribe
 */

/**
 * @template {object} State
 * @param {State} initial
 * @returns {Store<State>}
 */
export function store(initial) {
  let value = { ...initial };
  /** @type {Set<(now: Readonly<State>, before: Readonly<State>) => void>} */
  const hearers = new Set();
  return {
    get: () => value,
    set(patch) {
      const before = value;
      const names = /** @type {(keyof State)[]} */ (Object.keys(patch));
      if (names.every((name) => Object.is(before[name], patch[name]))) return;
      value = { ...before, ...patch };
      for (const hear of [...hearers]) hear(value, before);
    },
    subscribe(hear, signal) {
      if (signal?.aborted) return;
      hearers.add(hear);
      signal?.addEventListener("abort", () => hearers.delete(hear));
    },
  };
}
