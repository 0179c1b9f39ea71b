import assert from "node:assert/strict";
import { test } from "node:test";

import { MOST_ACTIVE, clipsToLoad } from "../../../../hailuo_widgets/widgets/compare/playback/active_clips.js";

const MANY = Array.from({ length: 40 }, (_, place) => `c${place + 1}`);

test("the first clips are loaded, as many as a machine decodes", () => {
  assert.deepEqual([...clipsToLoad(MANY, [], [])], MANY.slice(0, MOST_ACTIVE));
  assert.deepEqual([...clipsToLoad(["c1"], [], [])], ["c1"]);
  assert.deepEqual([...clipsToLoad([], [], [])], []);
});

test("one that is asked for takes the place of another", () => {
  const now = clipsToLoad(MANY, ["c30", "c20"], []);
  assert.equal(now.size, MOST_ACTIVE);
  assert.ok(now.has("c20") && now.has("c30") && !now.has("c9"));
});

test("a pair that is looked at is always loaded, a picture or a clip that is not here never", () => {
  const asked = MANY.slice(10, 30);
  const now = clipsToLoad(MANY, asked, ["c40", "p1"]);
  assert.ok(now.has("c40") && !now.has("p1"));
  assert.equal(now.size, MOST_ACTIVE);
});
