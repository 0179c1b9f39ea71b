import assert from "node:assert/strict";
import { test } from "node:test";

import { SLIDERS, completePair, describeValue, slideBy, nextAgainst, pick, swap } from "../../../../hailuo_widgets/widgets/compare/modes/pair.js";

const IDS = ["one", "two", "three", "start"];

test("A and B are never the same clip", () => {
  for (const a of IDS) {
    for (const b of IDS.filter((id) => id !== a)) {
      for (const slot of ["a", "b"]) {
        for (const id of IDS) {
          const after = pick({ a, b }, slot, id);
          assert.notEqual(after.a, after.b);
          assert.equal(after[slot], id);
        }
      }
    }
  }
});

test("taking the other one's place changes them over", () => {
  assert.deepEqual(pick({ a: "one", b: "two" }, "a", "two"), { a: "two", b: "one" });
  assert.deepEqual(pick({ a: "one", b: "two" }, "b", "three"), { a: "one", b: "three" });
  assert.deepEqual(swap({ a: "one", b: "two" }), { a: "two", b: "one" });
});

test("what was never chosen or is gone gives way to what is there", () => {
  assert.deepEqual(completePair({ a: "", b: "" }, IDS), { a: "one", b: "two" });
  assert.deepEqual(completePair({ a: "", b: "one" }, IDS), { a: "two", b: "one" });
  assert.deepEqual(completePair({ a: "three", b: "" }, IDS), { a: "three", b: "one" });
  assert.deepEqual(completePair({ a: "three", b: "gone" }, IDS), { a: "three", b: "one" });
  assert.deepEqual(completePair({ a: "three", b: "start" }, IDS), { a: "three", b: "start" });
  assert.deepEqual(completePair({ a: "", b: "" }, ["one"]), { a: "one", b: "" });
  assert.deepEqual(completePair({ a: "x", b: "y" }, []), { a: "", b: "" });
});

test("against goes round: start image, end image, and the clip that was there", () => {
  assert.equal(nextAgainst(["start", "end"], "two", "two"), "start");
  assert.equal(nextAgainst(["start", "end"], "start", "two"), "end");
  assert.equal(nextAgainst(["start", "end"], "end", "two"), "two");
  assert.equal(nextAgainst(["start"], "start", "two"), "two");
  assert.equal(nextAgainst([], "two", "two"), "two");
});

test("sliders stop at their ends and stand on their marks", () => {
  for (const [name, { least, most, step }] of Object.entries(SLIDERS)) {
    assert.equal(slideBy(name, least, -1), least);
    assert.equal(slideBy(name, most, 1), most);
    let value = least;
    for (let turn = 0; turn < (most - least) / step; turn += 1) value = slideBy(name, value, 1);
    assert.equal(value, most);
  }
  assert.equal(slideBy("wipe", 0.5031, 1), 0.52);
  assert.equal(describeValue("onion", 0.35), "35 %");
  assert.equal(describeValue("difference", 4), "4 x");
});
