/**
 * Many videos, one playhead: they play, stop, step and seek together. While they play each one's
 * place is measured at every picture. Who leads is slowed or waits; who is far away is fetched by a
 * seek; nobody is left behind, so that all slow down alike when one cannot be decoded in time.
 */

import { follower } from "./synced_video.js";
import { AHEAD, FAR, FIRST_PACE, QUICK_GAIN, SLOW_GAIN, commonRate, correction, inSteps, lasts, lateness, length, paced, played, snapped, stepRate, stepped, together, watched } from "./playhead.js";

/**
 * @typedef {import("./synced_video.js").Locked} Locked
 * @typedef {import("./synced_video.js").Follower} Follower
 *
 * @typedef {object} Transport
 * @property {() => void} play
 * @property {() => void} pause
 * @property {() => void} toggle
 * @property {(frames: number) => void} step
 * @property {(seconds: number, dragged?: boolean) => void} seek stops, and shows the frame of that time everywhere
 * @property {() => Promise<void>} settled when every video has presented what was asked for
 * @property {() => void} changed after clips have come or gone
 * @property {(away: boolean) => void} away whether nobody can see it
 * @property {() => number} length seconds
 * @property {() => number} rate frames per second by which all are compared, or 0: by time
 * @property {() => number} steps frames a second that are stepped through
 * @property {() => import("./playhead.js").Track[]} tracks those that the ruler counts
 */

// Who does not move for so long is left out until it does.
const STUCK_MS = 4000;

/**
 * @param {{ clips: () => Locked[], all: () => Omit<Locked, "video">[], state: import("../../page/store.js").Store<import("../compare.js").State>, signal: AbortSignal }} about
 *     `clips`: those that play along now; `all`: those that the ruler counts
 * @returns {Transport}
 */
export function lockstep({ clips, all, state, signal }) {
  /** @type {Map<string, Follower>} */
  const led = new Map();
  /** @type {"rest" | "gathering" | "playing"} */
  let phase = "rest";
  let hidden = false;
  let gathering = false;
  let ticking = false;
  let movedAt = 0;
  let lookedAt = 0;
  let pace = FIRST_PACE;
  let gain = QUICK_GAIN;
  let spread = 0;
  let late = 0;
  /** @type {Set<Follower>} */
  const stuck = new Set();
  /** @type {(() => void)[]} */
  let waiting = [];

  const offsetOf = (/** @type {{ id: string }} */ { id }) => state.get().offsets[id] ?? 0;
  const tracks = () => all().map((each) => ({ fps: each.fps, frames: each.frames, offset: offsetOf(each) }));
  const coming = () => [...led.values()].some((each) => each.coming);

  function landed() {
    if (gathering || coming()) return;
    if (phase === "gathering") start();
    state.set({ settled: true });
    for (const done of waiting.splice(0)) done();
  }

  /** Send all to the frames that are due. @param {number} time @param {boolean} [dragged] */
  function gather(time, dragged = false) {
    gathering = true;
    for (const each of led.values()) {
      each.rest();
      each.go(time, offsetOf(each), dragged);
    }
    gathering = false;
    state.set({ time, settled: !coming() });
    if (!coming()) landed();
  }

  function start() {
    phase = "playing";
    stuck.clear();
    movedAt = lookedAt = performance.now();
    if (!ticking) requestAnimationFrame(tick);
    ticking = true;
  }

  /** Where a video stands, for it is due there and plays. @param {Follower} each @param {number} time @param {number} end */
  function markOf(each, time, end) {
    const offset = offsetOf(each);
    const last = Math.min(lasts(each.track(offset)), end + offset) - 0.5 / each.fps;
    const place = each.position();
    const early = time + offset < 0;
    const over = each.video.ended || place >= last;
    if (each.coming) return null;
    if (early || over) {
      each.rest();
      return null;
    }
    each.run();
    return { each, position: place - offset, fps: each.fps };
  }

  /** @param {number} now milliseconds */
  function tick(now) {
    ticking = false;
    if (signal.aborted || phase !== "playing" || hidden) return;
    ticking = true;
    requestAnimationFrame(tick);
    const { time, rate, loop } = state.get();
    const span = played(loop, tracks());
    const marks = [...led.values()].flatMap((each) => markOf(each, time, span.out) ?? []);
    if (marks.length === 0 && !coming()) {
      // All stand at their ends: none begins anew before the last of them is there.
      phase = "gathering";
      return gather(snapped(span.in, stepRate(tracks()), length(tracks())));
    }
    const since = now - lookedAt;
    lookedAt = now;
    const counted = marks.filter(({ each }) => !stuck.has(each));
    const reached = together(counted, time, rate);
    if (reached > time) {
      movedAt = now;
      stuck.clear();
    } else if (now - movedAt > STUCK_MS && counted.length > 0 && !coming()) {
      stuck.add(counted.reduce((one, other) => (one.position <= other.position ? one : other)).each);
    }
    const places = counted.map(({ position }) => position);
    const slowest = Math.min(...places);
    const near = places.filter((place) => Math.abs(place - reached) < FAR);
    const apart = near.length > 1 ? (Math.max(...near) - Math.min(...near)) * stepRate(tracks()) : 0;
    const next = paced(pace, apart, spread, since, gain);
    if (next < pace) gain = SLOW_GAIN;
    pace = next;
    spread = apart;
    late = lateness(late, since);
    const share = inSteps(Math.min(pace, watched(late, stepRate(tracks()) * rate)));
    const speed = rate * share;
    const field = { first: near.length > 0 ? Math.max(...near) : reached, slowest, time: reached, speed, rate, late };
    for (const mark of marks) {
      const correct = correction(mark, field);
      if (correct.kind === "seek") mark.each.go(correct.to, offsetOf(mark.each));
      else mark.each.speed(correct.kind === "rate" ? correct.rate : speed);
    }
    // Soon after a start the pace is low on purpose.
    state.set({ time: reached, pace: gain === SLOW_GAIN ? share : 1 });
  }

  /** @type {Transport} */
  const transport = {
    play() {
      if (led.size === 0) return;
      const { time, loop, playing } = state.get();
      if (playing) return;
      const span = played(loop, tracks());
      const steps = stepRate(tracks());
      const inside = time >= span.in && time < span.out - 0.75 / steps;
      phase = "gathering";
      if (gain === QUICK_GAIN) pace = FIRST_PACE;
      state.set({ playing: true });
      if (!hidden) gather(inside ? time : snapped(span.in, steps, length(tracks())));
    },
    pause() {
      if (!state.get().playing) return;
      phase = "rest";
      state.set({ playing: false });
      gather(snapped(state.get().time, stepRate(tracks()), length(tracks())));
    },
    toggle: () => (state.get().playing ? transport.pause() : transport.play()),
    step(by) {
      transport.seek(stepped(state.get().time, by, stepRate(tracks()), length(tracks())));
    },
    seek(seconds, dragged = false) {
      phase = "rest";
      state.set({ playing: false });
      gather(snapped(seconds, stepRate(tracks()), length(tracks())), dragged);
    },
    settled: () => (coming() ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve()),
    changed() {
      const now = new Map(clips().map((each) => [each.id, each]));
      for (const [id, each] of led) {
        if (now.get(id)?.video === each.video) continue;
        each.leave();
        led.delete(id);
      }
      for (const [id, each] of now) {
        if (led.has(id)) continue;
        const made = follower(each, landed, signal);
        led.set(id, made);
        const { time, playing, rate } = state.get();
        const { steps } = transport;
        // Who comes while the others play is sent ahead, and waits there for them.
        made.go(playing ? Math.min(time + AHEAD * rate, transport.length()) : snapped(time, steps(), transport.length()), offsetOf(each));
        if (made.coming) state.set({ settled: false });
      }
      if (led.size === 0 && state.get().playing) phase = "gathering";
      if (!coming()) landed();
    },
    away(yes) {
      if (hidden === yes) return;
      hidden = yes;
      const { playing, time } = state.get();
      if (!playing) return;
      phase = "gathering";
      if (hidden) for (const each of led.values()) each.rest();
      else gather(time);
    },
    length: () => length(tracks()),
    rate: () => ([...led.values()].some((each) => each.uneven) ? 0 : commonRate(tracks())),
    steps: () => stepRate(tracks()),
    tracks,
  };

  state.subscribe((now, before) => {
    if (now.offsets !== before.offsets && !now.playing) gather(now.time);
  }, signal);
  signal.addEventListener("abort", () => {
    for (const each of led.values()) each.leave();
    for (const done of waiting.splice(0)) done();
  });
  return transport;
}
