import assert from "node:assert/strict";
import { test } from "node:test";

import { Thumbnails } from "../../../hailuo_widgets/widgets/shared/thumbnails.js";

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
  return { asked, nextFrame, pictures: new Thumbnails({ ask, tell() {} }, new AbortController().signal) };
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
