import assert from "node:assert/strict";
import { test } from "node:test";

import { upload } from "../../../hailuo_widgets/widgets/shared/transfer.js";

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A kernel that answers as the test says. */
function kernel() {
  const told = [];
  let hear;
  let finish;
  return {
    told,
    want: (offset, length) => hear({ offset, length }),
    finish: () => finish({ fields: {}, buffers: [] }),
    ask(kind, fields, listener) {
      told.push({ kind, ...fields });
      hear = listener;
      return { id: "u1", answer: new Promise((resolve) => (finish = resolve)) };
    },
    tell: (id, kind, fields, buffer) => told.push({ id, kind, ...fields, bytes: buffer && [...new Uint8Array(buffer)] }),
  };
}

test("an upload announces itself and sends the bytes that are asked for", async () => {
  const remote = kernel();
  const shares = [];
  const done = upload(remote, new Blob([new Uint8Array([1, 2, 3, 4, 5])]), "a.jpg", (share) => shares.push(share), new AbortController().signal);
  assert.deepEqual(remote.told, [{ kind: "upload", name: "a.jpg", size: 5, type: "" }]);
  remote.want(2, 10);
  await settle();
  await settle();
  assert.deepEqual(remote.told[1], { id: "u1", kind: "piece", offset: 2, bytes: [3, 4, 5] });
  assert.deepEqual(shares, [1]);
  remote.finish();
  await done;
});

test("a cancelled upload says so and sends nothing more", async () => {
  const remote = kernel();
  const person = new AbortController();
  upload(remote, new Blob(["abc"]), "a.jpg", () => {}, person.signal);
  person.abort();
  remote.want(0, 3);
  await settle();
  await settle();
  assert.deepEqual(remote.told.slice(1), [{ id: "u1", kind: "cancel", why: "person", bytes: undefined }]);
});
