import assert from "node:assert/strict";
import { test } from "node:test";

import { PIECE, WINDOW, pull } from "../../../hailuo_widgets/widgets/shared/pull.js";

/** Fetches whose answers the test gives, one by one and in the order it likes. */
function held() {
  const open = [];
  const fetchPiece = (offset, length) => new Promise((resolve, reject) => open.push({ offset, length, resolve, reject }));
  return { open, fetchPiece };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test("pieces cover a file exactly, whatever its size", async () => {
  for (const size of [1, PIECE - 1, PIECE, PIECE + 1, 5 * PIECE + 7]) {
    const asked = await pull(size, async (offset, length) => ({ offset, length }));
    let end = 0;
    for (const { offset, length } of asked) {
      assert.equal(offset, end);
      assert.ok(length > 0 && length <= PIECE);
      end += length;
    }
    assert.equal(end, size);
  }
});

test("an empty file has no pieces", async () => {
  assert.deepEqual(await pull(0, assert.fail), []);
});

test("only a few pieces are on the way at a time", async () => {
  const { open, fetchPiece } = held();
  const done = pull(9 * PIECE, fetchPiece);
  await settle();
  assert.equal(open.length, WINDOW);
  open[0].resolve("x");
  await settle();
  assert.equal(open.length, WINDOW + 1);
  for (let index = 0; index < 9; index += 1) {
    open[index].resolve("x");
    await settle();
  }
  await done;
});

test("pieces that arrive out of order are put in order", async () => {
  const { open, fetchPiece } = held();
  const done = pull(3 * PIECE, fetchPiece);
  await settle();
  for (const index of [2, 0, 1]) open[index].resolve(open[index].offset / PIECE);
  assert.deepEqual(await done, [0, 1, 2]);
});

test("progress ends at one", async () => {
  const seen = [];
  await pull(2 * PIECE, async () => "x", (share) => seen.push(share));
  assert.deepEqual(seen, [0.5, 1]);
});

test("one refused piece ends the whole", async () => {
  await assert.rejects(
    pull(6 * PIECE, async (offset) => {
      if (offset === PIECE) throw new Error("gone");
    }),
    /gone/,
  );
});
