/** What narrows a library down: words, states, services, start frames, tags and stars. */

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
 * @typedef {object} Filters
 * @property {HTMLElement} element
 * @property {HTMLInputElement} search
 * @property {() => Filter} read
 * @property {(facets: Facets) => void} offer
 * @property {() => void} clear
 * @property {() => boolean} narrow whether anything is left out
 */

const SERVICES = [
  { key: "", label: "Drafts and clips" },
  { key: "emulator", label: "Drafts" },
  { key: "wavespeed", label: "Paid clips" },
];

/** @param {HTMLSelectElement} select @param {Choice[]} choices */
function fill(select, choices) {
  const chosen = select.value;
  select.replaceChildren(...choices.map(({ key, label }) => el("option", { value: key }, label)));
  select.value = choices.some(({ key }) => key === chosen) ? chosen : "";
}

/**
 * @param {{ changed: () => void, tags: (words: string) => Promise<Tag[]>, pictures: import("../shared/thumbnails.js").Thumbs, signal: AbortSignal }} to
 * @returns {Filters}
 */
export function filters({ changed, tags, pictures, signal }) {
  const search = el("input", { type: "search", class: "hw-input hw-history-search", placeholder: "Search prompts and notes", "aria-label": "Search prompts and notes", spellcheck: "false" });
  const state = el("select", { class: "hw-select", "aria-label": "State" });
  const service = el("select", { class: "hw-select", "aria-label": "Drafts or paid clips" });
  const tag = el("select", { class: "hw-select", "aria-label": "Tag" });
  const find = el("input", { type: "search", class: "hw-input hw-history-tagged", placeholder: "Find a tag", "aria-label": "Find a tag", spellcheck: "false", hidden: true });
  const starred = button("Starred", { icon: STAR, label: "Starred", class: "hw-quiet hw-history-toggle" });
  const frames = button("Start frame", { icon: PICTURE, label: "Start frame", class: "hw-quiet hw-history-toggle" });
  const clear = button("Clear filters", { icon: CLOSE, label: "Clear", class: "hw-quiet" });
  const strip = el("div", { class: "hw-history-frames", role: "group", "aria-label": "Start frames", hidden: true });
  let frame = "";
  /** @type {Facets} */
  let facets = { states: [], tags: [], more_tags: false, frames: [] };

  starred.setAttribute("aria-pressed", "false");
  frames.setAttribute("aria-expanded", "false");
  fill(service, SERVICES);

  const element = el(
    "div",
    { class: "hw-history-filters", role: "search", "aria-label": "Library" },
    el("div", { class: "hw-history-find" }, icon(SEARCH), search),
    el("div", { class: "hw-history-narrow" }, state, service, find, tag, frames, starred, clear),
    strip,
  );

  function read() {
    return { words: search.value, state: state.value, service: service.value, frame, tag: tag.value, starred: starred.getAttribute("aria-pressed") === "true" };
  }

  function narrow() {
    return Object.values(read()).some(Boolean);
  }

  function drawFrames() {
    frames.setAttribute("aria-expanded", String(!strip.hidden));
    const chosen = facets.frames.find(({ sha256 }) => sha256 === frame);
    frames.classList.toggle("hw-history-chosen", Boolean(frame));
    const label = frames.querySelector(".hw-button-label");
    if (label) label.textContent = chosen ? chosen.name : "Start frame";
    if (strip.hidden) return;
    const had = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.frame : undefined;
    strip.replaceChildren(
      ...facets.frames.map(({ sha256, name, count }) => {
        const image = el("img", { alt: "" });
        const says = `${name}, ${count} ${count === 1 ? "clip" : "clips"}`;
        const press = el("button", { type: "button", class: "hw-history-frame", title: says, "aria-label": says, "aria-pressed": String(sha256 === frame), "data-frame": sha256 }, image, el("span", {}, name));
        pictures.want(`frame:${sha256}`, (address) => (image.src = address));
        if (had === sha256) queueMicrotask(() => press.focus());
        return press;
      }),
    );
  }

  /** What is chosen stays a choice, found or not. @param {Tag[]} found */
  function drawTags(found) {
    const chosen = tag.value;
    const shown = found.map(({ text, count }) => ({ key: text, label: `${text} (${count})` }));
    if (chosen && !found.some(({ text }) => text === chosen)) shown.unshift({ key: chosen, label: chosen });
    fill(tag, [{ key: "", label: "All tags" }, ...shown]);
  }

  async function findTags() {
    const words = find.value;
    const found = words.trim() ? await tags(words) : facets.tags;
    if (!signal.aborted && find.value === words) drawTags(found);
  }

  function tell() {
    clear.hidden = !narrow();
    for (const select of [state, service, tag]) select.classList.toggle("hw-history-chosen", Boolean(select.value));
    changed();
  }

  listen(search, "input", tell, signal);
  listen(find, "input", findTags, signal);
  listen(search, "keydown", (event) => {
    if (event.key !== "Escape" || !search.value) return;
    event.stopPropagation();
    search.value = "";
    tell();
  }, signal);
  for (const select of [state, service, tag]) listen(select, "change", tell, signal);
  listen(starred, "click", () => {
    starred.setAttribute("aria-pressed", String(starred.getAttribute("aria-pressed") !== "true"));
    tell();
  }, signal);
  listen(frames, "click", () => {
    strip.hidden = !strip.hidden;
    drawFrames();
  }, signal);
  listen(strip, "click", (event) => {
    const press = /** @type {Element} */ (event.target).closest("[data-frame]");
    if (!(press instanceof HTMLElement)) return;
    const chosen = press.dataset.frame ?? "";
    frame = frame === chosen ? "" : chosen;
    drawFrames();
    tell();
  }, signal);

  function reset() {
    search.value = find.value = state.value = service.value = tag.value = frame = "";
    starred.setAttribute("aria-pressed", "false");
    strip.hidden = true;
    drawFrames();
    tell();
  }
  listen(clear, "click", () => {
    reset();
    search.focus();
  }, signal);
  clear.hidden = true;

  return {
    element,
    search,
    read,
    narrow,
    clear: reset,
    offer(found) {
      facets = found;
      fill(state, [{ key: "", label: "All states" }, ...found.states]);
      find.hidden = !found.more_tags;
      if (find.hidden) find.value = "";
      void findTags();
      tag.hidden = found.tags.length === 0;
      frames.hidden = found.frames.length < 2 && !frame;
      if (frames.hidden) strip.hidden = true;
      drawFrames();
    },
  };
}
