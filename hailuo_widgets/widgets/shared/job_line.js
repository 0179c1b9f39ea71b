/** Jobs as lines: what is going on, for how long, and how far it may be. */

import { confirm, confirmBox } from "../page/confirm.js";
import { button, el } from "../page/dom.js";

/**
 * Something that only a person can decide.
 * @typedef {object} Choice
 * @property {string} act
 * @property {string} label
 * @property {string} prediction the found prediction it is about, or ""
 * @property {string} facts to decide by
 * @property {string} confirm what is asked first; "" where it is not
 */

/** @typedef {{ act: string, prediction: string, label: string, confirmed?: boolean }} Word what a person chose */

/**
 * @typedef {object} Line
 * @property {number | undefined} key names it in a form
 * @property {string} about which request it is, where that is not plain
 * @property {string} headline what is said instead of the usual words, when it ended without clip
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
 * @param {Line} line
 * @param {number} now seconds since 1970, by the kernel's clock
 */
export function sentence(line, now) {
  if (line.error) return line.headline || (line.draft ? "No draft" : "No clip");
  if (line.ended) {
    const took = line.seconds !== null && !line.money.includes("library") ? ` in ${duration(line.seconds)}` : "";
    return `${line.draft ? "Draft" : "Clip"} ready${took} · ${line.money}`;
  }
  // Nobody knows how long a search takes.
  if (line.state === "unknown") return `${line.words.replace(/^./u, (letter) => letter.toUpperCase())} · ${line.money}`;
  const elapsed = Math.max(0, now - line.started);
  const [fastest, slowest] = line.expected;
  const rest =
    elapsed > slowest
      ? `${duration(elapsed)}, longer than the usual ${duration(slowest)}`
      : `${duration(elapsed)} of about ${duration((fastest + slowest) / 2)}`;
  return [line.words, rest, line.draft ? "" : line.money].filter(Boolean).join(" · ");
}

/**
 * How much of the expected time has gone; never whole, as the estimate is not a promise.
 * @param {Line} line
 * @param {number} now
 */
export function share(line, now) {
  if (line.ended) return 1;
  const elapsed = Math.max(0, now - line.started);
  return Math.min(0.97, elapsed / line.expected[1]);
}

/** @param {number} seconds */
export function duration(seconds) {
  const whole = Math.round(seconds);
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * What a screen reader should say of a line: states, not seconds.
 * @param {Line} line
 */
export function spoken(line) {
  const kind = line.draft ? "Draft" : "Clip";
  if (line.error) return `${line.headline || `${kind} failed`}. ${line.error}`;
  return line.ended ? sentence(line, line.started) : `${kind}: ${line.words}`;
}

/**
 * The kernel's clock, as this page can tell it: the machine's own may differ.
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
 * What a person may do about a job that waits for their word.
 * @param {Line} line
 * @param {(word: Word, pressed: HTMLElement) => void} decide
 */
function choices(line, decide) {
  const place = el("div", { class: "hw-progress-choices" });
  const others = el("div", { class: "hw-row" });
  const sure = confirmBox();
  for (const choice of line.choices) {
    const press = button(choice.label);
    const { act, prediction, label, confirm: question } = choice;
    press.addEventListener("click", () => {
      // The label goes along: it says what the press costs, as the person saw it.
      if (!question) decide({ act, prediction, label }, press);
      else confirm(sure, { question, yes: label, back: press, act: () => decide({ act, prediction, label, confirmed: true }, press) });
    });
    if (choice.facts) {
      place.append(el("div", { class: "hw-progress-found" }, el("span", { dir: "auto" }, choice.facts), press));
    } else {
      others.append(press);
    }
  }
  place.append(others, sure);
  return place;
}

/**
 * Keep the lines in a place up to date, seconds included, until the view is gone.
 * @param {HTMLElement} place
 * @param {{ read: () => Line[], now: () => number, decide: (line: Line, word: Word, pressed: HTMLElement) => void, signal: AbortSignal }} source
 * @returns {() => void} draws anew, after the lines have changed
 */
export function progress(place, { read, now, decide, signal }) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {{ line: Line, words: HTMLElement, bar: HTMLProgressElement }[]} */
  let rows = [];

  function tick() {
    for (const { line, words, bar } of rows) {
      words.textContent = sentence(line, now());
      bar.value = share(line, now());
    }
    clearTimeout(timer);
    if (rows.some(({ line }) => !line.ended) && !signal.aborted) timer = setTimeout(tick, 200);
  }

  /** @param {{ line: Line, words: HTMLElement, bar: HTMLProgressElement }} row */
  function drawn({ line, words, bar }) {
    const row = el("div", { class: `hw-progress-line ${line.ended ? "hw-progress-ended" : ""}` });
    if (line.about) row.append(el("span", { class: "hw-progress-about", dir: "auto" }, line.about));
    row.append(words);
    if (!line.ended && line.state !== "unknown") row.append(bar);
    const care = line.choices.length > 0 ? "hw-box-care" : "hw-box-bad";
    const rest = line.error ? [el("div", {}, line.error)] : [];
    if (line.choices.length > 0) rest.push(choices(line, (word, pressed) => decide(line, word, pressed)));
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
    place.replaceChildren(...rows.map(drawn));
    tick();
  };
}
