import assert from "node:assert/strict";
import { test } from "node:test";

import { PagedList } from "../../../hailuo_widgets/widgets/history/paged_list.js";
import { BLOCK } from "../../../hailuo_widgets/widgets/history/grid_layout.js";

const settled = () => new Promise((done) => setImmediate(done));

/** A kernel whose answers come when the test says so. */
function kernel(total = 1000) {
  const asked = [];
  const heard = { fresh: [], failed: [] };
  const list = new PagedList(
    {
      search: (filter, offset, limit) =>
        new Promise((resolve, reject) => {
          const cards = Array.from({ length: Math.max(0, Math.min(limit, total - offset)) }, (_, step) => `${filter}${offset + step}`);
          asked.push({ filter, offset, answer: () => resolve({ total, all: 2000, cards }), refuse: () => reject(new Error("no")) });
        }),
      changed: (fresh) => heard.fresh.push(fresh),
      failed: (reason) => heard.failed.push(reason.message),
    },
    "",
  );
  return { list, asked, heard };
}

test("a search brings the first block and how many there are", async () => {
  const { list, asked, heard } = kernel();
  list.search("snow");
  assert.equal(list.known, false);
  asked[0].answer();
  await settled();
  assert.deepEqual([list.count, list.all, list.card(3), list.card(BLOCK), list.filter], [1000, 2000, "snow3", null, "snow"]);
  assert.deepEqual(heard.fresh, [true]);
});

test("what is typed while a search runs is one next search: the newest", async () => {
  const { list, asked } = kernel();
  for (const words of ["s", "sn", "sno"]) list.search(words);
  assert.equal(asked.length, 1);
  asked[0].answer();
  await settled();
  assert.deepEqual(asked.map(({ filter }) => filter), ["s", "sno"]);
  asked[1].answer();
  await settled();
  assert.equal(list.card(0), "sno0");
});

test("each block in view is asked for once, a few at a time", async () => {
  const { list, asked } = kernel();
  list.search("");
  asked[0].answer();
  await settled();
  list.need(0, 6 * BLOCK);
  list.need(0, 6 * BLOCK);
  assert.deepEqual(asked.slice(1).map(({ offset }) => offset), [BLOCK, 2 * BLOCK, 3 * BLOCK]);
  asked[1].answer();
  await settled();
  assert.equal(asked.at(-1).offset, 4 * BLOCK);
  assert.equal(list.card(BLOCK), `${BLOCK}`);
});

test("what was scrolled past is not asked for", async () => {
  const { list, asked } = kernel(100_000);
  list.search("");
  asked[0].answer();
  await settled();
  list.need(10 * BLOCK, 20 * BLOCK);
  list.need(500 * BLOCK, 501 * BLOCK);
  for (const question of asked.slice(1)) question.answer();
  await settled();
  assert.deepEqual(asked.slice(1).map(({ offset }) => offset / BLOCK), [10, 11, 12, 500]);
});

test("an answer to the list before is dropped", async () => {
  const { list, asked } = kernel();
  list.search("a");
  asked[0].answer();
  await settled();
  list.need(BLOCK, BLOCK + 1);
  list.search("b");
  asked[2].answer();
  await settled();
  asked[1].answer();
  await settled();
  assert.equal(list.card(BLOCK), null);
  assert.equal(list.card(0), "b0");
});

test("after a change what is in view is asked for again, and shown meanwhile", async () => {
  const { list, asked } = kernel();
  list.search("");
  asked[0].answer();
  await settled();
  list.need(0, 10);
  assert.equal(asked.length, 1);
  list.refresh();
  assert.equal(asked.length, 2);
  assert.equal(list.card(0), "0");
});

test("a refusal is reported, and asked again only when something is needed again", async () => {
  const { list, asked, heard } = kernel();
  list.search("");
  asked[0].answer();
  await settled();
  list.need(BLOCK, BLOCK + 1);
  asked[1].refuse();
  await settled();
  assert.deepEqual(heard.failed, ["no"]);
  assert.equal(asked.length, 2);
  list.need(BLOCK, BLOCK + 1);
  assert.equal(asked.length, 3);
});

test("a list that was empty is asked for again when something may have come", async () => {
  const asked = [];
  let there = 0;
  const list = new PagedList(
    {
      search: async (filter, offset, limit) => {
        asked.push({ filter, offset });
        return { total: there, all: there, cards: Array.from({ length: Math.min(there, limit) }, (_, step) => step) };
      },
      changed() {},
      failed() {},
    },
    "snow",
  );
  list.search("snow");
  await settled();
  assert.deepEqual([list.count, list.known], [0, true]);
  there = 2;
  list.refresh();
  await settled();
  assert.deepEqual([list.count, list.all, list.card(1)], [2, 2, 1]);
  assert.deepEqual(asked, [{ filter: "snow", offset: 0 }, { filter: "snow", offset: 0 }]);
});

test("what failed while nothing was in view is asked for at the next change", async () => {
  let works = true;
  const list = new PagedList(
    {
      search: async () => {
        if (!works) throw new Error("gone");
        return { total: 1, all: 1, cards: ["a"] };
      },
      changed() {},
      failed() {},
    },
    "",
  );
  list.search("");
  await settled();
  works = false;
  list.need(0, 1);
  list.refresh();
  await settled();
  works = true;
  list.refresh();
  await settled();
  assert.equal(list.card(0), "a");
});
