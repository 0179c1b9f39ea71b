import assert from "node:assert/strict";
import { test } from "node:test";

import { AHEAD_SECONDS, FAR_SECONDS, STARTING_PACE, SLOW_GAIN, commonRate, correction, frameDue, roundToStep, durationOf, nextLateness, length, nextPace, playedSpan, snapToFrame, stepRate, stepFrom, commonTime, watchablePace } from "../../../../hailuo_widgets/widgets/compare/playback/playhead.js";

const clip = (fps = 24, frames = 120, offset = 0) => ({ fps, frames, offset });

/** Numbers that are the same in every run. @param {number} seed */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

test("clips of one rate are compared by frame, others by time", () => {
  assert.equal(commonRate([clip(24), clip(24, 60)]), 24);
  assert.equal(commonRate([clip(24), clip(24.0005)]), 24);
  assert.equal(commonRate([clip(24), clip(25)]), 0);
  assert.equal(commonRate([]), 0);
  assert.equal(commonRate([clip(0)]), 0);
});

test("a step passes over no frame of the quickest clip", () => {
  assert.equal(stepRate([clip(24), clip(30)]), 30);
  assert.equal(stepRate([]), 24);
});

test("all of it lasts until the last clip has ended, offsets included", () => {
  assert.equal(durationOf(clip(24, 120)), 5);
  assert.equal(durationOf(clip(0, 120)), 0);
  assert.equal(length([clip(24, 120), clip(30, 90)]), 5);
  assert.equal(length([clip(24, 120, 1), clip(24, 96, -1.5)]), 5.5);
  assert.equal(length([]), 0);
});

test("there and back by any steps is the same frame, within what there is", () => {
  const random = numbers(7);
  for (let trial = 0; trial < 2000; trial += 1) {
    const rate = [23.976, 24, 25, 29.97, 30, 60][Math.floor(random() * 6)];
    const frames = 1 + Math.floor(random() * 300);
    const whole = frames / rate;
    const start = snapToFrame(random() * whole, rate, whole);
    const by = Math.floor(random() * 400) - 200;
    const there = stepFrom(start, by, rate, whole);
    const frame = Math.floor(there * rate + 1e-9);
    assert.ok(frame >= 0 && frame < frames, `${frame} of ${frames}`);
    assert.ok(Math.abs(there * rate - frame - 0.5) < 1e-6, "the middle of a frame");
    const from = Math.floor(start * rate + 1e-9);
    if (from + by >= 0 && from + by < frames) {
      assert.equal(frame, from + by);
      assert.ok(Math.abs(stepFrom(there, -by, rate, whole) - start) < 1e-9);
    }
  }
});

test("a clip that has no picture for a time holds its first or last frame", () => {
  assert.equal(frameDue(clip(24, 48), 10), 47);
  assert.equal(frameDue(clip(24, 48, -1), 0.5), 0);
  assert.equal(frameDue(clip(24, 48, -1), 1.5 + 0.5 / 24), 12);
  assert.equal(frameDue(clip(24, 48, 0.5), 0), 12);
  assert.equal(frameDue(clip(30, 1), 3), 0);
});

test("equal rates show equal frame numbers at every time", () => {
  for (let frame = 0; frame < 120; frame += 1) {
    const time = snapToFrame(frame / 24, 24, 5);
    assert.equal(frameDue(clip(24), time), frame);
    assert.equal(frameDue(clip(24, 120, 5 / 24), time), Math.min(119, frame + 5));
  }
});

test("different rates show what is due at the same time", () => {
  const time = snapToFrame(2, 30, 5);
  assert.equal(frameDue(clip(30, 150), time), 60);
  assert.equal(frameDue(clip(24, 120), time), 48);
});

test("a loop is played as far as it lies within the clips", () => {
  assert.deepEqual(playedSpan(null, [clip()]), { in: 0, out: 5 });
  assert.deepEqual(playedSpan({ in: 1, out: 2 }, [clip()]), { in: 1, out: 2 });
  assert.deepEqual(playedSpan({ in: 1, out: 99 }, [clip()]), { in: 1, out: 5 });
  assert.deepEqual(playedSpan({ in: 7, out: 9 }, [clip()]), { in: 0, out: 5 });
  assert.deepEqual(playedSpan({ in: 2, out: 2 }, [clip()]), { in: 0, out: 5 });
});

const FIELD = { first: 1, slowest: 1, time: 1, speed: 1, rate: 1, late: 16 };

test("who is with the others is let alone, who leads is slowed, then waits", () => {
  const at = (/** @type {number} */ frames) => correction({ position: 1 + frames / 24, fps: 24 }, { ...FIELD, first: 1 + frames / 24 });
  assert.deepEqual(at(0), { kind: "none" });
  assert.deepEqual(at(0.2), { kind: "none" });
  const slowed = at(0.75);
  assert.equal(slowed.kind, "rate");
  assert.ok(slowed.rate > 0.3 && slowed.rate < 0.7);
  assert.deepEqual(at(1.3), { kind: "rate", rate: 0 });
  assert.deepEqual(at(20), { kind: "rate", rate: 0 });
});

test("no speed is one that browsers refuse", () => {
  for (let lead = 0; lead < 3; lead += 0.01) {
    for (const rate of [0.25, 0.5, 1, 2, 4]) {
      const found = correction({ position: 1 + lead / 24, fps: 24 }, { ...FIELD, first: 1 + lead / 24, speed: rate, rate });
      if (found.kind === "rate") assert.ok(found.rate === 0 || (found.rate >= 1 / 16 && found.rate <= rate));
    }
  }
});

test("the last one hurries while the others wait, but not past them before the next look", () => {
  const at = (/** @type {number} */ late) => correction({ position: 1, fps: 24 }, { ...FIELD, first: 1 + 4 / 24, speed: 0.2, late });
  assert.deepEqual(at(16), { kind: "rate", rate: 1 });
  const found = at(400);
  assert.ok(found.kind === "rate" && found.rate > 0.3 && found.rate * 0.4 * 24 <= 4.3);
  assert.deepEqual(at(5000), { kind: "rate", rate: 0.2 });
});

test("who is far away is fetched, to a place a little ahead where it waits", () => {
  assert.deepEqual(correction({ position: 1, fps: 24 }, { ...FIELD, time: 1 + FAR_SECONDS + 0.1 }), { kind: "seek", to: 1 + FAR_SECONDS + 0.1 + AHEAD_SECONDS });
  assert.deepEqual(correction({ position: 4.9, fps: 24 }, FIELD), { kind: "seek", to: 1 + AHEAD_SECONDS });
});

test("the playhead is with the last of all, never goes back, and does not wait for one that is far away", () => {
  const mark = (/** @type {number} */ position) => ({ position, fps: 24 });
  assert.equal(commonTime([mark(1.2), mark(1.1)], 1, 1), 1.1);
  assert.equal(commonTime([mark(0.9), mark(1.1)], 1, 1), 1);
  assert.equal(commonTime([mark(3), mark(5)], 3, 1), 3);
  assert.equal(commonTime([mark(0), mark(3)], 3, 1), 3);
  assert.equal(commonTime([mark(4), mark(4.5)], 1, 1), 4);
  assert.equal(commonTime([], 2, 1), 2);
});

test("the pace falls only while one is being lost, and rises again", () => {
  assert.equal(nextPace(1, 0.5, 0.4, 16, SLOW_GAIN), 1);
  const fallen = nextPace(1, 2, 0.5, 16, SLOW_GAIN);
  assert.ok(fallen < 0.8);
  assert.ok(nextPace(fallen, 2, 2, 16, SLOW_GAIN) > fallen, "who waits for the others loses nobody");
  let pace = 0.2;
  for (let step = 0; step < 60 * 20; step += 1) pace = nextPace(pace, 0.2, 0.2, 1000 / 60, SLOW_GAIN);
  assert.equal(pace, 1);
  for (let step = 0; step < 100; step += 1) pace = nextPace(pace, 5, 0, 16, SLOW_GAIN);
  assert.ok(pace > 0.05, "they never stop for good");
});

test("a page that looks late plays slowly, for a while", () => {
  const smooth = nextLateness(1000 / 60, 1000 / 60);
  assert.equal(watchablePace(smooth, 24), 1);
  assert.equal(watchablePace(100, 24), 1);
  let late = nextLateness(smooth, 600);
  assert.ok(watchablePace(late, 24) < 0.25);
  for (let now = 0; now < 8000; now += 1000 / 60) late = nextLateness(late, 1000 / 60);
  assert.equal(watchablePace(late, 24), 1);
  assert.ok(watchablePace(1e6, 60) > 0.05);
});

/**
 * Videos that play by themselves at the speed they are told, between looks that come late now and
 * then, and of which one or the other cannot be decoded for a while.
 */
function simulate({ seed, clips, seconds, stalls, late }) {
  const random = numbers(seed);
  const videos = Array.from({ length: clips }, () => ({ position: random() * 0.02, speed: 1, stalled: 0 }));
  let time = 0;
  let pace = STARTING_PACE;
  let spread = 0;
  let seen = 0;
  /** @type {number[]} */
  const apart = [];
  for (let now = 0; now < seconds; ) {
    const since = random() < late ? 0.06 + random() * 0.2 : 1 / 60;
    now += since;
    for (const video of videos) {
      if (video.stalled <= 0 && random() < stalls * since) video.stalled = random() * 0.6;
      const moves = Math.max(0, since - Math.max(0, video.stalled));
      video.stalled -= since;
      video.position += moves * video.speed;
    }
    const marks = videos.map(({ position }) => ({ position, fps: 24 }));
    time = commonTime(marks, time, 1);
    const places = marks.map(({ position }) => position);
    const next = (Math.max(...places) - Math.min(...places)) * 24;
    pace = nextPace(pace, next, spread, since * 1000, SLOW_GAIN);
    spread = next;
    seen = nextLateness(seen, since * 1000);
    const share = roundToStep(Math.min(pace, watchablePace(seen, 24)));
    videos.forEach((video, place) => {
      const field = { first: Math.max(...places), slowest: Math.min(...places), time, speed: share, rate: 1, late: seen };
      const found = correction(marks[place], field);
      assert.notEqual(found.kind, "seek");
      video.speed = found.kind === "rate" ? found.rate : share;
    });
    apart.push(next);
  }
  apart.sort((one, other) => one - other);
  return { p95: apart[Math.floor(apart.length * 0.95)], most: apart.at(-1), time };
}

test("on a machine that keeps up no video drifts, and no speed is lost", () => {
  for (let seed = 1; seed < 20; seed += 1) {
    const { most, time } = simulate({ seed, clips: 4, seconds: 30, stalls: 0, late: 0.02 });
    assert.ok(most < 0.6, `${most} frames`);
    assert.ok(time > 20);
  }
});

test("nine clips that stall by turns that are looked at late now and then stay together, and get on", () => {
  for (let seed = 1; seed < 20; seed += 1) {
    const { p95, most, time } = simulate({ seed, clips: 9, seconds: 60, stalls: 0.3, late: 0.05 });
    assert.ok(p95 <= 1.75, `p95 ${p95} frames`);
    assert.ok(most <= 3.5, `at most ${most} frames`);
    assert.ok(time > 5, `${time} s in 60`);
  }
});
