import assert from "node:assert/strict";
import { test } from "node:test";

import { LIVE_AT_MOST, chosen } from "../../hailuo_widgets/widgets/compare/playback/active_clips.js";
import { store } from "../../hailuo_widgets/widgets/page/store.js";

const MANY = Array.from({ length: 40 }, (_, place) => `c${place + 1}`);

test("the first clips live, as many as a machine decodes", () => {
  assert.deepEqual([...chosen(MANY, [], [])], MANY.slice(0, LIVE_AT_MOST));
  assert.deepEqual([...chosen(["c1"], [], [])], ["c1"]);
  assert.deepEqual([...chosen([], [], [])], []);
});

test("one that is asked for takes the place of another", () => {
  const now = chosen(MANY, ["c30", "c20"], []);
  assert.equal(now.size, LIVE_AT_MOST);
  assert.ok(now.has("c20") && now.has("c30") && !now.has("c9"));
});

test("a pair that is looked at always lives, a picture or a clip that is not here never", () => {
  const asked = MANY.slice(10, 30);
  const now = chosen(MANY, asked, ["c40", "p1"]);
  assert.ok(now.has("c40") && !now.has("p1"));
  assert.equal(now.size, LIVE_AT_MOST);
});

test("a state tells its hearers what is new, and nobody when nothing is", () => {
  const state = store({ time: 0, mode: "grid" });
  /** @type {unknown[]} */
  const heard = [];
  const ends = new AbortController();
  state.subscribe((now, before) => heard.push([now.time, before.time]), ends.signal);
  state.set({ time: 0 });
  state.set({ time: 1 });
  ends.abort();
  state.set({ time: 2 });
  assert.deepEqual(heard, [[1, 0]]);
  assert.equal(state.get().time, 2);
});
