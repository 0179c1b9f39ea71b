/** One job of a library, opened: its clip, what was asked for, how it went, what it cost. */

import { ahead, longDate, timeOfDay } from "../page/dates.js";
import { button, el, listen } from "../page/dom.js";
import { BIN, CLOSE, LEFT, NEXT, RIGHT, STAR } from "../page/icons.js";
import { duration, progress } from "../shared/job_line.js";

/**
 * What the kernel tells of the opened job.
 * @typedef {import("./card.js").Card & {
 *   frames: { key: string, name: string, role: string }[],
 *   expansion: boolean,
 *   note: string,
 *   steps: { words: string, at: number, detail: string }[],
 *   costs: string[],
 *   deadline: number,
 *   prediction: string,
 *   clip: boolean,
 *   trouble: string,
 *   removal: string,
 *   fetching: string,
 *   line: import("../shared/job_line.js").Line | null,
 * }} Details
 *
 * @typedef {object} Source
 * @property {(kind: string, fields: object, pressed?: HTMLElement) => Promise<boolean>} ask whether the kernel did it
 * @property {() => void} close
 * @property {(step: number) => void} step to the previous (-1) or next (+1) one
 * @property {(step: number) => boolean} canStep
 * @property {() => number} now
 * @property {import("../shared/thumbnails.js").Thumbs} pictures
 * @property {AbortSignal} signal
 */

const NOTE_LIMIT = 2000;
const TAG_LIMIT = 60;
const NOTE_PAUSE_MS = 800;

function build() {
  const id = Math.random().toString(36).slice(2);
  return {
    back: button("All clips", { icon: LEFT, label: "All clips", class: "hw-quiet" }),
    before: button("Newer", { icon: LEFT, title: "Newer (←)" }),
    after: button("Older", { icon: RIGHT, title: "Older (→)" }),
    star: button("Star", { icon: STAR }),
    title: el("h3", { class: "hw-history-title", tabindex: -1 }),
    reuse: button("Use in Studio", { icon: NEXT, label: "Use in Studio", class: "hw-primary" }),
    player: el("div", { class: "hw-history-player" }),
    still: el("img", { class: "hw-history-shot", alt: "" }),
    lines: el("div", { class: "hw-history-lines" }),
    trouble: el("div", { class: "hw-box hw-history-trouble", hidden: true }),
    prompt: el("div", { class: "hw-history-asked", dir: "auto" }),
    frames: el("div", { class: "hw-history-request" }),
    facts: el("dl", { class: "hw-history-facts" }),
    steps: el("ol", { class: "hw-history-steps" }),
    tags: el("div", { class: "hw-history-tags", role: "group", "aria-label": "Tags" }),
    tag: el("input", { class: "hw-input hw-history-newtag", placeholder: "Add a tag", "aria-label": "Add a tag", maxlength: TAG_LIMIT }),
    note: el("textarea", { class: "hw-input hw-history-note", rows: 2, placeholder: "A note for yourself", maxlength: NOTE_LIMIT, id: `hw-note-${id}` }),
    kept: el("span", { class: "hw-history-kept", "aria-live": "polite" }),
    noteLabel: el("label", { for: `hw-note-${id}`, class: "hw-history-label" }, "Note"),
    remove: button("Delete the clip file", { icon: BIN, label: "Delete the clip file", class: "hw-quiet hw-history-remove" }),
    fetch: button("Bring it back", { class: "hw-history-fetch" }),
    sure: el("div", { class: "hw-box hw-box-bad hw-history-sure", role: "group", "aria-label": "Delete the clip file?", hidden: true }),
    consequence: el("p", {}),
    yes: button("Delete the file", { class: "hw-history-yes" }),
    no: button("Keep it"),
  };
}

/**
 * @param {Source} source
 * @returns {{ element: HTMLElement, player: HTMLElement, show: (details: Details | null) => void, focus: () => void }}
 */
export function detail(source) {
  const { signal } = source;
  const parts = build();
  /** @type {Details | null} */
  let shown = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let pause;
  let unwant = () => {};

  parts.sure.append(parts.consequence, el("div", { class: "hw-row" }, parts.yes, parts.no));
  const heading = (/** @type {string} */ words) => el("div", { class: "hw-history-label" }, words);
  const element = el(
    "div",
    { class: "hw-history-detail", role: "region", "aria-label": "Opened clip", hidden: true },
    el(
      "div",
      { class: "hw-row hw-history-head" },
      parts.back,
      el("div", { class: "hw-row hw-history-turn" }, parts.before, parts.after),
      parts.title,
      parts.star,
      parts.reuse,
    ),
    el(
      "div",
      { class: "hw-history-sides" },
      el("div", { class: "hw-history-view" }, parts.player, parts.still, parts.lines, parts.trouble, parts.fetch),
      el(
        "div",
        { class: "hw-history-about" },
        el("div", {}, heading("Prompt"), parts.prompt),
        parts.frames,
        el("div", {}, heading("Tags"), parts.tags),
        el("div", {}, el("div", { class: "hw-row" }, parts.noteLabel, parts.kept), parts.note),
        parts.facts,
        el("div", {}, heading("States"), parts.steps),
        el("div", { class: "hw-history-end" }, parts.remove, parts.sure),
      ),
    ),
  );
  const drawLines = progress(parts.lines, {
    read: () => (shown?.line ? [shown.line] : []),
    now: source.now,
    decide: (_, word, pressed) => shown && source.ask("decide", { job: shown.id, ...word }, pressed),
    signal,
  });

  /** @param {Details} job */
  function drawFacts(job) {
    /** @type {[string, string, string?][]} */
    const rows = [
      ["Asked", longDate(job.asked)],
      ["Made by", job.draft ? "the local emulator: a draft" : "WaveSpeedAI"],
      ["Take", String(job.take)],
      ["Money", job.costs.join("\n")],
      ["Prediction", job.prediction, "hw-history-code"],
    ];
    if (job.deadline) {
      const rest = ahead(job.deadline - source.now());
      const words = rest
        ? `until ${longDate(job.deadline).slice(0, -3)} (${rest}); deleted there after that`
        : `since ${longDate(job.deadline).slice(0, -3)} it may be deleted there`;
      rows.splice(4, 0, ["At the service", words, rest ? "hw-history-deadline" : "hw-bad"]);
    }
    parts.facts.replaceChildren(
      ...rows.filter(([, words]) => words).flatMap(([name, words, look]) => [el("dt", {}, name), el("dd", { class: look }, words)]),
    );
  }

  /** @param {Details} job */
  function drawSteps(job) {
    parts.steps.replaceChildren(
      ...job.steps.map(({ words, at, detail: more }, index) => {
        const took = index > 0 ? ` · +${duration(at - job.steps[index - 1].at)}` : "";
        return el(
          "li",
          {},
          el("span", {}, words),
          el("time", { datetime: new Date(at * 1000).toISOString(), title: longDate(at) }, `${timeOfDay(at)}${took}`),
          ...(more ? [el("span", { class: "hw-history-more" }, more)] : []),
        );
      }),
    );
  }

  /** @param {Details} job */
  function drawRequest(job) {
    const pictures = job.frames.map(({ key, name, role }) => {
      const image = el("img", { alt: "" });
      source.pictures.want(key, (address) => (image.src = address));
      return el("figure", { title: name }, image, el("figcaption", {}, el("span", {}, role), name));
    });
    const expansion = job.expansion ? "Prompt expansion on" : "Prompt expansion off";
    parts.frames.replaceChildren(...pictures, el("div", { class: "hw-history-expansion" }, expansion));
  }

  /** @param {Details} job */
  function drawTags(job) {
    const hadFocus = document.activeElement === parts.tag;
    parts.tags.replaceChildren(
      ...job.tags.map((text) => {
        const drop = button(`Remove the tag ${text}`, { icon: CLOSE, class: "hw-history-untag" });
        drop.addEventListener("click", () => source.ask("untag", { job: job.id, text }, drop), { signal });
        return el("span", { class: "hw-history-tag" }, text, drop);
      }),
      parts.tag,
    );
    if (hadFocus) parts.tag.focus();
  }

  /** @param {Details} job */
  function drawPicture(job) {
    parts.player.hidden = !job.clip;
    parts.still.hidden = job.clip;
    unwant();
    unwant = () => {};
    if (job.clip) return;
    parts.still.removeAttribute("src");
    unwant = source.pictures.want(job.frames[0].key, (address) => (parts.still.src = address), 960);
  }

  function saveNote() {
    clearTimeout(pause);
    pause = undefined;
    const job = shown;
    const text = parts.note.value;
    if (!job || text === job.note) return;
    source.ask("note", { job: job.id, text }).then((done) => {
      if (done && shown?.id === job.id) parts.kept.textContent = "saved";
    });
  }

  /** Ask whether to delete, in place; the focus goes along. @param {boolean} open */
  function ask(open) {
    const here = parts.sure.contains(document.activeElement);
    parts.sure.hidden = !open;
    parts.remove.hidden = open || !shown?.removal;
    if (open) parts.no.focus();
    else if (here) (parts.remove.hidden ? parts.title : parts.remove).focus();
  }

  /** @param {Details | null} job */
  function show(job) {
    const another = job?.id !== shown?.id;
    if (another) saveNote();
    const before = shown;
    shown = job;
    element.hidden = job === null;
    if (job === null) return;
    parts.title.textContent = [job.kind, job.words].filter(Boolean).join(" · ");
    parts.star.setAttribute("aria-pressed", String(job.starred));
    parts.before.disabled = !source.canStep(-1);
    parts.after.disabled = !source.canStep(1);
    parts.prompt.textContent = job.prompt || "No prompt";
    parts.prompt.classList.toggle("hw-history-unsaid", !job.prompt);
    parts.trouble.textContent = job.trouble;
    parts.trouble.hidden = !job.trouble;
    parts.trouble.className = `hw-box hw-history-trouble hw-history-${job.mark || "none"}`;
    parts.consequence.textContent = job.removal;
    parts.fetch.hidden = !job.fetching;
    parts.fetch.textContent = job.fetching;
    if (another || JSON.stringify(job.tags) !== JSON.stringify(before?.tags)) drawTags(job);
    if (another || job.clip !== before?.clip) drawPicture(job);
    if (another) {
      parts.note.value = job.note;
      parts.tag.value = parts.kept.textContent = "";
      drawRequest(job);
    }
    if (another || !job.removal) ask(false);
    drawFacts(job);
    drawSteps(job);
    drawLines();
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
    if (event.key === "Escape") {
      if (parts.sure.hidden) source.close();
      else ask(false);
    } else if (!typing && !parts.player.contains(/** @type {Node} */ (event.target)) && event.key === "ArrowLeft" && source.canStep(-1)) source.step(-1);
    else if (!typing && !parts.player.contains(/** @type {Node} */ (event.target)) && event.key === "ArrowRight" && source.canStep(1)) source.step(1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {string} kind @param {HTMLElement} pressed */
  const tell = (kind, pressed) => () => shown && source.ask(kind, { job: shown.id }, pressed);

  listen(element, "keydown", onKey, signal);
  listen(parts.back, "click", source.close, signal);
  listen(parts.before, "click", () => source.step(-1), signal);
  listen(parts.after, "click", () => source.step(1), signal);
  listen(parts.star, "click", () => shown && source.ask("star", { job: shown.id, on: !shown.starred }, parts.star), signal);
  listen(parts.reuse, "click", tell("reuse", parts.reuse), signal);
  listen(parts.fetch, "click", tell("fetch", parts.fetch), signal);
  listen(parts.remove, "click", () => ask(true), signal);
  listen(parts.no, "click", () => ask(false), signal);
  listen(parts.yes, "click", tell("remove", parts.yes), signal);
  listen(parts.tag, "keydown", (event) => {
    const text = parts.tag.value.trim();
    if (event.key !== "Enter" || event.isComposing || !text || !shown) return;
    event.preventDefault();
    source.ask("tag", { job: shown.id, text }).then((done) => done && (parts.tag.value = ""));
  }, signal);
  listen(parts.note, "input", () => {
    parts.kept.textContent = "";
    clearTimeout(pause);
    pause = setTimeout(saveNote, NOTE_PAUSE_MS);
  }, signal);
  listen(parts.note, "blur", saveNote, signal);
  signal.addEventListener("abort", saveNote);

  return { element, player: parts.player, show, focus: () => parts.title.focus() };
}
