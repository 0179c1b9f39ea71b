import assert from "node:assert/strict";
import { test } from "node:test";

import { timeAhead, longDate, shortDate, timeOfDay } from "../../../hailuo_widgets/widgets/page/dates.js";

const at = (...parts) => new Date(...parts).getTime() / 1000;

test("a date is as short as it can be told apart", () => {
  const now = at(2026, 10, 22, 22, 0);
  assert.equal(shortDate(at(2026, 10, 22, 9, 5), now), "09:05");
  assert.equal(shortDate(at(2026, 10, 21, 9, 5), now), "21 Nov, 09:05");
  assert.equal(shortDate(at(2025, 10, 22, 9, 5), now), "22 Nov 2025");
  assert.equal(longDate(at(2026, 0, 2, 3, 4, 5)), "2 Jan 2026, 03:04:05");
  assert.equal(timeOfDay(at(2026, 0, 2, 3, 4, 5)), "03:04:05");
});

test("a time ahead is rounded down, so that it is never too late", () => {
  assert.equal(timeAhead(6.9 * 86_400), "in 6 days");
  assert.equal(timeAhead(47 * 3600), "in 47 hours");
  assert.equal(timeAhead(61), "in 2 min");
  assert.equal(timeAhead(0), "");
});
