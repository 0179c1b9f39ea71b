/** What stands above a comparison: what is equal in all, what it costs, and what starts or holds it. */

import { asker } from "../page/asker.js";
import { wording } from "./wording.js";
import { button, el, listen } from "../page/dom.js";

/** @typedef {import("./wording.js").Words} Words */

/**
 * What the kernel says once for all cells.
 * @typedef {object} HeadState
 * @property {[string, string][]} same names and values that are equal in all
 * @property {string} column_name what varies from column to column; "" where nothing does
 * @property {Words[]} columns
 * @property {string} row_name
 * @property {Words[]} rows
 * @property {string} money
 * @property {string} run the words of the button that starts it; "" when there is nothing to start
 * @property {string} amount what that button has shown
 * @property {"" | "pause" | "resume"} hold
 * @property {string} hold_words
 * @property {string} trouble
 */

/**
 * @param {object} about
 * @param {import("../shared/rpc.js").Channel} about.messages
 * @param {() => HeadState} about.read
 * @param {AbortSignal} about.signal
 */
export function compareHeader({ messages, read, signal }) {
  const same = el("dl", { class: "hw-compare-same" });
  const money = el("span", { class: "hw-compare-money" });
  const run = button("Run", { class: "hw-primary hw-compare-run" });
  const hold = button("Pause", { class: "hw-compare-hold" });
  const trouble = el("div", { class: "hw-box hw-box-bad", role: "alert", hidden: true });
  const { ask, element: status } = asker({ messages, signal });
  const start = el("div", { class: "hw-row hw-compare-start" }, run, hold, money);
  const element = el("div", { class: "hw-compare-head" }, same, start, trouble, status);
  let drawn = "";

  function draw() {
    const head = read();
    money.textContent = head.money;
    run.hidden = !head.run;
    run.replaceChildren(head.run);
    hold.hidden = !head.hold;
    hold.replaceChildren(head.hold_words);
    trouble.textContent = head.trouble;
    trouble.hidden = !head.trouble;
    start.hidden = !head.money && !head.run && !head.hold;
    // Opened texts stay open while nothing in them has changed.
    if (JSON.stringify(head.same) === drawn) return;
    drawn = JSON.stringify(head.same);
    same.replaceChildren(...head.same.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, wording([[value, 0]], "hw-compare-once"))]));
    same.hidden = head.same.length === 0;
  }

  listen(run, "click", () => ask("run", { amount: read().amount }, { pressed: [run] }), signal);
  listen(hold, "click", () => ask(read().hold, { amount: read().amount }, { pressed: [hold] }), signal);
  return { element, draw };
}

/**
 * The headings of columns and rows, as children of the stage; none where nothing is laid out.
 * @param {HTMLElement} stage
 * @returns {(head: HeadState) => void} draws them when they have changed
 */
export function headings(stage) {
  let drawn = "";
  return ({ columns, column_name, rows, row_name }) => {
    const text = JSON.stringify([columns, column_name, rows, row_name]);
    if (text === drawn) return;
    drawn = text;
    for (const old of stage.querySelectorAll(":scope > .hw-compare-heading")) old.remove();
    stage.classList.toggle("hw-compare-matrix", columns.length > 0);
    stage.style.setProperty("--hw-columns", String(columns.length));
    const across = columns.map((words, place) => heading(words, column_name, "hw-compare-column", place + 1, 1));
    const down = rows.map((words, place) => heading(words, row_name, "hw-compare-row", 1, 2 * place + 2));
    stage.prepend(...across, ...down);
  };
}

/** @param {Words} words @param {string} name @param {string} kind @param {number} column @param {number} row */
function heading(words, name, kind, column, row) {
  const node = wording(words, `hw-compare-heading ${kind}`);
  if (name) node.prepend(el("span", { class: "hw-compare-factor" }, name));
  node.style.setProperty("--hw-column", String(column));
  node.style.setProperty("--hw-row", String(row));
  return node;
}
