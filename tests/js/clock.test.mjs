import assert from "node:assert/strict";
import { test } from "node:test";

import { frameAfterKey, frameAt, middleOf, seeker, timecode } from "../../hailuo_widgets/widgets/static/clock.js";

const RATES = [12, 23.976, 24, 25, 29.97, 30, 60];

test("every frame's middle is inside that frame, at all rates", () => {
  for (const fps of RATES) {
    for (let frame = 0; frame < 1000; frame += 1) assert.equal(frameAt(middleOf(frame, fps), fps, 1000), frame);
  }
});

test("a presentation time rounded down to microseconds still belongs to its frame", () => {
  for (const fps of RATES) {
    for (let frame = 0; frame < 1000; frame += 1) {
      const shown = Math.floor((frame / fps) * 1e6) / 1e6;
      assert.equal(frameAt(shown, fps, 1000), frame);
    }
  }
});

test("times outside the clip give its first and last frame", () => {
  assert.equal(frameAt(-1, 24, 120), 0);
  assert.equal(frameAt(99, 24, 120), 119);
});

test("the time code counts minutes, seconds and hundredths", () => {
  assert.equal(timecode(0, 24), "00:00.00");
  assert.equal(timecode(51, 24), "00:02.13");
  assert.equal(timecode(24 * 61, 24), "01:01.00");
});

test("a time code never says 60 seconds", () => {
  assert.equal(timecode(59_999, 1000), "01:00.00");
});

test("arrows go one frame, with shift one second, and stop at the ends", () => {
  const press = (key, shiftKey = false) => frameAfterKey({ key, shiftKey }, 50, 24, 120);
  assert.equal(press("ArrowRight"), 51);
  assert.equal(press("ArrowLeft"), 49);
  assert.equal(press("ArrowRight", true), 74);
  assert.equal(press("Home"), 0);
  assert.equal(press("End"), 119);
  assert.equal(press("a"), null);
  assert.equal(frameAfterKey({ key: "ArrowLeft", shiftKey: true }, 3, 24, 120), 0);
  assert.equal(frameAfterKey({ key: "ArrowRight", shiftKey: false }, 119, 24, 120), 119);
});

test("while one seek is on its way, only the newest wish is kept", () => {
  const started = [];
  const seeks = seeker((frame) => started.push(frame));
  for (const frame of [1, 2, 3, 4]) seeks.want(frame);
  assert.deepEqual(started, [1]);
  assert.equal(seeks.pending, 4);
  seeks.landed();
  assert.deepEqual(started, [1, 4]);
  seeks.landed();
  assert.equal(seeks.pending, null);
});

test("a replaced clip forgets the old one's wishes", () => {
  const started = [];
  const seeks = seeker((frame) => started.push(frame));
  seeks.want(1);
  seeks.want(2);
  seeks.reset();
  seeks.landed();
  assert.deepEqual(started, [1]);
});
