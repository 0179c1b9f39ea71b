import assert from "node:assert/strict";
import { test } from "node:test";

import { addressesIn, mayHoldPicture, readTransfer, readPicture, reasonUnreadable } from "../../../hailuo_widgets/widgets/frame_well/image_input.js";

const carried = (files, address = "") => ({ files, types: [], getData: () => address });

test("of several files the picture is taken", () => {
  const note = { name: "note.txt", type: "text/plain" };
  const photo = { name: "photo.jpg", type: "image/jpeg" };
  assert.equal(readTransfer(carried([note, photo])).picture, photo);
});

test("a file that does not call itself a picture is tried", () => {
  const heic = { name: "photo.heic", type: "" };
  assert.equal(readTransfer(carried([heic])).picture, heic);
});

test("a picture dragged from a page gives its address, other schemes give nothing", () => {
  assert.equal(readTransfer(carried([], "https://example.com/a.jpg\r\nhttps://example.com/b")).picture, "https://example.com/a.jpg");
  assert.equal(readTransfer(carried([], "javascript:alert(1)")).picture, null);
  assert.equal(readTransfer(carried([], "file:///etc/passwd")).picture, null);
});

test("text being dragged is left to the page", () => {
  assert.equal(mayHoldPicture({ types: ["text/plain"] }), false);
  assert.equal(mayHoldPicture({ types: ["Files"] }), true);
});

test("more than 60 MB and empty files are refused with a sentence", () => {
  assert.equal(reasonUnreadable({ name: "a.jpg", size: 60e6 }), "");
  assert.match(reasonUnreadable({ name: "a.jpg", size: 60e6 + 1 }), /60\.0 MB; more than 60 MB is not read/);
  assert.match(reasonUnreadable({ name: "a.jpg", size: 0 }), /empty/);
});

/** What is dropped or pasted, by its types. */
const given = (texts, files = []) => ({ files, types: Object.keys(texts), getData: (type) => texts[type] ?? "" });
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const noHTML = () => [];

test("remarks, blank lines and every kind of line end are read in a list of addresses", () => {
  assert.deepEqual(addressesIn("# from the web\r\n\r\n https://a/1.jpg \r# x\nhttps://a/2.jpg"), ["https://a/1.jpg", "https://a/2.jpg"]);
  assert.equal(readTransfer(given({ "text/uri-list": "#c\r\nhttps://a/1.jpg\r\nhttps://a/2.jpg\r\n" })).count, 2);
});

test("a picture in HTML comes before the link around it", () => {
  const search = given({ "text/html": "<a><img></a>", "text/uri-list": "https://search/page" });
  assert.equal(readTransfer(search, () => ["https://pictures/cat.jpg"]).picture, "https://pictures/cat.jpg");
  // An address that begins nowhere is none; the link may be one.
  assert.equal(readTransfer(search, () => ["cat.jpg"]).picture, "https://search/page");
});

test("pictures come as data and blob addresses, and as pasted text", () => {
  for (const address of [`data:image/png;base64,${PIXEL}`, "blob:https://host/1-2", "HTTPS://host/a.jpg"]) {
    assert.equal(readTransfer(given({ "text/plain": `  ${address}\n` }), noHTML).picture, address);
  }
});

test("what can not be taken says why", () => {
  const why = (texts) => readTransfer(given(texts), noHTML).why;
  assert.match(why({ "text/uri-list": "#\r\nfile:///home/me/my%20cat.jpg\r\n" }), /may not read a file by its address \(my cat\.jpg\).*Choose/);
  assert.match(why({ "text/uri-list": "ftp://host/cat.jpg" }), /“ftp:”/);
  assert.match(why({ "text/uri-list": "javascript:alert(1)" }), /“javascript:”/);
  assert.match(why({ "text/plain": "data:text/html,<script>" }), /“data:”/);
  assert.match(why({ "text/plain": "slow push in, golden hour" }), /no picture/);
  assert.match(why({}), /no picture/);
  assert.equal(readTransfer(given({ "text/plain": "javascript:alert(1)" }), noHTML).picture, null);
});

test("a data address becomes a file, letter for letter", async () => {
  const wrapped = PIXEL.replace(/(.{20})/g, "$1\n");
  for (const body of [PIXEL, wrapped, encodeURIComponent(PIXEL)]) {
    const file = await readPicture(`data:image/png;base64,${body}`);
    assert.deepEqual([file.name, file.type], ["picture.png", "image/png"]);
    assert.equal(Buffer.from(await file.arrayBuffer()).toString("base64"), PIXEL);
  }
  assert.equal((await readPicture("data:image/svg+xml;utf8,%3Csvg/%3E")).name, "picture.svg");
});

test("damaged data is said, whatever it is", async () => {
  for (const address of ["data:image/png;base64,%%%", "data:image/png;base64,*", "data:image/png", "data:image/png;base64,", "data:image/"]) {
    await assert.rejects(readPicture(address), /damaged/, address);
  }
});

test("the page reads what only it can reach: its own server's files, and what it has made", async () => {
  const asked = [];
  const page = (type, ok = true) => ({ origin: "https://hub", get: async (address) => (asked.push(address), { ok, blob: async () => new Blob(["x"], { type }) }) });
  assert.equal((await readPicture("https://hub/user/me/files/a%20cat.jpg?x=1", page("image/jpeg"))).name, "a cat.jpg");
  assert.equal((await readPicture("blob:https://hub/1", page("image/webp"))).name, "picture.webp");
  // A login page, or another host: the kernel fetches it, or says why not.
  assert.equal(await readPicture("https://hub/login", page("text/html")), "https://hub/login");
  assert.equal(await readPicture("https://else/a.jpg", page("image/jpeg")), "https://else/a.jpg");
  await assert.rejects(readPicture("blob:https://else/1", page("", false)), /keeps it to itself/);
  assert.equal(asked.includes("https://else/a.jpg"), false);
});
