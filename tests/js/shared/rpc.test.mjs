import assert from "node:assert/strict";
import { test } from "node:test";

import { Refusal, channel } from "../../../hailuo_widgets/widgets/shared/rpc.js";

/** The browser's side of a widget, with the kernel's side in the test's hands. */
function model() {
  const listeners = new Set();
  return {
    sent: [],
    send(content, _, buffers) {
      this.sent.push({ ...content, buffers });
    },
    on: (event, callback) => event === "msg:custom" && listeners.add(callback),
    off: (event, callback) => listeners.delete(callback),
    hear: (content, buffers) => listeners.forEach((callback) => callback(content, buffers)),
    listeners,
  };
}

test("a question is answered with its fields and buffers", async () => {
  const remote = model();
  const { answer } = channel(remote, new AbortController().signal).ask("poster", { sha256: "a" });
  const [{ id, kind, sha256 }] = remote.sent;
  assert.deepEqual({ kind, sha256 }, { kind: "poster", sha256: "a" });
  remote.hear({ id, ok: true, size: 3 }, ["bytes"]);
  assert.deepEqual(await answer, { fields: { id, ok: true, size: 3 }, buffers: ["bytes"] });
});

test("a refusal carries the kernel's sentence", async () => {
  const remote = model();
  const { id, answer } = channel(remote, new AbortController().signal).ask("url");
  remote.hear({ id, ok: false, error: "There is no such picture." });
  await assert.rejects(answer, new Refusal("There is no such picture."));
});

test("answers to other views' questions are not ours", async () => {
  const remote = model();
  const { id, answer } = channel(remote, new AbortController().signal).ask("now");
  remote.hear({ id: "another", ok: true, now: 1 });
  remote.hear({ id, ok: true, now: 2 });
  assert.equal((await answer).fields.now, 2);
});

test("what comes between question and answer is progress", () => {
  const remote = model();
  const heard = [];
  const { id } = channel(remote, new AbortController().signal).ask("upload", {}, (fields) => heard.push(fields.offset));
  remote.hear({ id, kind: "want", offset: 7 });
  assert.deepEqual(heard, [7]);
});

test("a view that goes leaves no listener and no open question", async () => {
  const remote = model();
  const view = new AbortController();
  const { answer } = channel(remote, view.signal).ask("now");
  view.abort();
  await assert.rejects(answer, /view is gone/);
  assert.equal(remote.listeners.size, 0);
});

test("a kernel that is gone is a sentence, not an exception", async () => {
  const remote = model();
  remote.send = () => {
    throw new Error("Cannot send");
  };
  await assert.rejects(channel(remote, new AbortController().signal).ask("run").answer, /Run its cell again/);
});
