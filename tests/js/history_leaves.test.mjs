import assert from "node:assert/strict";
import { test } from "node:test";

import { ahead, longDate, shortDate, timeOfDay } from "../../hailuo_widgets/widgets/page/dates.js";
import { picks } from "../../hailuo_widgets/widgets/history/selection.js";
import { thumbs } from "../../hailuo_widgets/widgets/shared/thumbnails.js";

const at = (...parts) => new Date(...parts).getTime() / 1000;

test("a date is as short as it can be told apart", () => {
  const now = at(2026, 10, 22, 22, 0);
  assert.equal(shortDate(at(2026, 10, 22, 9, 5), now), "09:05");
  assert.equal(shortDate(at(2026, 10, 21, 9, 5), now), "21 Nov, 09:05");
  assert.equal(shortDate(at(2025, 10, 22, 9, 5), now), "22 Nov 2025");
  assert.equal(longDate(at(2026, 0, 2, 3, 4, 5)), "2 Jan 2026, 03:04:05");
  assert.equal(timeOfDay(at(2026, 0, 2, 3, 4, 5)), "03:04:05");
});

test("what is ahead is rounded so that nobody comes too late", () => {
  assert.equal(ahead(6.9 * 86_400), "in 6 days");
  assert.equal(ahead(47 * 3600), "in 47 hours");
  assert.equal(ahead(61), "in 2 min");
  assert.equal(ahead(0), "");
});

test("a range goes from the tick before, in either direction", () => {
  const ticked = picks();
  assert.equal(ticked.span(4), null);
  ticked.set(7, "g", true);
  assert.deepEqual(ticked.span(4), [4, 7]);
  assert.deepEqual(ticked.span(9), [7, 9]);
  ticked.setAll(["d", "e"], true);
  ticked.set(7, "g", false);
  assert.deepEqual(ticked.ids(), ["d", "e"]);
  ticked.moved();
  assert.equal(ticked.span(9), null);
  ticked.clear();
  assert.equal(ticked.count, 0);
});

/** A kernel that has a picture for every key but those that end with "gone". */
function gallery(t) {
  const asked = [];
  const addresses = [];
  const frames = [];
  globalThis.window = { devicePixelRatio: 1 };
  globalThis.requestAnimationFrame = (callback) => frames.push(callback);
  t.mock.method(URL, "createObjectURL", (blob) => addresses.push(blob) && `blob:${addresses.length}`);
  t.mock.method(URL, "revokeObjectURL", () => {});
  const ask = (_, { keys }) => {
    asked.push(keys);
    const buffers = keys.map((key) => new DataView(new ArrayBuffer(key.includes("gone") ? 0 : 4)));
    return { id: "1", answer: Promise.resolve({ fields: {}, buffers }) };
  };
  const nextFrame = async () => {
    for (const callback of frames.splice(0)) callback();
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  return { asked, nextFrame, pictures: thumbs({ ask, tell() {} }, new AbortController().signal) };
}

test("pictures that are wanted together are asked for together, a few at a time, each once", async (t) => {
  const { asked, nextFrame, pictures } = gallery(t);
  const shown = [];
  for (let number = 0; number < 8; number += 1) pictures.want(`clip:${number}`, (address) => shown.push(address));
  pictures.want("clip:0", (address) => shown.push(address));
  await nextFrame();
  assert.deepEqual(asked.map((keys) => keys.length), [6, 2]);
  assert.equal(asked[0][0], "clip:0@240");
  assert.equal(shown.length, 9);
  pictures.want("clip:0", (address) => shown.push(address));
  assert.equal(shown.length, 10);
  await nextFrame();
  assert.equal(asked.length, 2);
});

test("what has left the view is not asked for", async (t) => {
  const { asked, nextFrame, pictures } = gallery(t);
  const unwant = pictures.want("clip:a", () => assert.fail("it is not wanted"));
  pictures.want("clip:b", () => {});
  unwant();
  await nextFrame();
  assert.deepEqual(asked, [["clip:b@240"]]);
});

test("a picture that is gone shows nothing, and may come later", async (t) => {
  const { asked, nextFrame, pictures } = gallery(t);
  for (const _ of [1, 2]) {
    pictures.want("clip:gone", () => assert.fail("there is none"));
    await nextFrame();
  }
  assert.equal(asked.length, 2);
});
