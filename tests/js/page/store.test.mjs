import assert from "node:assert/strict";
import { test } from "node:test";

import { store } from "../../../hailuo_widgets/widgets/page/store.js";

test("a store tells its subscribers what is new, and nothing when nothing is", () => {
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
