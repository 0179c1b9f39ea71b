import assert from "node:assert/strict";
import { test } from "node:test";

import { Reverse } from "../../../../hailuo_widgets/widgets/compare/playback/reverse.js";
import { store } from "../../../../hailuo_widgets/widgets/page/store.js";

const RATE = 24;
const LENGTH = 5;

/** A page of its own time: `run` lets it pass, and a seek takes as long as the test says. */
function desk(seekMs, loop = null) {
  let now = 0;
  let due = null;
  let landsAt = 0;
  const state = store({ time: 2, playing: false, settled: true, loop });
  const seen = [];
  const told = [];
  const transport = {
    steps: () => RATE,
    length: () => LENGTH,
    pause: () => state.set({ playing: false }),
    seek(seconds) {
      const time = (Math.floor(Math.max(0, Math.min(seconds, LENGTH - 1e-6)) * RATE + 0.05) + 0.5) / RATE;
      if (time !== state.get().time) landsAt = now + seekMs;
      state.set({ time, settled: landsAt <= now });
      if (time !== seen.at(-1)) seen.push(time);
    },
  };
  const ends = new AbortController();
  const clock = { now: () => now, next: (tick) => (due = tick) };
  const reverse = new Reverse({ state, transport, onNote: (words) => told.push(words), signal: ends.signal }, clock);
  return {
    state,
    reverse,
    seen,
    told,
    run(milliseconds) {
      const end = now + milliseconds;
      while (now < end) {
        now += 1000 / 60;
        if (landsAt <= now) state.set({ settled: true });
        const tick = due;
        due = null;
        tick?.(now);
      }
    },
  };
}

const falls = (times) => times.every((time, at) => at === 0 || time < times[at - 1]);

test("every frame is shown where seeks are quick enough", () => {
  const { reverse, seen, run } = desk(10);
  reverse.start(1);
  run(1000);
  assert.ok(falls(seen));
  assert.ok(seen.length >= 23 && seen.length <= 25, String(seen.length));
});

test("slow seeks leave frames out, but keep the time", () => {
  const { reverse, seen, state, told, run } = desk(200);
  reverse.start(1);
  run(1500);
  assert.ok(falls(seen));
  assert.ok(seen.length < 10);
  assert.ok(Math.abs(state.get().time - 0.5) < 0.3, String(state.get().time));
  const truly = seen.filter((_, at) => at > 0).length / 1.5;
  const [, said] = told.at(-1).match(/^Backwards 1x · (\d+) of 24 frames a second shown$/);
  assert.ok(Math.abs(Number(said) - truly) <= 1.5);
});

test("twice the speed goes twice as far", () => {
  const { reverse, state, run } = desk(10);
  reverse.start(2);
  run(500);
  assert.ok(Math.abs(state.get().time - 1) < 0.1);
});

test("at the beginning it goes on from the end; in a loop, from the loop's", () => {
  for (const [loop, first, last] of [[null, 0, LENGTH], [{ in: 1.5, out: 2.5 }, 1.5, 2.5]]) {
    const { reverse, seen, run } = desk(10, loop);
    reverse.start(1);
    run(3000);
    assert.ok(Math.min(...seen) >= first && Math.min(...seen) < first + 0.1);
    assert.ok(Math.max(...seen) > last - 0.15);
    assert.ok(Math.max(...seen) <= Math.max(2, last));
  }
});

test("it ends when it is stopped, and when something else moves the playhead", () => {
  const stopped = desk(10);
  stopped.reverse.start(1);
  stopped.run(200);
  stopped.reverse.stop();
  const time = stopped.state.get().time;
  stopped.run(200);
  assert.equal(stopped.state.get().time, time);
  assert.equal(stopped.told.at(-1), "");
  for (const change of [{ playing: true }, { time: 4 }]) {
    const taken = desk(10);
    taken.reverse.start(1);
    taken.run(200);
    taken.state.set(change);
    const now = taken.state.get().time;
    taken.run(200);
    assert.equal(taken.state.get().time, now);
    assert.equal(taken.reverse.speed, 0);
  }
});

test("another speed goes on from where it is", () => {
  const { reverse, state, run } = desk(10);
  reverse.start(1);
  run(500);
  reverse.start(4);
  run(250);
  assert.ok(Math.abs(state.get().time - 0.5) < 0.15);
});
