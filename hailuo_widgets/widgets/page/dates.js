/** Times in words. Pure: the time it is now is an argument. */

const DAY = 86_400;

/**
 * Return a time as short as it can be told apart: `14:05`, `22 Nov, 14:05`, `22 Nov 2025`.
 * @param {number} seconds since 1970
 * @param {number} now seconds since 1970
 */
export function shortDate(seconds, now) {
  const date = new Date(seconds * 1000);
  const today = new Date(now * 1000);
  const minute = date.toLocaleTimeString("en-GB", { timeStyle: "short" });
  if (date.toDateString() === today.toDateString()) return minute;
  return date.getFullYear() === today.getFullYear() ? `${day(date)}, ${minute}` : `${day(date)} ${date.getFullYear()}`;
}

/** Return a time as `2 Jan 2026, 03:04:05`. @param {number} seconds since 1970 */
export function longDate(seconds) {
  const date = new Date(seconds * 1000);
  return `${day(date)} ${date.getFullYear()}, ${timeOfDay(seconds)}`;
}

/** Return a time as `03:04:05`. @param {number} seconds since 1970 */
export function timeOfDay(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString("en-GB");
}

/**
 * Return how long something is ahead, rounded so that one is not late: `in 5 days`, `in 40 min`; empty when it is over.
 * @param {number} seconds from now
 */
export function timeAhead(seconds) {
  if (seconds <= 0) return "";
  if (seconds >= 2 * DAY) return `in ${Math.floor(seconds / DAY)} days`;
  if (seconds >= 7200) return `in ${Math.floor(seconds / 3600)} hours`;
  return `in ${Math.ceil(seconds / 60)} min`;
}

// British English has `Sept`; all other months are three letters long.
/** @param {Date} date */
function day(date) {
  return `${date.getDate()} ${date.toLocaleString("en", { month: "short" })}`;
}
