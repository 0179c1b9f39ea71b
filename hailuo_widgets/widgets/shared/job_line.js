/** Jobs as lines: what is going on, for how long, and how far along it may be. */

import { confirm, confirmBox } from "../page/confirm.js";
import { button, el } from "../page/dom.js";

/**
 * Something that only the user can decide.
 * @typedef {object} Choice
 * @property {string} act
 * @property {string} label
 * @property {string} prediction the found prediction it is about, or ""
 * @property {string} facts to decide by
 * @property {string} confirm what is asked first; "" where it is not
 */

/** @typedef {{ act: string, prediction: string, label: string, confirmed?: boolean }} Decision what the user chose */

/**
 * @typedef {object} Line
 * @property {number | undefined} key names it in a form
 * @property {string} about which request it is, where that is not plain
 * @property {string} headline what is shown instead of the usual words, when it ended without clip
 * @property {Choice[]} choices
 * @property {string} state
 * @property {string} words
 * @property {boolean} draft
 * @property {number} started seconds since 1970, by the kernel's clock
 * @property {[number, number]} expected seconds
 * @property {boolean} ended
 * @property {number | null} seconds how long it took
 * @property {string} money
 * @property {string} error
 */

/**
 * Return a line in words, with its seconds.
 * @param {Line} line
 * @param {number} now seconds since 1970, by the kernel's clock
 */
export function describeLine(line, now) {
  if (line.error) return line.headline || (line.draft ? "No draft" : "No clip");
  if (line.ended) {
    const took = line.seconds !== null && !line.money.includes("library") ? ` in ${formatDuration(line.seconds)}` : "";
    return `${line.draft ? "Draft" : "Clip"} ready${took} · ${line.money}`;
  }
  // It is not known how long a search takes.
  if (line.state === "unknown") return `${line.words.replace(/^./u, (letter) => letter.toUpperCase())} · ${line.money}`;
  const elapsed = Math.max(0, now - line.started);
  const [fastest, slowest] = line.expected;
  const rest =
    elapsed > slowest
      ? `${formatDuration(elapsed)}, longer than the usual ${formatDuration(slowest)}`
      : `${formatDuration(elapsed)} of about ${formatDuration((fastest + slowest) / 2)}`;
  return [line.words, rest, line.draft ? "" : line.money].filter(Boolean).join(" · ");
}

/**
 * Return the share of the expected time that has gone; never all of it, as the estimate is not a promise.
 * @param {Line} line
 * @param {number} now
 */
export function shareDone(line, now) {
  if (line.ended) return 1;
  const elapsed = Math.max(0, now - line.started);
  return Math.min(0.97, elapsed / line.expected[1]);
}

/** @param {number} seconds */
export function formatDuration(seconds) {
  const whole = Math.round(seconds);
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * Return what a screen reader says of a line: states, not seconds.
 * @param {Line} line
 */
export function describeForScreenReader(line) {
  const kind = line.draft ? "Draft" : "Clip";
  if (line.error) return `${line.headline || `${kind} failed`}. ${line.error}`;
  return line.ended ? describeLine(line, line.started) : `${kind}: ${line.words}`;
}

/**
 * Return the kernel's clock, as far as this page can tell: the machine's own may differ.
 * @param {import("./rpc.js").Channel} messages
 * @returns {() => number} seconds since 1970
 */
export function kernelClock(messages) {
  let offset = 0;
  const asked = Date.now();
  messages.ask("now").answer.then(
    ({ fields }) => {
      offset = fields.now - (asked + Date.now()) / 2000;
    },
    () => {},
  );
  return () => Date.now() / 1000 + offset;
}

/**
 * The buttons of a job that waits for a decision.
 * @param {Line} line
 * @param {(decision: Decision, pressed: HTMLElement) => void} decide
 */
function choiceButtons(line, decide) {
  const place = el("div", { class: "hw-progress-choices" });
  const others = el("div", { class: "hw-row" });
  const question = confirmBox();
  for (const choice of line.choices) {
    const press = button(choice.label);
    const { act, prediction, label, confirm: first } = choice;
    press.addEventListener("click", () => {
      // The label goes along: it says what the press costs, as the user saw it.
      if (!first) decide({ act, prediction, label }, press);
      else confirm(question, { question: first, yes: label, back: press, act: () => decide({ act, prediction, label, confirmed: true }, press) });
    });
    if (choice.facts) {
      place.append(el("div", { class: "hw-progress-found" }, el("span", { dir: "auto" }, choice.facts), press));
    } else {
      others.append(press);
    }
  }
  place.append(others, question);
  return place;
}

/**
 * Keep the lines in a place up to date, seconds included, until the view is gone.
 * @param {HTMLElement} place
 * @param {{ read: () => Line[], now: () => number, decide: (line: Line, decision: Decision, pressed: HTMLElement) => void, signal: AbortSignal }} source
 * @returns {() => void} draws anew, after the lines have changed
 */
export function jobLines(place, { read, now, decide, signal }) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {{ line: Line, words: HTMLElement, bar: HTMLProgressElement }[]} */
  let rows = [];

  function tick() {
    for (const { line, words, bar } of rows) {
      words.textContent = describeLine(line, now());
      bar.value = shareDone(line, now());
    }
    clearTimeout(timer);
    if (rows.some(({ line }) => !line.ended) && !signal.aborted) timer = setTimeout(tick, 200);
  }

  /** @param {{ line: Line, words: HTMLElement, bar: HTMLProgressElement }} row */
  function drawRow({ line, words, bar }) {
    const row = el("div", { class: `hw-progress-line ${line.ended ? "hw-progress-ended" : ""}` });
    if (line.about) row.append(el("span", { class: "hw-progress-about", dir: "auto" }, line.about));
    row.append(words);
    if (!line.ended && line.state !== "unknown") row.append(bar);
    const care = line.choices.length > 0 ? "hw-box-care" : "hw-box-bad";
    const rest = line.error ? [el("div", {}, line.error)] : [];
    if (line.choices.length > 0) rest.push(choiceButtons(line, (decision, pressed) => decide(line, decision, pressed)));
    if (rest.length > 0) row.append(el("div", { class: `hw-box ${care}` }, ...rest));
    return row;
  }

  signal.addEventListener("abort", () => clearTimeout(timer));
  return () => {
    rows = read().map((line) => ({
      line,
      words: el("span", { class: "hw-progress-words" }),
      bar: el("progress", { class: "hw-progress-bar", max: 1, "aria-hidden": "true" }),
    }));
    place.replaceChildren(...rows.map(drawRow));
    tick();
  };
}
