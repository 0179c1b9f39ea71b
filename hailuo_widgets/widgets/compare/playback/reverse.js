/**
 * Playing backwards. Browsers do not, so it goes by single seeks, each begun when the one before
 * has landed in every clip: the time is kept, frames are left out, and how many a second are truly
 * shown is said.
 */

const PAGE = { now: () => performance.now(), next: (/** @type {(now: number) => void} */ tick) => void requestAnimationFrame(tick) };

/**
 * @param {{ state: import("../../page/store.js").Store<import("../compare.js").State>, transport: import("./lockstep.js").Transport, tell: (words: string) => void, signal: AbortSignal }} about
 * @param {{ now: () => number, next: (tick: (now: number) => void) => void }} [clock] milliseconds
 */
export function backwards({ state, transport, tell, signal }, clock = PAGE) {
  let speed = 0;
  let began = 0;
  let from = 0;
  let mine = NaN;
  /** @type {number[]} when the last frames were asked for */
  let shown = [];

  /** @param {number} now milliseconds */
  function tick(now) {
    if (speed === 0 || signal.aborted) return;
    const { loop, time, playing, settled } = state.get();
    // Somebody else has taken the playhead.
    if (playing || time !== mine) return stop();
    clock.next(tick);
    if (!settled) return;
    const first = loop?.in ?? 0;
    let wish = from - ((now - began) / 1000) * speed;
    if (wish < first) {
      // Where a loop ends, its last frame has ended.
      from = (loop?.out ?? transport.length()) - 0.5 / transport.steps();
      began = now;
      wish = from;
    }
    transport.seek(wish);
    mine = state.get().time;
    if (mine === time) return;
    shown = [...shown.filter((at) => at > now - 1000), now];
    tell(`Backwards ${speed}x · ${shown.length} of ${Math.round(transport.steps() * speed)} frames a second shown`);
  }

  function stop() {
    if (speed === 0) return;
    speed = 0;
    tell("");
  }

  return {
    /** @param {number} wish how many times the clips' own speed */
    start(wish) {
      const running = speed !== 0;
      speed = wish;
      began = clock.now();
      shown = [];
      if (state.get().playing) transport.pause();
      from = mine = state.get().time;
      if (!running) clock.next(tick);
    },
    stop,
    get speed() {
      return speed;
    },
  };
}
