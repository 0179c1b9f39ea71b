import assert from "node:assert/strict";
import { test } from "node:test";

import { asker, isAsking } from "../../../hailuo_widgets/widgets/page/asker.js";
import { LONG, Refusal, WAITING, channel } from "../../../hailuo_widgets/widgets/shared/rpc.js";

const settled = () => new Promise((done) => setImmediate(done));

/** A control, as far as asking touches one. */
function control() {
  const attributes = new Map();
  return {
    attributes,
    setAttribute: (name, value) => attributes.set(name, value),
    removeAttribute: (name) => attributes.delete(name),
    getAttribute: (name) => attributes.get(name) ?? null,
  };
}

/** A clock that goes when the test says so. */
function clock() {
  let now = 0;
  const waits = new Set();
  return {
    after(call, seconds) {
      const wait = { at: now + seconds, call };
      waits.add(wait);
      return () => waits.delete(wait);
    },
    go(seconds) {
      now += seconds;
      for (const wait of [...waits].sort((one, other) => one.at - other.at)) {
        if (wait.at > now || !waits.delete(wait)) continue;
        wait.call();
      }
    },
    get waits() {
      return waits.size;
    },
  };
}

/** The page's side with the kernel's, the clock's and Jupyter's in the test's hands. */
function page() {
  const listeners = new Map();
  const sent = [];
  const time = clock();
  const view = new AbortController();
  const told = [];
  const life = { ended: false };
  const model = {
    send: (content) => sent.push(content),
    on: (event, callback) => listeners.set(event, callback),
    off: (event) => listeners.delete(event),
  };
  const messages = channel(model, view.signal, () => life.ended);
  const asks = asker({ messages, box: { show: (now) => told.push(now) }, signal: view.signal, after: time.after });
  const say = (fields) => listeners.get("msg:custom")({ id: sent.at(-1).id, ...fields }, []);
  return { asks, sent, time, view, say, life, model, end: () => ((life.ended = true), listeners.get("comm_live_update")()), now: () => told.at(-1), told };
}

test("a control that has asked is marked, not disabled, and is free again with the answer", async () => {
  const { asks, say } = page();
  const press = control();
  const answer = asks.ask("run", { amount: "$1" }, { pressed: [press] });
  assert.equal(isAsking(press), true);
  assert.deepEqual(Object.fromEntries(press.attributes), { "aria-busy": "true", "aria-disabled": "true" });
  say({ ok: true, made: 3 });
  assert.equal((await answer).fields.made, 3);
  assert.equal(press.attributes.size, 0);
});

test("a second press before the answer asks nothing", async () => {
  const { asks, sent, say } = page();
  const press = control();
  const first = asks.ask("another", {}, { pressed: [press] });
  assert.equal(await asks.ask("another", {}, { pressed: [press] }), null);
  assert.equal(sent.length, 1);
  say({ ok: true });
  await first;
  asks.ask("another", {}, { pressed: [press] });
  assert.equal(sent.length, 2);
});

test("a refusal is shown, and goes with the next question", async () => {
  const { asks, say, now } = page();
  const answer = asks.ask("decide");
  say({ ok: false, error: "There is no such job." });
  assert.equal(await answer, null);
  assert.equal(now().refusal, "There is no such job.");
  asks.ask("decide");
  assert.equal(now().refusal, "");
});

test("a busy kernel is said after a moment, and no longer once it answers", async () => {
  const { asks, say, now, time } = page();
  const answer = asks.ask("retry");
  time.go(2);
  assert.equal(now().waiting, "");
  time.go(2);
  assert.equal(now().waiting, WAITING);
  say({ ok: true });
  await answer;
  assert.equal(now().waiting, "");
  assert.equal(time.waits, 0);
});

test("an answer that never comes is said after a minute", () => {
  const { asks, now, time } = page();
  asks.ask("pause");
  time.go(59);
  assert.equal(now().waiting, WAITING);
  time.go(2);
  assert.equal(now().waiting, LONG);
});

test("a kernel at work on it is not called busy", () => {
  const { asks, say, now, time } = page();
  asks.ask("take_home");
  time.go(4);
  assert.equal(now().waiting, WAITING);
  say({ begun: true });
  assert.equal(now().waiting, "");
  time.go(40);
  assert.equal(now().waiting, "");
  time.go(40);
  assert.equal(now().waiting, LONG);
});

test("two that wait are said until both are answered", async () => {
  const { asks, sent, now, time, say } = page();
  const one = asks.ask("star");
  time.go(1);
  asks.ask("note");
  time.go(3);
  assert.equal(now().waiting, WAITING);
  say({ id: sent[0].id, ok: true });
  await one;
  assert.equal(now().waiting, WAITING);
});

test("a kernel that ends while it is asked is said, and nothing stays marked", async () => {
  const { asks, now, end, time } = page();
  const press = control();
  const answer = asks.ask("last_frame", {}, { pressed: [press] });
  end();
  assert.equal(await answer, null);
  assert.match(now().refusal, /has ended/);
  assert.equal(isAsking(press), false);
  assert.equal(time.waits, 0);
});

test("a kernel that has ended is said at once", async () => {
  const { asks, now, life, sent } = page();
  life.ended = true;
  assert.equal(await asks.ask("run"), null);
  assert.match(now().refusal, /has ended/);
  assert.equal(sent.length, 0);
});

test("a kernel that can not be reached is a sentence", async () => {
  const { asks, now, model } = page();
  model.send = () => {
    throw new Error("Cannot send");
  };
  await asks.ask("run");
  assert.match(now().refusal, /has ended/);
});

test("what the page asks by itself takes back no refusal, and rejects", async () => {
  const { asks, now, time } = page();
  asks.refuse("There is no such job.");
  const work = asks.waiting(() => Promise.reject(new Refusal("no")));
  await assert.rejects(work, /no/);
  assert.equal(now().refusal, "There is no such job.");
  asks.waiting(() => new Promise(() => {}));
  time.go(4);
  assert.deepEqual(now(), { refusal: "There is no such job.", waiting: WAITING, note: "" });
});

test("after the view is gone nothing is shown", async () => {
  const { asks, view, told } = page();
  const answer = asks.ask("run");
  const before = told.length;
  view.abort();
  await answer;
  await settled();
  assert.equal(told.length, before);
});
