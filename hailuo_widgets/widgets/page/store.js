/** What a widget's parts know together: one small state, and its subscribers. Pure. */

/**
 * @template State
 * @typedef {object} Store
 * @property {() => Readonly<State>} get
 * @property {(patch: Partial<State>) => void} set calls no subscriber when nothing is new
 * @property {(listener: (now: Readonly<State>, before: Readonly<State>) => void, signal?: AbortSignal) => void} subscribe
 */

/**
 * @template {object} State
 * @param {State} initial
 * @returns {Store<State>}
 */
export function store(initial) {
  let value = { ...initial };
  /** @type {Set<(now: Readonly<State>, before: Readonly<State>) => void>} */
  const listeners = new Set();
  return {
    get: () => value,
    set(patch) {
      const before = value;
      const names = /** @type {(keyof State)[]} */ (Object.keys(patch));
      if (names.every((name) => Object.is(before[name], patch[name]))) return;
      value = { ...before, ...patch };
      for (const listener of [...listeners]) listener(value, before);
    },
    subscribe(listener, signal) {
      if (signal?.aborted) return;
      listeners.add(listener);
      signal?.addEventListener("abort", () => listeners.delete(listener));
    },
  };
}
