/** One place of a comparison: a clip on its way or here, or a still picture. */

import { acquire } from "./clips.js";
import { el, showPicture } from "./dom.js";

/**
 * What the kernel says of a cell.
 * @typedef {object} Said
 * @property {string} id
 * @property {"clip" | "picture"} kind
 * @property {number} number what picks it, from 1; 0 for a picture
 * @property {string} title
 * @property {[string, boolean][]} words its label in pieces; true marks what differs
 * @property {number} row
 * @property {number} column
 * @property {import("./progress.js").Line | Record<string, never>} line
 * @property {import("./player.js").Facts | Record<string, never>} facts
 * @property {string} relpath
 * @property {string} note why there is no clip
 *
 * @typedef {object} Cell
 * @property {string} id
 * @property {"clip" | "picture"} kind
 * @property {HTMLElement} root the whole cell; modes stack it
 * @property {HTMLElement} screen the box of the picture, which zoom moves within
 * @property {HTMLVideoElement | null} video never moved in the page: that would reset it
 * @property {HTMLImageElement} image poster of a clip, or the picture
 * @property {Said} said as the kernel said it last
 * @property {boolean} live whether its video plays along
 * @property {(said: Said) => void} update
 * @property {() => void} load
 * @property {() => void} unload
 */

/**
 * @param {Said} first
 * @param {{ messages: import("./messages.js").Channel, take: typeof acquire, changed: () => void, signal: AbortSignal }} about
 * @returns {Cell}
 */
export function compareCell(first, { messages, take, changed, signal }) {
  const video = first.kind === "clip" ? el("video", { class: "hw-compare-video", playsinline: true, preload: "auto", tabindex: -1 }) : null;
  const image = el("img", { class: "hw-compare-image", alt: "" });
  const badge = el("span", { class: "hw-compare-badge" }, "Draft");
  const note = el("div", { class: "hw-compare-note" });
  const screen = el("div", { class: "hw-compare-screen" });
  const label = el("div", { class: "hw-compare-label", dir: "auto" });
  const root = el("div", { class: "hw-compare-cell", role: "group", "data-id": first.id, "data-kind": first.kind });
  if (video) {
    video.muted = true;
    screen.append(video);
  }
  screen.append(image, badge, note);
  root.append(screen, label);

  /** @type {(() => void) | null} */
  let release = null;
  let pictured = "";

  /** @type {Cell} */
  const cell = {
    id: first.id,
    kind: first.kind,
    root,
    screen,
    video,
    image,
    said: first,
    live: false,
    update(said) {
      cell.said = said;
      const { facts } = said;
      root.setAttribute("aria-label", said.title);
      label.replaceChildren(...said.words.map(([text, marked]) => (marked ? el("mark", {}, text) : text)));
      badge.hidden = !facts.draft;
      note.textContent = said.note;
      if (facts.width) root.style.setProperty("--hw-aspect", `${facts.width} / ${facts.height}`);
      const wanted = facts.sha256 ?? "";
      if (wanted !== pictured) {
        pictured = wanted;
        const asked = said.kind === "clip" ? messages.ask("poster", { cell: said.id }) : messages.ask("picture", { cell: said.id });
        asked.answer.then(({ buffers }) => showPicture(image, /** @type {BlobPart} */ (buffers[0])), () => {});
      }
    },
    async load() {
      const { facts } = cell.said;
      if (!video || !facts.sha256 || release) return;
      /** @type {import("./messages.js").Channel} */
      const forCell = { ...messages, ask: (kind, fields) => messages.ask(kind, { ...fields, cell: cell.id }) };
      const held = take({ sha256: facts.sha256, bytes: facts.bytes, relpath: cell.said.relpath, messages: forCell });
      release = held.release;
      try {
        video.src = await held.address;
        video.addEventListener("loadeddata", () => {
          image.hidden = true;
          cell.live = true;
          changed();
        }, { once: true, signal });
      } catch (reason) {
        if (!signal.aborted) note.textContent = /** @type {Error} */ (reason).message;
      }
    },
    unload() {
      release?.();
      release = null;
      cell.live = false;
      video?.removeAttribute("src");
      image.hidden = false;
      changed();
    },
  };
  signal.addEventListener("abort", () => {
    showPicture(image, null);
    video?.pause();
    video?.removeAttribute("src");
    release?.();
  });
  cell.update(first);
  return cell;
}
