/** One job of a library, opened: its clip, what was asked for, how it went, what it cost. */

import { button, el, listen } from "../page/dom.js";
import { BIN, LEFT, NEXT, RIGHT, STAR } from "../page/icons.js";
import { jobLines } from "../shared/job_line.js";
import { Annotations } from "./annotations.js";
import { factsSection, requestSection, stepsSection } from "./detail_sections.js";

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
 * @property {(kind: string, fields: object, pressed?: HTMLElement) => Promise<boolean>} ask resolves with whether the kernel did it
 * @property {() => void} close
 * @property {(step: number) => void} step to the previous (-1) or next (+1) one
 * @property {(step: number) => boolean} canStep
 * @property {() => number} now
 * @property {import("../shared/thumbnails.js").Thumbnails} pictures
 * @property {AbortSignal} signal
 */

const STILL_PIXELS = 960;

function build() {
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
    remove: button("Delete the clip file", { icon: BIN, label: "Delete the clip file", class: "hw-quiet hw-history-remove" }),
    fetch: button("Bring it back", { class: "hw-history-fetch" }),
    confirm: el("div", { class: "hw-box hw-box-bad hw-history-sure", role: "group", "aria-label": "Delete the clip file?", hidden: true }),
    consequence: el("p", {}),
    yes: button("Delete the file", { class: "hw-history-yes" }),
    no: button("Keep it"),
  };
}

/** @param {ReturnType<typeof build>} parts @param {Annotations} annotations */
function layOut(parts, annotations) {
  const heading = (/** @type {string} */ words) => el("div", { class: "hw-history-label" }, words);
  parts.confirm.append(parts.consequence, el("div", { class: "hw-row" }, parts.yes, parts.no));
  const turn = el("div", { class: "hw-row hw-history-turn" }, parts.before, parts.after);
  const head = el("div", { class: "hw-row hw-history-head" }, parts.back, turn, parts.title, parts.star, parts.reuse);
  const view = el("div", { class: "hw-history-view" }, parts.player, parts.still, parts.lines, parts.trouble, parts.fetch);
  const about = el(
    "div",
    { class: "hw-history-about" },
    el("div", {}, heading("Prompt"), parts.prompt),
    parts.frames,
    el("div", {}, heading("Tags"), annotations.tags),
    el("div", {}, el("div", { class: "hw-row" }, annotations.label, annotations.saved), annotations.note),
    parts.facts,
    el("div", {}, heading("States"), parts.steps),
    el("div", { class: "hw-history-end" }, parts.remove, parts.confirm),
  );
  return el("div", { class: "hw-history-detail", role: "region", "aria-label": "Opened clip", hidden: true }, head, el("div", { class: "hw-history-sides" }, view, about));
}

export class JobDetail {
  /** @param {Source} source */
  constructor(source) {
    this.source = source;
    this.parts = build();
    this.annotations = new Annotations(source.ask, source.signal);
    this.element = layOut(this.parts, this.annotations);
    /** @type {Details | null} */
    this.job = null;
    this.unwant = () => {};
    this.drawLines = jobLines(this.parts.lines, {
      read: () => (this.job?.line ? [this.job.line] : []),
      now: source.now,
      decide: (_, decision, pressed) => this.ask("decide", pressed, decision),
      signal: source.signal,
    });
    this.listen();
  }

  listen() {
    const { parts, source } = this;
    const { signal } = source;
    listen(this.element, "keydown", (event) => this.onKey(event), signal);
    listen(parts.back, "click", source.close, signal);
    listen(parts.before, "click", () => source.step(-1), signal);
    listen(parts.after, "click", () => source.step(1), signal);
    listen(parts.star, "click", () => this.ask("star", parts.star, { on: !this.job?.starred }), signal);
    listen(parts.reuse, "click", () => this.ask("reuse", parts.reuse), signal);
    listen(parts.fetch, "click", () => this.ask("fetch", parts.fetch), signal);
    listen(parts.remove, "click", () => this.confirmRemoval(true), signal);
    listen(parts.no, "click", () => this.confirmRemoval(false), signal);
    listen(parts.yes, "click", () => this.ask("remove", parts.yes), signal);
  }

  /** Ask for something about this job. @param {string} kind @param {HTMLElement} pressed @param {object} [fields] */
  ask(kind, pressed, fields) {
    if (this.job) this.source.ask(kind, { job: this.job.id, ...fields }, pressed);
  }

  focus() {
    this.parts.title.focus();
  }

  /** @param {Details | null} job */
  show(job) {
    const { parts, source } = this;
    const before = this.job;
    const another = job?.id !== before?.id;
    this.annotations.show(job);
    this.job = job;
    this.element.hidden = job === null;
    if (job === null) return;
    parts.title.textContent = [job.kind, job.words].filter(Boolean).join(" · ");
    parts.star.setAttribute("aria-pressed", String(job.starred));
    parts.before.disabled = !source.canStep(-1);
    parts.after.disabled = !source.canStep(1);
    parts.prompt.textContent = job.prompt || "No prompt";
    parts.prompt.classList.toggle("hw-history-unsaid", !job.prompt);
    this.drawTrouble(job);
    if (another || job.clip !== before?.clip) this.drawPicture(job);
    if (another) parts.frames.replaceChildren(...requestSection(job, source.pictures));
    if (another || !job.removal) this.confirmRemoval(false);
    parts.facts.replaceChildren(...factsSection(job, source.now()));
    parts.steps.replaceChildren(...stepsSection(job));
    this.drawLines();
  }

  /** @param {Details} job */
  drawTrouble(job) {
    const { trouble, consequence, fetch } = this.parts;
    trouble.textContent = job.trouble;
    trouble.hidden = !job.trouble;
    trouble.className = `hw-box hw-history-trouble hw-history-${job.mark || "none"}`;
    consequence.textContent = job.removal;
    fetch.hidden = !job.fetching;
    fetch.textContent = job.fetching;
  }

  /** Show the player where there is a clip, else the start frame. @param {Details} job */
  drawPicture(job) {
    const { player, still } = this.parts;
    player.hidden = !job.clip;
    still.hidden = job.clip;
    this.unwant();
    this.unwant = () => {};
    if (job.clip) return;
    still.removeAttribute("src");
    this.unwant = this.source.pictures.want(job.frames[0].key, (address) => (still.src = address), STILL_PIXELS);
  }

  /** Ask whether to delete, in place; the focus goes along. @param {boolean} open */
  confirmRemoval(open) {
    const { confirm, remove, no, title } = this.parts;
    const hadFocus = confirm.contains(document.activeElement);
    confirm.hidden = !open;
    remove.hidden = open || !this.job?.removal;
    if (open) no.focus();
    else if (hadFocus) (remove.hidden ? title : remove).focus();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const { source, parts } = this;
    const { target, key } = event;
    const typing = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
    const steps = !typing && !parts.player.contains(/** @type {Node} */ (target));
    if (key === "Escape") {
      if (parts.confirm.hidden) source.close();
      else this.confirmRemoval(false);
    } else if (steps && key === "ArrowLeft" && source.canStep(-1)) source.step(-1);
    else if (steps && key === "ArrowRight" && source.canStep(1)) source.step(1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
