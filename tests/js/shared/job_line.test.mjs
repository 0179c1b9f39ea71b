import assert from "node:assert/strict";
import { test } from "node:test";

import { formatDuration, describeLine, shareDone, describeForScreenReader } from "../../../hailuo_widgets/widgets/shared/job_line.js";

const line = {
  state: "processing",
  words: "processing",
  draft: true,
  started: 1000,
  expected: [30, 90],
  ended: false,
  seconds: null,
  money: "free",
  error: "",
};

test("a job on its way says its state, its seconds and what is expected", () => {
  assert.equal(describeLine(line, 1023), "processing · 23 s of about 60 s");
});

test("a paid job on its way says its price", () => {
  assert.equal(describeLine({ ...line, draft: false, money: "$0.49" }, 1023), "processing · 23 s of about 60 s · $0.49");
});

test("a late job says so instead of promising", () => {
  assert.equal(describeLine(line, 1125), "processing · 2 min 5 s, longer than the usual 90 s");
});

test("a clock that runs behind never shows negative seconds", () => {
  assert.equal(describeLine(line, 990), "processing · 0 s of about 60 s");
});

test("an ended job says how long it took and what it cost", () => {
  assert.equal(describeLine({ ...line, ended: true, seconds: 4.23 }, 0), "Draft ready in 4.2 s · free");
});

test("a clip from the library took no time and no money", () => {
  const words = describeLine({ ...line, ended: true, seconds: 9999, money: "$0, already in your library" }, 0);
  assert.equal(words, "Draft ready · $0, already in your library");
});

test("the bar fills with time and is never whole before the end", () => {
  assert.equal(shareDone(line, 1045), 0.5);
  assert.equal(shareDone(line, 9999), 0.97);
  assert.equal(shareDone({ ...line, ended: true }, 1001), 1);
});

test("durations are written as they are read out", () => {
  assert.deepEqual([0, 4.04, 9.94, 9.96, 23.4, 119, 125].map(formatDuration), [
    "0 s", "4 s", "9.9 s", "10 s", "23 s", "119 s", "2 min 5 s",
  ]);
});

test("a screen reader hears states and failures, not seconds", () => {
  assert.equal(describeForScreenReader(line), "Draft: processing");
  assert.equal(describeForScreenReader({ ...line, ended: true, error: "It was refused." }), "Draft failed. It was refused.");
});
