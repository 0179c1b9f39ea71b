import assert from "node:assert/strict";
import { test } from "node:test";

import { acquire } from "../../../hailuo_widgets/widgets/page/clip_cache.js";

/** A clip that only the kernel can give: on this page there is no Jupyter server to ask. */
function clip(sha256, bytes) {
  const source = { sha256, bytes, relpath: "", asked: 0, broken: false };
  source.messages = {
    ask: () => {
      source.asked += 1;
      const answer = source.broken ? Promise.reject(new Error("gone")) : Promise.resolve({ fields: {}, buffers: [new Uint8Array(1)] });
      return { id: "", answer };
    },
  };
  return source;
}

test("two players of one clip load it once and share its address", async () => {
  const source = clip("shared", 10);
  const [first, second] = [acquire(source), acquire(source)];
  assert.equal(await first.address, await second.address);
  assert.equal(source.asked, 1);
});

test("a clip that is shown no longer is kept for going back", async () => {
  const source = clip("kept", 10);
  const first = acquire(source);
  await first.address;
  first.release();
  assert.equal(await acquire(source).address, await first.address);
  assert.equal(source.asked, 1);
});

test("too many clips that are not shown give way, the oldest first", async () => {
  const [oldest, newer, shown] = [clip("oldest", 150e6), clip("newer", 150e6), clip("shown", 200e6)];
  const showing = acquire(shown);
  await showing.address;
  for (const source of [oldest, newer]) {
    const view = acquire(source);
    await view.address;
    view.release();
    view.release();
  }
  for (const source of [oldest, newer, shown]) source.asked = 0;
  for (const source of [newer, shown, oldest]) await acquire(source).address;
  assert.equal(newer.asked, 0);
  assert.equal(shown.asked, 0);
  assert.ok(oldest.asked > 0);
});

test("a clip that did not arrive is asked for again", async () => {
  const source = clip("broken", 10);
  source.broken = true;
  await assert.rejects(acquire(source).address, /gone/);
  source.broken = false;
  assert.match(await acquire(source).address, /^blob:/);
});
