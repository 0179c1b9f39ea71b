import assert from "node:assert/strict";
import { test } from "node:test";

import { Selection } from "../../../hailuo_widgets/widgets/history/selection.js";

test("a range goes from the tick before, in either direction", () => {
  const ticked = new Selection();
  assert.equal(ticked.span(4), null);
  ticked.set(7, "g", true);
  assert.deepEqual(ticked.span(4), [4, 7]);
  assert.deepEqual(ticked.span(9), [7, 9]);
  ticked.setAll(["d", "e"], true);
  ticked.set(7, "g", false);
  assert.deepEqual(ticked.ids(), ["d", "e"]);
  ticked.forgetPlaces();
  assert.equal(ticked.span(9), null);
  ticked.clear();
  assert.equal(ticked.count, 0);
});
