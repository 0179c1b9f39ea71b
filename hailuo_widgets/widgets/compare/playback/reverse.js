/**
 * Playing backwards. Browsers do not, so it goes by single seeks, each begun when the one before
 * has landed in every clip: the time is kept, frames are left out, and how many a second are truly
 * shown is noted.
 */

/** @typedef {{ now: () => number, next: (tick: (now: number) => void) => void }} Clock milliseconds */

/** @type {Clock} */
const PAGE_CLOCK = { now: () => performance.now(), next: (tick) => void requestAnimationFrame(tick) };

export class Reverse {
  /**
   * @param {object} about
   * @param {import("../../page/store.js").Store<import("../compare.js").State>} about.state
   * @param {import("./lockstep.js").Lockstep} about.transport
   * @param {(words: string) => void} about.onNote how fast it goes; "" when it has ended
   * @param {AbortSignal} about.signal
   * @param {Clock} [clock]
   */
  constructor({ state, transport, onNote, signal }, clock = PAGE_CLOCK) {
    this.state = state;
    this.transport = transport;
    this.onNote = onNote;
    this.signal = signal;
    this.clock = clock;
    /** How many times the clips' own speed; 0 at rest. */
    this.speed = 0;
    this.startedAt = 0;
    /** The playhead's time at the start. */
    this.from = 0;
    /** The playhead's time as it was set here last. */
    this.set = NaN;
    /** @type {number[]} when the frames of the last second were asked for */
    this.shown = [];
  }

  /** @param {number} speed how many times the clips' own speed */
  start(speed) {
    const running = this.speed !== 0;
    this.speed = speed;
    this.startedAt = this.clock.now();
    this.shown = [];
    if (this.state.get().playing) this.transport.pause();
    this.from = this.set = this.state.get().time;
    if (!running) this.requestTick();
  }

  stop() {
    if (this.speed === 0) return;
    this.speed = 0;
    this.onNote("");
  }

  requestTick() {
    this.clock.next((now) => this.tick(now));
  }

  /** @param {number} now milliseconds */
  tick(now) {
    if (this.speed === 0 || this.signal.aborted) return;
    const { time, playing, settled } = this.state.get();
    // The playhead was moved by something else.
    if (playing || time !== this.set) return this.stop();
    this.requestTick();
    if (!settled) return;
    this.transport.seek(this.dueTime(now));
    this.set = this.state.get().time;
    if (this.set === time) return;
    this.shown = [...this.shown.filter((at) => at > now - 1000), now];
    this.onNote(`Backwards ${this.speed}x · ${this.shown.length} of ${Math.round(this.transport.steps() * this.speed)} frames a second shown`);
  }

  /** Return the time that is due; before the beginning, it goes on from the end. @param {number} now */
  dueTime(now) {
    const { loop } = this.state.get();
    const time = this.from - ((now - this.startedAt) / 1000) * this.speed;
    if (time >= (loop?.in ?? 0)) return time;
    // Where a loop ends, its last frame has ended.
    this.from = (loop?.out ?? this.transport.length()) - 0.5 / this.transport.steps();
    this.startedAt = now;
    return this.from;
  }
}
