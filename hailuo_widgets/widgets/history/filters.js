/** What narrows a library down: words, states, services, start frames, tags and stars. */

import { setLabel } from "../page/button_label.js";
import { button, el, icon, listen } from "../page/dom.js";
import { CLOSE, PICTURE, SEARCH, STAR } from "../page/icons.js";

/**
 * @typedef {{ words: string, state: string, service: string, frame: string, tag: string, starred: boolean }} Filter
 * @typedef {{ key: string, label: string }} Choice
 * @typedef {{ text: string, count: number }} Tag
 * @typedef {object} Facets what there is to choose from
 * @property {Choice[]} states
 * @property {Tag[]} tags the most used
 * @property {boolean} more_tags whether there are others, to be found by their text
 * @property {{ sha256: string, name: string, count: number }[]} frames
 *
 * @typedef {object} Source
 * @property {() => void} changed
 * @property {(words: string) => Promise<Tag[]>} tags
 * @property {import("../shared/thumbnails.js").Thumbnails} pictures
 * @property {AbortSignal} signal
 */

const SERVICES = [
  { key: "", label: "Drafts and clips" },
  { key: "emulator", label: "Drafts" },
  { key: "wavespeed", label: "Paid clips" },
];

function build() {
  const starred = button("Starred", { icon: STAR, label: "Starred", class: "hw-quiet hw-history-toggle" });
  const frames = button("Start frame", { icon: PICTURE, label: "Start frame", class: "hw-quiet hw-history-toggle" });
  starred.setAttribute("aria-pressed", "false");
  frames.setAttribute("aria-expanded", "false");
  return {
    search: el("input", { type: "search", class: "hw-input hw-history-search", placeholder: "Search prompts and notes", "aria-label": "Search prompts and notes", spellcheck: "false" }),
    state: el("select", { class: "hw-select", "aria-label": "State" }),
    service: el("select", { class: "hw-select", "aria-label": "Drafts or paid clips" }),
    tag: el("select", { class: "hw-select", "aria-label": "Tag" }),
    findTag: el("input", { type: "search", class: "hw-input hw-history-tagged", placeholder: "Find a tag", "aria-label": "Find a tag", spellcheck: "false", hidden: true }),
    starred,
    frames,
    clear: button("Clear filters", { icon: CLOSE, label: "Clear", class: "hw-quiet" }),
    strip: el("div", { class: "hw-history-frames", role: "group", "aria-label": "Start frames", hidden: true }),
  };
}

export class Filters {
  /** @param {Source} source */
  constructor(source) {
    this.source = source;
    this.parts = build();
    const { search, state, service, tag, findTag, starred, frames, clear, strip } = this.parts;
    /** The hash of the start frame that is chosen, or "". */
    this.frame = "";
    /** @type {Facets} */
    this.facets = { states: [], tags: [], more_tags: false, frames: [] };
    fill(service, SERVICES);
    clear.hidden = true;
    this.element = el(
      "div",
      { class: "hw-history-filters", role: "search", "aria-label": "Library" },
      el("div", { class: "hw-history-find" }, icon(SEARCH), search),
      el("div", { class: "hw-history-narrow" }, state, service, findTag, tag, frames, starred, clear),
      strip,
    );
    this.listen();
  }

  listen() {
    const { search, state, service, tag, findTag, starred, frames, clear, strip } = this.parts;
    const { signal } = this.source;
    listen(search, "input", () => this.update(), signal);
    listen(search, "keydown", (event) => {
      if (event.key !== "Escape" || !search.value) return;
      event.stopPropagation();
      search.value = "";
      this.update();
    }, signal);
    listen(findTag, "input", () => this.findTags(), signal);
    for (const select of [state, service, tag]) listen(select, "change", () => this.update(), signal);
    listen(starred, "click", () => {
      starred.setAttribute("aria-pressed", String(starred.getAttribute("aria-pressed") !== "true"));
      this.update();
    }, signal);
    listen(frames, "click", () => {
      strip.hidden = !strip.hidden;
      this.drawFrames();
    }, signal);
    listen(strip, "click", (event) => this.chooseFrame(event), signal);
    listen(clear, "click", () => {
      this.clear();
      search.focus();
    }, signal);
  }

  /** @returns {Filter} */
  read() {
    const { search, state, service, tag, starred } = this.parts;
    return { words: search.value, state: state.value, service: service.value, frame: this.frame, tag: tag.value, starred: starred.getAttribute("aria-pressed") === "true" };
  }

  /** Whether anything is left out. */
  get isNarrow() {
    return Object.values(this.read()).some(Boolean);
  }

  update() {
    const { state, service, tag, clear } = this.parts;
    clear.hidden = !this.isNarrow;
    for (const select of [state, service, tag]) select.classList.toggle("hw-history-chosen", Boolean(select.value));
    this.source.changed();
  }

  clear() {
    const { search, state, service, tag, findTag, starred, strip } = this.parts;
    search.value = findTag.value = state.value = service.value = tag.value = this.frame = "";
    starred.setAttribute("aria-pressed", "false");
    strip.hidden = true;
    this.drawFrames();
    this.update();
  }

  /** Show what there is to choose from. @param {Facets} facets */
  setFacets(facets) {
    const { state, tag, findTag, frames, strip } = this.parts;
    this.facets = facets;
    fill(state, [{ key: "", label: "All states" }, ...facets.states]);
    findTag.hidden = !facets.more_tags;
    if (findTag.hidden) findTag.value = "";
    void this.findTags();
    tag.hidden = facets.tags.length === 0;
    frames.hidden = facets.frames.length < 2 && !this.frame;
    if (frames.hidden) strip.hidden = true;
    this.drawFrames();
  }

  drawFrames() {
    const { frames, strip } = this.parts;
    const chosen = this.facets.frames.find(({ sha256 }) => sha256 === this.frame);
    frames.setAttribute("aria-expanded", String(!strip.hidden));
    frames.classList.toggle("hw-history-chosen", Boolean(this.frame));
    setLabel(frames, chosen ? chosen.name : "Start frame");
    if (strip.hidden) return;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.frame : undefined;
    strip.replaceChildren(
      ...this.facets.frames.map(({ sha256, name, count }) => {
        const image = el("img", { alt: "" });
        const words = `${name}, ${count} ${count === 1 ? "clip" : "clips"}`;
        const press = el("button", { type: "button", class: "hw-history-frame", title: words, "aria-label": words, "aria-pressed": String(sha256 === this.frame), "data-frame": sha256 }, image, el("span", {}, name));
        this.source.pictures.want(`frame:${sha256}`, (address) => (image.src = address));
        if (focused === sha256) queueMicrotask(() => press.focus());
        return press;
      }),
    );
  }

  /** @param {MouseEvent} event */
  chooseFrame(event) {
    const press = /** @type {Element} */ (event.target).closest("[data-frame]");
    if (!(press instanceof HTMLElement)) return;
    const sha256 = press.dataset.frame ?? "";
    this.frame = this.frame === sha256 ? "" : sha256;
    this.drawFrames();
    this.update();
  }

  async findTags() {
    const { findTag } = this.parts;
    const words = findTag.value;
    const tags = words.trim() ? await this.source.tags(words) : this.facets.tags;
    if (!this.source.signal.aborted && findTag.value === words) this.drawTags(tags);
  }

  /** What is chosen stays a choice, found or not. @param {Tag[]} tags */
  drawTags(tags) {
    const { tag } = this.parts;
    const chosen = tag.value;
    const choices = tags.map(({ text, count }) => ({ key: text, label: `${text} (${count})` }));
    if (chosen && !tags.some(({ text }) => text === chosen)) choices.unshift({ key: chosen, label: chosen });
    fill(tag, [{ key: "", label: "All tags" }, ...choices]);
  }
}

/** Put choices into a list; the chosen one stays chosen if it is there. @param {HTMLSelectElement} select @param {Choice[]} choices */
function fill(select, choices) {
  const chosen = select.value;
  select.replaceChildren(...choices.map(({ key, label: words }) => el("option", { value: key }, words)));
  select.value = choices.some(({ key }) => key === chosen) ? chosen : "";
}
