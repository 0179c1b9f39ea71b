import assert from "node:assert/strict";
import { test } from "node:test";

import { COLUMNS, USUAL_COLUMNS, instants, breakLines, layOutSheet, layOutFrames } from "../../../../hailuo_widgets/widgets/compare/saving/sheet_layout.js";

const HD = { width: 1920, height: 1080 };
const TALL = { width: 720, height: 1280 };
const inside = (box, { width, height }) => box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height;
const apart = (one, two) =>
  one.x + one.width <= two.x || two.x + two.width <= one.x || one.y + one.height <= two.y || two.y + two.height <= one.y;

test("instants are even, both ends included", () => {
  assert.deepEqual(instants(0, 5, 6), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(instants(1, 2, 3), [1, 1.5, 2]);
  assert.deepEqual(instants(2, 2, 3), [2, 2, 2]);
  assert.deepEqual(instants(2, 9, 1), [2]);
});

test("the usual number of instants can be chosen", () => assert.ok(COLUMNS.includes(USUAL_COLUMNS)));

test("on a sheet nothing lies on another thing or outside", () => {
  for (const columns of COLUMNS) {
    for (const clips of [[HD], [HD, TALL], Array(9).fill(HD), Array(40).fill(TALL)]) {
      const made = layOutSheet(clips, columns, 480);
      const boxes = made.rows.flatMap(({ label, pictures }) => [label, ...pictures]);
      for (const [at, box] of boxes.entries()) {
        assert.ok(inside(box, made));
        for (const other of boxes.slice(at + 1)) assert.ok(apart(box, other));
      }
    }
  }
});

test("a sheet of many clips stays within what a browser can draw, and keeps shapes", () => {
  const made = layOutSheet(Array(40).fill(TALL), 12, 960);
  assert.ok(made.width * made.height <= 17e6);
  const { width, height } = made.rows[0].pictures[0];
  assert.ok(Math.abs(height / width - 1280 / 720) < 0.02);
});

test("saved frames keep their own pixels while there is room", () => {
  const two = layOutFrames([HD, HD], 2, 1);
  assert.equal(two.places[0].picture.width, 1920);
  assert.equal(two.places[0].picture.height, 1080);
  assert.ok(layOutFrames(Array(9).fill(HD), 3, 1).places[0].picture.width < 1920);
});

test("saved frames and their labels lie apart and inside", () => {
  for (const pictures of [[HD], [HD, TALL, HD], Array(9).fill(HD), Array(40).fill(TALL)]) {
    const columns = Math.ceil(Math.sqrt(pictures.length));
    const made = layOutFrames(pictures, columns, 2);
    const boxes = made.places.flatMap(({ picture, label }) => [picture, label]);
    for (const [at, box] of boxes.entries()) {
      assert.ok(inside(box, made));
      for (const other of boxes.slice(at + 1)) assert.ok(apart(box, other));
    }
    assert.ok(made.width * made.height <= 17e6);
  }
});

const measure = (text) => [...text].length;

test("words break at spaces, and dots say that there is more", () => {
  assert.deepEqual(breakLines("slow push in, dawn light over the sea", 14, 3, measure), ["slow push in,", "dawn light", "over the sea"]);
  assert.deepEqual(breakLines("slow push in, dawn light over the sea", 14, 2, measure), ["slow push in,", "dawn light ov…"]);
  assert.deepEqual(breakLines("short", 14, 2, measure), ["short"]);
  assert.deepEqual(breakLines("  ", 14, 2, measure), []);
});

test("long words and text without spaces break anywhere, but never inside a letter", () => {
  assert.deepEqual(breakLines("黎明海面缓慢推进", 3, 9, measure), ["黎明海", "面缓慢", "推进"]);
  const family = "👩‍👩‍👧";
  for (const line of breakLines(family.repeat(9), 11, 9, measure)) assert.equal(line.replaceAll(family, "").replace("…", ""), "");
  assert.deepEqual(breakLines(family, 1, 1, measure), [`${family}…`]);
});

test("nothing is lost where there are lines enough", () => {
  const text = "a bc def ghij klmno pqrstu vwxyz".repeat(20);
  for (const width of [1, 3, 7, 20]) {
    assert.equal(breakLines(text, width, 9999, measure).join("").replaceAll(" ", ""), text.replaceAll(" ", ""));
  }
});
