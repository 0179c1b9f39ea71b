/** A small moving preview of the shot, and what was understood of the prompt. */

import { announcer, el, follow, icon, listen, showPicture } from "../page/dom.js";
import { PAUSE, PLAY } from "../page/icons.js";
import { keyboard } from "../page/keyboard.js";
import { channel } from "../shared/rpc.js";

/** @typedef {import("../page/dom.js").Context} Context */
/** @typedef {{ level: "note" | "warning", text: string }} Note */

/** How long a loaded frame may take to be presented. */
const PRESENTS_WITHIN_MS = 300;

function build() {
  const parts = {
    stage: el("button", { type: "button", class: "hw-preview-stage" }),
    strip: el("img", { class: "hw-preview-strip", alt: "" }),
    sign: el("span", { class: "hw-preview-sign", "aria-hidden": "true" }),
    understood: el("p", { class: "hw-preview-understood" }),
    notes: el("ul", { class: "hw-preview-notes", "aria-label": "Before you render" }),
    trouble: el("p", { class: "hw-preview-trouble" }),
  };
  parts.stage.append(parts.strip, parts.sign);
  return parts;
}

class ShotPreview {
  /** @param {Context} context */
  constructor({ model, el: root, signal }) {
    this.model = model;
    this.root = root;
    this.signal = signal;
    this.messages = channel(model, signal);
    this.parts = build();
    /** @type {HTMLVideoElement | null} */
    this.video = null;
    /** The key of the preview that is shown or on its way. */
    this.wanted = "";
    this.playing = !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.inView = false;
    this.layOut();
    this.announce = announcer(root);
    listen(this.parts.stage, "click", () => this.toggle(), signal);
    this.watchSight();
    this.drawPlaying();
    follow(model, "understood missed notes trouble", () => this.drawWords(), signal);
    follow(model, "aspect busy", () => this.drawStage(), signal);
    follow(model, "shown", () => this.show(), signal);
  }

  layOut() {
    const { root, parts } = this;
    root.classList.add("hw", "hw-preview");
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", "Preview");
    keyboard(root, this.signal);
    root.append(parts.stage, el("div", { class: "hw-preview-words" }, parts.understood, parts.notes, parts.trouble));
  }

  watchSight() {
    const sight = new IntersectionObserver(([entry]) => {
      this.inView = entry.isIntersecting;
      this.playOrPause();
    });
    sight.observe(this.root);
    this.signal.addEventListener("abort", () => {
      sight.disconnect();
      this.removeVideo();
      showPicture(this.parts.strip, null);
    });
  }

  drawWords() {
    const { model, parts } = this;
    const understood = model.get("understood");
    const missed = /** @type {string[]} */ (model.get("missed"));
    parts.understood.replaceChildren();
    if (understood) {
      parts.understood.append(el("span", { class: "hw-preview-label" }, "Understood "), understood);
      if (missed.length > 0) {
        const words = missed.map((each) => `“${each}”`).join(", ");
        parts.understood.append("; ", el("span", { class: "hw-preview-missed" }, `not understood: ${words}`));
      }
      this.announce(parts.understood.textContent ?? "");
    }
    const notes = /** @type {Note[]} */ (model.get("notes"));
    parts.notes.replaceChildren(...notes.map(({ level, text }) => el("li", { class: `hw-preview-${level}` }, text)));
    parts.trouble.textContent = model.get("trouble");
  }

  drawStage() {
    const { root, parts: { stage } } = this;
    const aspect = this.model.get("aspect");
    stage.hidden = aspect === 0;
    if (aspect > 0) stage.style.aspectRatio = String(aspect);
    root.classList.toggle("hw-preview-tall", aspect > 0 && aspect < 1);
    root.classList.toggle("hw-preview-busy", this.model.get("busy"));
  }

  drawPlaying() {
    const { stage, sign } = this.parts;
    const moving = this.playing && this.video !== null;
    const name = `${moving ? "Pause" : "Play"} the preview`;
    sign.replaceChildren(icon(moving ? PAUSE : PLAY));
    stage.setAttribute("aria-label", name);
    stage.title = name;
    this.root.classList.toggle("hw-preview-still", !this.playing);
  }

  toggle() {
    this.playing = !this.playing;
    this.drawPlaying();
    this.playOrPause();
  }

  playOrPause() {
    if (!this.video) return;
    if (this.playing && this.inView) this.video.play().catch(() => {});
    else this.video.pause();
  }

  removeVideo() {
    if (!this.video) return;
    URL.revokeObjectURL(this.video.src);
    this.video.remove();
    this.video = null;
  }

  /** Put a new preview in the old one's place once its first frame is on the screen. */
  async show() {
    const { messages, parts } = this;
    const key = this.model.get("shown");
    if (key === this.wanted) return;
    this.wanted = key;
    if (!key) {
      this.removeVideo();
      showPicture(parts.strip, null);
      delete this.root.dataset.shown;
      return;
    }
    try {
      // A user who wants no motion gets moments instead; a press plays them.
      if (!this.playing) {
        const { buffers } = await messages.ask("strip", { key }).answer;
        if (key === this.wanted) showPicture(parts.strip, /** @type {BlobPart} */ (buffers[0]));
      }
      const { buffers } = await messages.ask("clip", { key }).answer;
      if (key === this.wanted && !this.signal.aborted) this.load(key, /** @type {BlobPart} */ (buffers[0]));
    } catch {
      // A newer preview is on its way, or the view is gone.
    }
  }

  /** @param {string} key @param {BlobPart} bytes */
  load(key, bytes) {
    const next = el("video", { class: "hw-preview-video", loop: true, playsinline: true, preload: "auto", tabindex: -1 });
    next.muted = true;
    next.src = URL.createObjectURL(new Blob([bytes], { type: "video/mp4" }));
    this.parts.stage.insertBefore(next, this.parts.sign);
    let placed = false;
    const place = () => {
      if (!placed) this.replaceVideo(key, next);
      placed = true;
    };
    next.requestVideoFrameCallback?.(place);
    // Browsers present no frame of a video that is out of sight, and some have no such callback.
    listen(next, "loadeddata", () => setTimeout(place, PRESENTS_WITHIN_MS), this.signal);
    if (this.playing) next.play().catch(() => {});
  }

  /** @param {string} key @param {HTMLVideoElement} next */
  replaceVideo(key, next) {
    if (key !== this.wanted || this.signal.aborted) {
      URL.revokeObjectURL(next.src);
      next.remove();
      return;
    }
    this.removeVideo();
    this.video = next;
    this.root.dataset.shown = key;
    this.drawPlaying();
    this.playOrPause();
  }
}

/** @param {Context} context */
function render(context) {
  new ShotPreview(context);
}

export default { render };
