import assert from "node:assert/strict";
import { test } from "node:test";

import * as strip from "../../../hailuo_widgets/widgets/strip/timeline.js";

const PARTS = [
  { fps: 24, frames: 120 },
  { fps: 30, frames: 1 },
  { fps: 23.976, frames: 47 },
  { fps: 12, frames: 60 },
];
const TOTAL = 228;

test("the whole has all frames and lasts as long as all clips", () => {
  const { frames, seconds } = strip.totalOf(PARTS);
  assert.equal(frames, TOTAL);
  assert.ok(Math.abs(seconds - (5 + 1 / 30 + 47 / 23.976 + 5)) < 1e-9);
  assert.deepEqual(strip.totalOf([]), { frames: 0, seconds: 0 });
});

test("cuts are where the clips begin, but the first", () => {
  assert.deepEqual(strip.cuts(PARTS), [120, 121, 168]);
  assert.deepEqual(strip.cuts([PARTS[0]]), []);
  assert.deepEqual(strip.cuts([]), []);
});

test("every frame has one number, one place and one time", () => {
  let before = -1;
  for (let number = 0; number < TOTAL; number += 1) {
    const place = strip.placeOf(PARTS, number);
    assert.equal(strip.numberOf(PARTS, place), number);
    const time = strip.timeOf(PARTS, place);
    assert.ok(time > before);
    before = time;
    assert.deepEqual(strip.placeAt(PARTS, time), place, `frame ${number}`);
    const rounded = Math.floor(time * 1e6) / 1e6;
    assert.deepEqual(strip.placeAt(PARTS, rounded), place, `frame ${number}, rounded down`);
    const { fps } = PARTS[place.part];
    assert.deepEqual(strip.placeAt(PARTS, time + 0.9 / fps), place, `frame ${number}, later`);
  }
});

test("what lies beyond the ends is the frame there", () => {
  assert.deepEqual(strip.placeOf(PARTS, -5), { part: 0, frame: 0 });
  assert.deepEqual(strip.placeOf(PARTS, 999), { part: 3, frame: 59 });
  assert.deepEqual(strip.placeAt(PARTS, -1), { part: 0, frame: 0 });
  assert.deepEqual(strip.placeAt(PARTS, 99), { part: 3, frame: 59 });
});

test("arrows step across cuts both ways, through all frames, and stop at the ends", () => {
  const step = (key, place) => strip.placeAfterKey({ key, shiftKey: false }, place, PARTS);
  let place = { part: 0, frame: 0 };
  for (let number = 1; number < TOTAL; number += 1) {
    place = step("ArrowRight", place);
    assert.equal(strip.numberOf(PARTS, place), number);
  }
  assert.deepEqual(step("ArrowRight", place), place);
  for (let number = TOTAL - 2; number >= 0; number -= 1) {
    place = step("ArrowLeft", place);
    assert.equal(strip.numberOf(PARTS, place), number);
  }
  assert.deepEqual(step("ArrowLeft", place), place);
});

test("with shift they go one second, whatever rates lie between", () => {
  const go = (key, place) => strip.placeAfterKey({ key, shiftKey: true }, place, PARTS);
  const after = go("ArrowRight", { part: 0, frame: 108 });
  assert.equal(after.part, 2);
  const time = strip.timeOf(PARTS, after);
  assert.ok(time <= 5.5 && time > 5.5 - 1 / 23);
  assert.deepEqual(go("ArrowLeft", { part: 0, frame: 3 }), { part: 0, frame: 0 });
  assert.deepEqual(go("ArrowRight", { part: 3, frame: 55 }), { part: 3, frame: 59 });
});

test("home and end go to the whole's ends, other keys nowhere", () => {
  const go = (key) => strip.placeAfterKey({ key, shiftKey: false }, { part: 1, frame: 0 }, PARTS);
  assert.deepEqual(go("Home"), { part: 0, frame: 0 });
  assert.deepEqual(go("End"), { part: 3, frame: 59 });
  assert.equal(go("a"), null);
});

test("after the last clip comes the first one in a loop, else nothing", () => {
  assert.equal(strip.partAfter(3, 0, false), 1);
  assert.equal(strip.partAfter(3, 2, false), null);
  assert.equal(strip.partAfter(3, 2, true), 0);
  assert.equal(strip.partAfter(1, 0, true), 0);
});

test("a thing moves by places, and ends stop it", () => {
  assert.deepEqual(strip.reorder(["a", "b", "c"], "a", 1), ["b", "a", "c"]);
  assert.deepEqual(strip.reorder(["a", "b", "c"], "c", -1), ["a", "c", "b"]);
  assert.deepEqual(strip.reorder(["a", "b", "c"], "a", -1), ["a", "b", "c"]);
  assert.deepEqual(strip.reorder(["a", "b", "c"], "a", 9), ["b", "c", "a"]);
});

test("a dragged thing goes where it is let go of, and stays when that is its own place", () => {
  const middles = [50, 150, 250, 350];
  for (const x of [0, 50, 149]) assert.equal(strip.dropShift(middles, 0, x), 0);
  assert.equal(strip.dropShift(middles, 0, 151), 1);
  assert.equal(strip.dropShift(middles, 0, 999), 3);
  assert.equal(strip.dropShift(middles, 3, 0), -3);
  assert.equal(strip.dropShift(middles, 2, 200), 0);
  assert.equal(strip.dropShift(middles, 2, 349), 0);
});
