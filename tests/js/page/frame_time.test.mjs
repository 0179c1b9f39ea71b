import assert from "node:assert/strict";
import { test } from "node:test";

import { frameAfterKey, frameAt, middleOf, presentedFrame, presentedTime, seeker, timecode } from "../../../hailuo_widgets/widgets/page/frame_time.js";

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

test("frames that are presented in later rounds are those of the clip", () => {
  for (const fps of RATES) {
    for (const count of [1, 7, 120, 151]) {
      for (const round of [0, 1, 2, 40]) {
        for (const frame of [0, 1, Math.floor(count / 2), count - 1].filter((each) => each < count)) {
          const time = Math.floor(((round * count + frame) / fps) * 1e6) / 1e6;
          assert.equal(presentedFrame(time, count / fps, fps, count), frame, `${fps} ${count} ${round} ${frame}`);
          assert.equal(presentedFrame(time, NaN, fps, count), frame);
        }
      }
    }
  }
});

test("a video begins anew where its sound has ended, not where its frames have", () => {
  // Measured in Firefox 153: 36 frames at 24 a second, rounds of 1.5 s; and sound that is longer.
  assert.deepEqual([1.1667, 1.5417, 3.0417, 6.0417].map((time) => presentedFrame(time, 1.5, 24, 36)), [28, 1, 1, 1]);
  assert.equal(presentedFrame(1.55, 1.6, 24, 36), 35);
  assert.equal(presentedFrame(3.2 + 10 / 24, 1.6, 24, 36), 10);
});

test("times within the clip stay as they are", () => {
  assert.equal(presentedTime(4.9583, 5, 24, 120), 4.9583);
  assert.equal(presentedFrame(5.0, 5.04, 24, 120), 119);
  assert.equal(presentedFrame(-0.01, 5, 24, 120), 0);
});
