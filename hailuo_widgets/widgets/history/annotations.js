/** What the user writes on a job: a note, which is saved while it is typed, and tags. */

import { button, el, listen } from "../page/dom.js";
import { CLOSE } from "../page/icons.js";

const NOTE_LIMIT = 2000;
const TAG_LIMIT = 60;
const SAVES_AFTER_MS = 800;

/** @typedef {{ id: number, note: string, tags: string[] }} Annotated */

export class Annotations {
  /** @param {(kind: string, fields: object, pressed?: HTMLElement) => Promise<boolean>} ask @param {AbortSignal} signal */
  constructor(ask, signal) {
    this.ask = ask;
    this.signal = signal;
    const id = `hw-note-${Math.random().toString(36).slice(2)}`;
    this.tags = el("div", { class: "hw-history-tags", role: "group", "aria-label": "Tags" });
    this.newTag = el("input", { class: "hw-input hw-history-newtag", placeholder: "Add a tag", "aria-label": "Add a tag", maxlength: TAG_LIMIT });
    this.note = el("textarea", { class: "hw-input hw-history-note", rows: 2, placeholder: "A note for yourself", maxlength: NOTE_LIMIT, id });
    this.saved = el("span", { class: "hw-history-kept", "aria-live": "polite" });
    this.label = el("label", { for: id, class: "hw-history-label" }, "Note");
    /** @type {Annotated | null} */
    this.job = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.saveTimer = undefined;
    this.listen();
  }

  listen() {
    const { signal } = this;
    listen(this.newTag, "keydown", (event) => this.onTagKey(event), signal);
    listen(this.note, "input", () => {
      this.saved.textContent = "";
      clearTimeout(this.saveTimer);
      this.saveTimer = setTimeout(() => this.saveNote(), SAVES_AFTER_MS);
    }, signal);
    listen(this.note, "blur", () => this.saveNote(), signal);
    signal.addEventListener("abort", () => this.saveNote());
  }

  /** Show a job's; what was typed for the one before is saved first. @param {Annotated | null} job */
  show(job) {
    const before = this.job;
    const another = job?.id !== before?.id;
    if (another) this.saveNote();
    this.job = job;
    if (job === null) return;
    if (another || JSON.stringify(job.tags) !== JSON.stringify(before?.tags)) this.drawTags(job);
    if (another) {
      this.note.value = job.note;
      this.newTag.value = this.saved.textContent = "";
    }
  }

  /** @param {Annotated} job */
  drawTags(job) {
    const hadFocus = document.activeElement === this.newTag;
    const tags = job.tags.map((text) => {
      const remove = button(`Remove the tag ${text}`, { icon: CLOSE, class: "hw-history-untag" });
      remove.addEventListener("click", () => this.ask("untag", { job: job.id, text }, remove), { signal: this.signal });
      return el("span", { class: "hw-history-tag" }, text, remove);
    });
    this.tags.replaceChildren(...tags, this.newTag);
    if (hadFocus) this.newTag.focus();
  }

  async saveNote() {
    clearTimeout(this.saveTimer);
    this.saveTimer = undefined;
    const { job } = this;
    const text = this.note.value;
    if (!job || text === job.note) return;
    const done = await this.ask("note", { job: job.id, text });
    if (done && this.job?.id === job.id) this.saved.textContent = "saved";
  }

  /** @param {KeyboardEvent} event */
  async onTagKey(event) {
    const text = this.newTag.value.trim();
    if (event.key !== "Enter" || event.isComposing || !text || !this.job) return;
    event.preventDefault();
    if (await this.ask("tag", { job: this.job.id, text })) this.newTag.value = "";
  }
}
