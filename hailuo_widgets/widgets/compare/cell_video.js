/** The video of a cell: loaded when it is looked at, unloaded when others are, and its scrub frames. */

import { el, listen } from "../page/dom.js";
import { withNotices } from "../page/clip_loading.js";
import { ScrubFrames } from "./playback/scrub_frames.js";

/**
 * @typedef {object} Source
 * @property {string} id of the cell
 * @property {HTMLElement} screen
 * @property {import("../shared/rpc.js").Channel} messages
 * @property {typeof import("../page/clip_cache.js").acquire} acquire
 * @property {(sentence: string) => void} onNote what is to be read over the picture; "" for nothing
 * @property {(playable: boolean) => void} onPlayable
 * @property {AbortSignal} signal
 */

const UNPLAYABLE = "This clip's file cannot be played here.";

export class CellVideo {
  /** @param {Source} source */
  constructor(source) {
    const { screen, signal } = source;
    this.source = source;
    this.element = el("video", { class: "hw-compare-video", playsinline: true, preload: "auto", tabindex: -1 });
    // Chromium wants the property, not only the attribute, before it lets a video start by itself.
    this.element.muted = true;
    screen.append(this.element);
    this.scrubFrames = new ScrubFrames(this.element, signal);
    /** Whether it can play along. */
    this.playable = false;
    /** @type {(() => void) | null} */
    this.release = null;
    /** The hash of the clip that it has, or that is on its way; "" for none. */
    this.sha256 = "";
    listen(this.element, "loadeddata", () => this.sha256 && this.element.videoWidth && this.setPlayable(true), signal);
    listen(this.element, "error", () => this.onError(), signal);
    signal.addEventListener("abort", () => {
      this.element.pause();
      this.element.removeAttribute("src");
      this.release?.();
    });
  }

  /** @param {boolean} playable */
  setPlayable(playable) {
    this.playable = playable;
    this.source.onPlayable(playable);
  }

  /** @param {string} sentence */
  note(sentence) {
    if (!this.source.signal.aborted) this.source.onNote(sentence);
  }

  /**
   * Load a clip, unless one is loaded; ends when its first frame is here, or never will be.
   * @param {string} sha256
   * @param {number} bytes
   * @param {string} relpath
   */
  async load(sha256, bytes, relpath) {
    const { element, source } = this;
    const { messages, signal } = source;
    if (this.release) return;
    this.sha256 = sha256;
    const current = () => this.sha256 === sha256;
    /** @type {import("../shared/rpc.js").Channel} */
    const aboutClip = { ...messages, ask: (kind, fields) => messages.ask(kind, { ...fields, cell: source.id, sha256 }) };
    const held = source.acquire({ sha256, bytes, relpath, messages: aboutClip }, (share) => {
      if (current() && !this.playable) this.note(`Loading · ${Math.round(share * 100)} %`);
    });
    this.release = held.release;
    try {
      const address = await withNotices(held.address, (notice) => current() && !this.playable && this.note(notice));
      if (!current() || signal.aborted) return;
      this.note("");
      element.src = address;
      await new Promise((resolve) => {
        for (const type of ["loadeddata", "error", "emptied"]) element.addEventListener(type, resolve, { once: true, signal });
        signal.addEventListener("abort", resolve);
      });
    } catch (reason) {
      if (current()) this.note(/** @type {Error} */ (reason).message);
    }
  }

  unload() {
    if (!this.release) return;
    this.release();
    this.release = null;
    this.sha256 = "";
    this.scrubFrames.close();
    this.element.removeAttribute("src");
    this.element.load();
    if (this.playable) this.setPlayable(false);
  }

  /** Get the small pictures of all its frames, once. */
  async loadScrubFrames() {
    const { messages, id } = this.source;
    if (!this.playable) return;
    try {
      await this.scrubFrames.fill(this.sha256, (first) => messages.ask("flipbook", { cell: id, first }).answer);
    } catch {
      // Without them the videos themselves are dragged.
    }
  }

  /** Say what became of the file: the kernel can tell more than the browser. */
  async onError() {
    if (!this.sha256 || !this.element.src) return;
    const { messages, id } = this.source;
    this.note(UNPLAYABLE);
    this.setPlayable(false);
    try {
      const { fields } = await messages.ask("examine", { cell: id }).answer;
      if (fields.sentence) this.note(fields.sentence);
    } catch {
      // The browser's own sentence stays.
    }
  }
}
