/** Times as people say them. Pure: the time it is now is an argument. */

const DAY = 86_400;

/**
 * @param {number} seconds since 1970
 * @param {number} now seconds since 1970
 * @returns {string} as short as it can be told apart: `14:05`, `22 Nov, 14:05`, `22 Nov 2025`
 */
export function shortDate(seconds, now) {
  const then = new Date(seconds * 1000);
  const today = new Date(now * 1000);
  if (then.toDateString() === today.toDateString()) return clock(then);
  const day = `${then.getDate()} ${month(then)}`;
  return then.getFullYear() === today.getFullYear() ? `${day}, ${clock(then)}` : `${day} ${then.getFullYear()}`;
}

/** @param {number} seconds since 1970 */
export function longDate(seconds) {
  const then = new Date(seconds * 1000);
  return `${then.getDate()} ${month(then)} ${then.getFullYear()}, ${timeOfDay(seconds)}`;
}

/** @param {number} seconds since 1970 */
export function timeOfDay(seconds) {
  const then = new Date(seconds * 1000);
  return `${clock(then)}:${String(then.getSeconds()).padStart(2, "0")}`;
}

/**
 * @param {number} seconds from now
 * @returns {string} such as `in 5 days`, `in 40 min`; empty when it is over
 */
export function ahead(seconds) {
  if (seconds <= 0) return "";
  if (seconds >= 2 * DAY) return `in ${Math.floor(seconds / DAY)} days`;
  if (seconds >= 7200) return `in ${Math.floor(seconds / 3600)} hours`;
  return `in ${Math.ceil(seconds / 60)} min`;
}

/** @param {Date} then */
function clock(then) {
  return `${String(then.getHours()).padStart(2, "0")}:${String(then.getMinutes()).padStart(2, "0")}`;
}

/** @param {Date} then */
function month(then) {
  return then.toLocaleString("en", { month: "short" });
}
