/**
 * Small pictures of a library, asked for when they come into view: a few at a time, and those that
 * have left the view meanwhile not at all.
 */

const TOGETHER = 6;
const LANES = 2;
const KEPT = 400;

/**
 * @typedef {object} Thumbs
 * @property {(name: string, show: (address: string) => void, side?: number) => () => void} want
 *   asks for a picture and shows it when it is here, at once when it already is; returns what
 *   takes the wish back
 */

/** Pixels a small picture has on its long side; twice that on dense screens. */
const SIDE = 240;
const DENSE = 1.25;

/**
 * @param {import("./rpc.js").Channel} messages answers `pictures` with a buffer for each key
 * @param {AbortSignal} signal
 * @returns {Thumbs}
 */
export function thumbs(messages, signal) {
  /** @type {Map<string, string>} addresses, in order of last use */
  const here = new Map();
  /** @type {Map<string, Set<(address: string) => void>>} in order of the first wish */
  const wanted = new Map();
  /** @type {Set<string>} */
  const coming = new Set();
  let lanes = 0;

  /** @param {string} key @param {DataView} picture */
  function arrive(key, picture) {
    const shows = wanted.get(key);
    wanted.delete(key);
    if (picture.byteLength === 0) return;
    const address = URL.createObjectURL(new Blob([/** @type {BlobPart} */ (picture)], { type: "image/jpeg" }));
    here.set(key, address);
    for (const show of shows ?? []) show(address);
    for (const [oldest, old] of here) {
      if (here.size <= KEPT) break;
      here.delete(oldest);
      URL.revokeObjectURL(old);
    }
  }

  async function fetchSome() {
    lanes += 1;
    for (;;) {
      const keys = [...wanted.keys()].filter((key) => !coming.has(key)).slice(0, TOGETHER);
      if (keys.length === 0 || signal.aborted) break;
      for (const key of keys) coming.add(key);
      try {
        const { buffers } = await messages.ask("pictures", { keys }).answer;
        if (!signal.aborted) keys.forEach((key, place) => arrive(key, buffers[place]));
      } catch {
        for (const key of keys) wanted.delete(key);
      }
      for (const key of keys) coming.delete(key);
    }
    lanes -= 1;
  }

  signal.addEventListener("abort", () => {
    for (const address of here.values()) URL.revokeObjectURL(address);
    here.clear();
    wanted.clear();
  });

  return {
    want(name, show, side = window.devicePixelRatio > DENSE ? 2 * SIDE : SIDE) {
      const key = `${name}@${side}`;
      const address = here.get(key);
      if (address !== undefined) {
        here.delete(key);
        here.set(key, address);
        show(address);
        return () => {};
      }
      const shows = wanted.get(key) ?? new Set();
      shows.add(show);
      wanted.set(key, shows);
      // Words first: pictures are asked for when these are on the screen.
      if (lanes < LANES) requestAnimationFrame(() => lanes < LANES && fetchSome());
      return () => {
        shows.delete(show);
        if (shows.size === 0 && wanted.get(key) === shows) wanted.delete(key);
      };
    },
  };
}
