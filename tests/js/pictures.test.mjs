import assert from "node:assert/strict";
import { test } from "node:test";

import { mayHoldPicture, pictureFrom, whyNot } from "../../hailuo_widgets/widgets/static/pictures.js";

const carried = (files, address = "") => ({ files, types: [], getData: () => address });

test("of several files the picture is taken", () => {
  const note = { name: "note.txt", type: "text/plain" };
  const photo = { name: "photo.jpg", type: "image/jpeg" };
  assert.equal(pictureFrom(carried([note, photo])), photo);
});

test("a file that does not call itself a picture is tried", () => {
  const heic = { name: "photo.heic", type: "" };
  assert.equal(pictureFrom(carried([heic])), heic);
});

test("a picture dragged from a page gives its address, other schemes give nothing", () => {
  assert.equal(pictureFrom(carried([], "https://example.com/a.jpg\r\nhttps://example.com/b")), "https://example.com/a.jpg");
  assert.equal(pictureFrom(carried([], "javascript:alert(1)")), null);
  assert.equal(pictureFrom(carried([], "file:///etc/passwd")), null);
});

test("text being dragged is left to the page", () => {
  assert.equal(mayHoldPicture({ types: ["text/plain"] }), false);
  assert.equal(mayHoldPicture({ types: ["Files"] }), true);
});

test("more than 60 MB and empty files are refused with a sentence", () => {
  assert.equal(whyNot({ name: "a.jpg", size: 60e6 }), "");
  assert.match(whyNot({ name: "a.jpg", size: 60e6 + 1 }), /60\.0 MB; more than 60 MB is not read/);
  assert.match(whyNot({ name: "a.jpg", size: 0 }), /empty/);
});
