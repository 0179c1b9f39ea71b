import assert from "node:assert/strict";
import { test } from "node:test";

import { BY_HAND, KEYS, commandOf, loopAfter, shuttle } from "../../../hailuo_widgets/widgets/compare/keys.js";

const rows = KEYS.flatMap((group) => group.rows);
const keys = rows.flatMap((row) => row.keys);

test("every key of the list does what the list says, and nothing else has it", () => {
  for (const { key, shift, alt, does } of keys) {
    const code = /^\d$/.test(key) ? `Digit${key}` : "";
    assert.equal(commandOf({ key, code, shiftKey: shift, altKey: alt }), does, key);
  }
  const presses = keys.map(({ key, shift, alt }) => `${shift ?? false} ${alt ?? false} ${key}`);
  assert.equal(new Set(presses).size, presses.length);
});

test("every row of the list shows its keys and says in words what they do", () => {
  for (const row of [...rows, ...BY_HAND]) {
    assert.ok(row.words.length > 3 && row.shown.length > 0);
    assert.ok(!row.words.endsWith("."));
  }
});

test("the list holds every key that is promised", () => {
  const shown = rows.flatMap((row) => row.shown);
  for (const key of ["Space", "←", "→", "Shift ←", "Home", "End", "J", "K", "L", "I", "O", "X", "Backspace", "G", "W", "F", "N", "D", "1", "9", "0", "[", "]", "+", "−", "Z", "S", "C", "?", "Esc"]) {
    assert.ok(shown.includes(key), key);
  }
});

test("arrows step a frame, with shift a second, with alt the picture", () => {
  assert.deepEqual(commandOf({ key: "ArrowRight" }), { name: "step", to: 1, held: true });
  assert.deepEqual(commandOf({ key: "ArrowLeft", shiftKey: true }), { name: "jump", to: -1, held: true });
  assert.deepEqual(commandOf({ key: "ArrowLeft", altKey: true }), { name: "pan", to: [1, 0], held: true });
  assert.equal(commandOf({ key: "ArrowLeft", shiftKey: true, altKey: true }), null);
});

test("what the browser and the system use is left to them", () => {
  for (const key of ["s", "+", "-", "ArrowRight", "w", "1", "Home"]) {
    assert.equal(commandOf({ key, code: key === "1" ? "Digit1" : "", ctrlKey: true }), null);
    assert.equal(commandOf({ key, code: key === "1" ? "Digit1" : "", metaKey: true }), null);
  }
  assert.equal(commandOf({ key: "g", isComposing: true }), null);
  assert.equal(commandOf({ key: "g", altKey: true }), null);
  for (const key of ["Tab", "Enter", "F5", "Shift", "q", "é"]) assert.equal(commandOf({ key }), null);
});

test("a locked capital types the same command", () => {
  assert.equal(commandOf({ key: "G" }).to, "grid");
  assert.equal(commandOf({ key: "G", shiftKey: true }), null);
});

test("digits count by their place, whatever shift makes of them", () => {
  const us = commandOf({ key: "@", code: "Digit2", shiftKey: true });
  assert.deepEqual(us.to, { slot: "b", number: 2 });
  const french = commandOf({ key: "é", code: "Digit2" });
  assert.deepEqual(french.to, { slot: "a", number: 2 });
  assert.deepEqual(commandOf({ key: "2", code: "Digit2", shiftKey: true }).to, { slot: "b", number: 2 });
  assert.deepEqual(commandOf({ key: "7", code: "Numpad7" }).to, { slot: "a", number: 7 });
  assert.equal(commandOf({ key: "0", code: "Digit0" }).to, "grid");
  assert.equal(commandOf({ key: "End", code: "Numpad1" }).name, "end");
});

test("brackets and the question mark count by what they print", () => {
  const altGraph = { altKey: true, ctrlKey: true, getModifierState: (name) => name === "AltGraph" };
  assert.equal(commandOf({ key: "[", code: "Digit8", ...altGraph }).to, -1); // German, Windows
  assert.equal(commandOf({ key: "]", code: "Digit6", altKey: true }).to, 1); // German, Mac
  assert.equal(commandOf({ key: "[", code: "Digit5", getModifierState: () => true }).to, -1);
  assert.equal(commandOf({ key: "?", code: "Minus", shiftKey: true }).name, "help"); // German
  assert.equal(commandOf({ key: "+", code: "Equal", shiftKey: true }).to, 1); // US
  assert.equal(commandOf({ key: "-", code: "Digit6" }).name, "zoom"); // French
});

test("a keyboard that prints none of our letters counts by their place", () => {
  assert.equal(commandOf({ key: "о", code: "KeyJ" }).name, "shuttle"); // Russian
  assert.equal(commandOf({ key: "ς", code: "KeyW" }).to, "wipe"); // Greek
  assert.equal(commandOf({ key: "z", code: "KeyY" }).name, "zoom"); // German: z is printed
});

test("J and L climb a ladder, slow down first, and turn round", () => {
  const after = (presses) => [...presses].reduce((speed, key) => shuttle(speed, key === "l" ? 1 : -1), 0);
  assert.equal(after("l"), 1);
  assert.equal(after("ll"), 2);
  assert.equal(after("lllll"), 4);
  assert.equal(after("llj"), 1);
  assert.equal(after("llljjj"), -1);
  assert.equal(after("j"), -1);
  assert.equal(after("jjjj"), -4);
  assert.equal(after("jl"), 1);
  assert.equal(shuttle(0.5, 1), 1);
  assert.equal(shuttle(0.5, -1), -1);
});

test("a loop begins and ends with the frame one sees, and never ends before it begins", () => {
  const frame = (number) => ({ begins: number / 24, ends: (number + 1) / 24 });
  const from = (one, two) => ({ in: one / 24, out: two / 24 });
  assert.deepEqual(loopAfter(null, "in", frame(24), 5), from(24, 120));
  assert.deepEqual(loopAfter(null, "out", frame(47), 5), from(0, 48));
  assert.deepEqual(loopAfter(from(24, 120), "out", frame(47), 5), from(24, 48));
  assert.deepEqual(loopAfter(from(24, 48), "in", frame(36), 5), from(36, 48));
  assert.deepEqual(loopAfter(from(24, 48), "in", frame(60), 5), from(60, 120));
  assert.deepEqual(loopAfter(from(24, 48), "out", frame(10), 5), from(0, 11));
  assert.deepEqual(loopAfter(from(24, 48), "out", frame(24), 5), from(24, 25));
  assert.equal(loopAfter(from(24, 48), null, frame(24), 5), null);
});
