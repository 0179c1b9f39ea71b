/** The sections of an opened job that only show: what was asked for, the facts, and its states. */

import { timeAhead, longDate, timeOfDay } from "../page/dates.js";
import { el } from "../page/dom.js";
import { formatDuration } from "../shared/job_line.js";

/** @typedef {import("./detail.js").Details} Details */

/**
 * The frames of a request, and its prompt expansion.
 * @param {Details} job
 * @param {import("../shared/thumbnails.js").Thumbnails} pictures
 */
export function requestSection(job, pictures) {
  const figures = job.frames.map(({ key, name, role }) => {
    const image = el("img", { alt: "" });
    pictures.want(key, (address) => (image.src = address));
    return el("figure", { title: name }, image, el("figcaption", {}, el("span", {}, role), name));
  });
  const expansion = job.expansion ? "Prompt expansion on" : "Prompt expansion off";
  return [...figures, el("div", { class: "hw-history-expansion" }, expansion)];
}

/**
 * When it was asked for, what made it, what it cost, and until when the service keeps it.
 * @param {Details} job
 * @param {number} now seconds since 1970
 */
export function factsSection(job, now) {
  /** @type {[string, string, string?][]} name, words and class */
  const rows = [
    ["Asked", longDate(job.asked)],
    ["Made by", job.draft ? "the local emulator: a draft" : "WaveSpeedAI"],
    ["Take", String(job.take)],
    ["Money", job.costs.join("\n")],
    ["At the service", ...deadline(job.deadline, now)],
    ["Prediction", job.prediction, "hw-history-code"],
  ];
  return rows.filter(([, words]) => words).flatMap(([name, words, look]) => [el("dt", {}, name), el("dd", { class: look }, words)]);
}

/** @param {number} deadline seconds since 1970; 0 for none @param {number} now @returns {[string, string]} words and class */
function deadline(deadline, now) {
  if (!deadline) return ["", ""];
  const rest = timeAhead(deadline - now);
  const minute = longDate(deadline).slice(0, -3);
  return rest ? [`until ${minute} (${rest}); deleted there after that`, "hw-history-deadline"] : [`since ${minute} it may be deleted there`, "hw-bad"];
}

/** The states it has gone through, and how long each took. @param {Details} job */
export function stepsSection({ steps }) {
  return steps.map(({ words, at, detail }, index) => {
    const took = index > 0 ? ` · +${formatDuration(at - steps[index - 1].at)}` : "";
    return el(
      "li",
      {},
      el("span", {}, words),
      el("time", { datetime: new Date(at * 1000).toISOString(), title: longDate(at) }, `${timeOfDay(at)}${took}`),
      ...(detail ? [el("span", { class: "hw-history-more" }, detail)] : []),
    );
  });
}
