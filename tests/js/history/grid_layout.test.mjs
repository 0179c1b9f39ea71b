import assert from "node:assert/strict";
import { test } from "node:test";

import { BLOCK, GAP, blocksOf, cardAfterKey, heightOf, layout, rowsInView } from "../../../hailuo_widgets/widgets/history/grid_layout.js";

test("cards share the width, whatever it is", () => {
  for (const width of [0, 90, 268, 390, 519, 520, 1100, 3000]) {
    const { columns, cell, row, picture } = layout(width);
    assert.ok(columns >= 1);
    assert.ok(Math.abs(columns * cell + (columns - 1) * GAP - width) < 1e-6);
    assert.ok(row > picture);
  }
});

test("a phone shows two beside each other, a desk five", () => {
  assert.equal(layout(268).columns, 2);
  assert.equal(layout(1093).columns, 5);
});

test("what is in view is drawn, with a row on each side, and never more", () => {
  const grid = layout(1093);
  const { first, last } = rowsInView(grid, 10_000, 40 * grid.row, 3 * grid.row);
  assert.deepEqual({ first, last }, { first: 39, last: 44 });
  assert.deepEqual(rowsInView(grid, 7, 0, 3 * grid.row), { first: 0, last: 2 });
});

test("scrolled past a list that became short, its last row is drawn", () => {
  const grid = layout(1093);
  assert.deepEqual(rowsInView(grid, 3, 90_000, 600), { first: 0, last: 1 });
});

test("the grid is as high as its rows", () => {
  const grid = layout(1093);
  assert.equal(heightOf(grid, 11), 3 * grid.row - GAP);
  assert.equal(heightOf(grid, 0), 0);
});

test("a range names each block that holds a part of it", () => {
  assert.deepEqual(blocksOf(0, 1), [0]);
  assert.deepEqual(blocksOf(BLOCK - 1, BLOCK + 1), [0, 1]);
  assert.deepEqual(blocksOf(BLOCK, BLOCK), []);
});

test("arrows step inside the grid and stay at its edges", () => {
  const grid = { columns: 4, count: 10, page: 2 };
  const from = (index, key, ctrlKey = false) => cardAfterKey({ key, ctrlKey }, index, grid);
  assert.equal(from(5, "ArrowRight"), 6);
  assert.equal(from(5, "ArrowDown"), 9);
  assert.equal(from(7, "ArrowDown"), 7);
  assert.equal(from(0, "ArrowLeft"), 0);
  assert.equal(from(5, "Home"), 4);
  assert.equal(from(5, "End"), 7);
  assert.equal(from(9, "End"), 9);
  assert.equal(from(5, "Home", true), 0);
  assert.equal(from(0, "End", true), 9);
  assert.equal(from(1, "PageDown"), 9);
  assert.equal(from(9, "PageUp"), 1);
  assert.equal(from(5, "x"), null);
});
