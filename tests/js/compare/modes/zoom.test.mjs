import assert from "node:assert/strict";
import { test } from "node:test";

import { NEAREST, WHOLE, keepCovered, factorOf, panBy, pinch, zoomBy } from "../../../../hailuo_widgets/widgets/compare/modes/zoom.js";

let seed = 1;
function random() {
  seed = (seed * 48271) % 2147483647;
  return seed / 2147483647;
}

const seenAt = (zoom, place) => ({ x: (place.x - zoom.x) / zoom.scale, y: (place.y - zoom.y) / zoom.scale });
const near = (one, two) => Math.abs(one.x - two.x) < 1e-9 && Math.abs(one.y - two.y) < 1e-9;
const covers = ({ scale, x, y }) => x <= 1e-12 && y <= 1e-12 && x + scale >= 1 - 1e-12 && y + scale >= 1 - 1e-12;
const some = () => zoomBy(zoomBy(WHOLE, 1 + 7 * random(), { x: random(), y: random() }), 0.5 + random(), { x: random(), y: random() });

test("the point under the pointer stays, nearer and nearer", () => {
  for (let trial = 0; trial < 500; trial += 1) {
    const before = some();
    const at = { x: random(), y: random() };
    const after = zoomBy(before, 1 + 2 * random(), at);
    assert.ok(near(seenAt(before, at), seenAt(after, at)));
  }
});

test("and farther, wherever the picture still covers its cell", () => {
  let stayed = 0;
  for (let trial = 0; trial < 500; trial += 1) {
    const before = some();
    const at = { x: random(), y: random() };
    const ratio = Math.max(1, before.scale * 0.8) / before.scale;
    const free = { scale: before.scale * ratio, x: at.x - (at.x - before.x) * ratio, y: at.y - (at.y - before.y) * ratio };
    const after = zoomBy(before, 0.8, at);
    assert.ok(covers(after));
    if (!covers(free)) continue;
    stayed += 1;
    assert.ok(near(seenAt(before, at), seenAt(after, at)));
  }
  assert.ok(stayed > 100);
});

test("no way of moving leaves a gap or goes beyond the limits", () => {
  let zoom = WHOLE;
  for (let step = 0; step < 2000; step += 1) {
    const kind = Math.floor(random() * 3);
    const place = () => ({ x: random() * 1.4 - 0.2, y: random() * 1.4 - 0.2 });
    if (kind === 0) zoom = zoomBy(zoom, 0.3 + 3 * random(), place());
    else if (kind === 1) zoom = panBy(zoom, 4 * random() - 2, 4 * random() - 2);
    else zoom = pinch(zoom, [place(), place()], [place(), place()], 16 / 9);
    assert.ok(covers(zoom), JSON.stringify(zoom));
    assert.ok(zoom.scale >= 1 && zoom.scale <= NEAREST);
  }
});

test("a zoom of nothing is the whole picture exactly", () => {
  assert.equal(keepCovered({ scale: 0.4, x: -3, y: 2 }), WHOLE);
  assert.equal(zoomBy(zoomBy(WHOLE, 4, { x: 0.9, y: 0.1 }), 1 / 8, { x: 0.2, y: 0.7 }), WHOLE);
});

test("dragging moves the picture with the pointer", () => {
  const before = zoomBy(WHOLE, 4);
  const after = panBy(before, 0.2, -0.1);
  assert.ok(near(seenAt(before, { x: 0.5, y: 0.5 }), seenAt(after, { x: 0.7, y: 0.4 })));
});

test("what two fingers hold stays between them", () => {
  const before = zoomBy(WHOLE, 2);
  const from = [{ x: 0.4, y: 0.5 }, { x: 0.6, y: 0.5 }];
  const to = [{ x: 0.3, y: 0.45 }, { x: 0.6, y: 0.45 }];
  const after = pinch(before, from, to, 16 / 9);
  assert.ok(Math.abs(after.scale - 3) < 1e-9);
  assert.ok(near(seenAt(before, { x: 0.5, y: 0.5 }), seenAt(after, { x: 0.45, y: 0.45 })));
});

test("fingers on one spot do not send the picture off", () => {
  const same = [{ x: 0.5, y: 0.5 }, { x: 0.5, y: 0.5 }];
  assert.ok(covers(pinch(WHOLE, same, [{ x: 0.2, y: 0.2 }, { x: 0.8, y: 0.8 }], 1)));
});

test("a turn of the wheel and its way back meet again", () => {
  for (const deltaMode of [0, 1, 2]) {
    const turn = (deltaY, ctrlKey = false) => factorOf({ deltaY, deltaMode, ctrlKey }, 800);
    assert.ok(turn(-1) > 1 && turn(1) < 1);
    assert.ok(Math.abs(turn(-3) * turn(3) - 1) < 1e-12);
    assert.ok(turn(-9999) <= 2);
    assert.ok(turn(-1, true) >= turn(-1));
  }
});
