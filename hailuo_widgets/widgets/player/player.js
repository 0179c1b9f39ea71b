/** One clip, frame-exact. The browser owns the playhead; nothing per frame goes to the kernel. */

import { asker } from "../page/asker.js";
import { acquire } from "../page/clip_cache.js";
import { clampFrame, frameAfterKey, middleOf, presentedFrame, seeker, timecode } from "../page/frame_time.js";
import { announcer, button, el, isDisconnected, follow, listen, showPicture } from "../page/dom.js";
import { DOWNLOAD, NEXT, PICTURE } from "../page/icons.js";
import { keyboard } from "../page/keyboard.js";
import { NOT_LOADED, saveAddress, saveFrame } from "../page/save_file.js";
import { transportBar, transportControls } from "../page/transport_bar.js";
import { withNotices } from "../page/clip_loading.js";
import { channel } from "../shared/rpc.js";

/** @typedef {import("../page/dom.js").Context} Context */
/** @typedef {{ sha256: string, bytes: number, width: number, height: number, fps: number, frames: number, draft: boolean, name: string, summary: string }} Facts */

function build() {
  const parts = {
    video: el("video", { class: "hw-player-video", loop: true, playsinline: true, preload: "auto", tabindex: -1 }),
    poster: el("img", { class: "hw-player-poster", alt: "" }),
    badge: el("span", { class: "hw-player-badge" }, "Draft"),
    note: el("div", { class: "hw-player-note" }),
    stage: el("div", { class: "hw-player-stage", tabindex: 0, role: "group" }),
    scrubber: el("input", { type: "range", class: "hw-player-scrubber", min: 0, value: 0, step: 1, "aria-label": "Frame" }),
    still: button("Save frame", { icon: PICTURE, label: "Save frame", title: "Save this frame as PNG" }),
    download: button("Download", { icon: DOWNLOAD, label: "Download", title: "Download the clip" }),
    chain: button("Use last frame", { icon: NEXT, label: "Use last frame", title: "Use the last frame as the next start" }),
    summary: el("span", { class: "hw-player-summary" }),
  };
  // Chromium wants the property, not only the attribute, before it lets a video start by itself.
  parts.video.muted = true;
  parts.stage.append(parts.video, parts.poster, parts.badge, parts.note);
  return parts;
}

class Player {
  /** @param {Context} context */
  constructor({ model, el: root, signal }) {
    this.model = model;
    this.root = root;
    this.signal = signal;
    this.messages = channel(model, signal, () => isDisconnected(root));
    this.asker = asker({ messages: this.messages, signal });
    this.parts = build();
    this.video = this.parts.video;
    this.controls = transportControls({
      toggle: () => this.toggle(),
      step: (frames) => this.step(frames),
      setSpeed: (speed) => (this.video.playbackRate = speed),
      signal,
    });
    /** @type {Facts | null} */
    this.clip = null;
    /** @type {(() => void) | null} */
    this.release = null;
    this.frame = 0;
    this.inView = false;
    this.wantsToPlay = false;
    this.seeks = seeker((frame) => {
      if (this.clip) this.video.currentTime = middleOf(frame, this.clip.fps);
    });
    this.layOut();
    this.announce = announcer(root);
    this.listen();
    this.watchSight();
    this.watchFrames();
    follow(model, "facts", () => this.show(), signal);
    follow(model, "chainable", () => (this.parts.chain.hidden = !model.get("chainable")), signal);
  }

  layOut() {
    const { root, parts, signal } = this;
    root.classList.add("hw", "hw-player");
    keyboard(root, signal);
    const bar = transportBar({
      root,
      controls: this.controls,
      setLoop: (on) => (this.video.loop = on),
      saving: el("div", { class: "hw-player-take" }, parts.still, parts.download, parts.chain),
      signal,
    });
    root.append(parts.stage, parts.scrubber, bar, this.asker.element, parts.summary);
  }

  listen() {
    const { parts, video, signal } = this;
    listen(this.root, "keydown", (event) => this.onKey(event), signal);
    listen(parts.stage, "click", () => this.toggle(), signal);
    listen(parts.scrubber, "input", () => this.goTo(Number(parts.scrubber.value)), signal);
    listen(parts.still, "click", () => this.saveFrame(), signal);
    listen(parts.download, "click", () => this.download(), signal);
    listen(parts.chain, "click", () => this.useLastFrame(), signal);
    for (const type of /** @type {const} */ (["play", "pause", "ended"])) listen(video, type, () => this.controls.drawPlaying(!video.paused), signal);
    listen(video, "seeked", () => this.seeks.landed(), signal);
    listen(video, "loadeddata", () => (parts.poster.hidden = true), signal);
  }

  /** Load the clip when it comes near, and pause it while it is out of sight. */
  watchSight() {
    const { parts, video, signal } = this;
    const sight = new IntersectionObserver(([entry]) => {
      this.inView = entry.isIntersecting;
      if (this.inView) this.load();
      if (!this.inView) video.pause();
      else if (this.wantsToPlay) this.play();
    }, { rootMargin: "200px" });
    sight.observe(this.root);
    signal.addEventListener("abort", () => {
      sight.disconnect();
      video.pause();
      video.removeAttribute("src");
      this.release?.();
      showPicture(parts.poster, null);
    });
  }

  /** Follow what is truly on the screen: each frame's own time, as the browser presented it. */
  watchFrames() {
    this.video.requestVideoFrameCallback((_, { mediaTime }) => {
      const { clip, video } = this;
      if (this.signal.aborted) return;
      if (clip && this.seeks.pending === null && !video.seeking) {
        this.showFrame(presentedFrame(mediaTime, video.duration, clip.fps, clip.frames));
      }
      this.watchFrames();
    });
  }

  /** @param {number} frame */
  showFrame(frame) {
    const { clip, parts } = this;
    if (!clip) return;
    this.frame = frame;
    const code = timecode(frame, clip.fps);
    const words = `frame ${frame + 1}/${clip.frames}`;
    this.controls.drawPlace(code, words);
    parts.scrubber.value = String(frame);
    parts.scrubber.setAttribute("aria-valuetext", `${code}, ${words}`);
    this.root.dataset.frame = String(frame);
  }

  /** Pause and show a frame. @param {number} frame */
  goTo(frame) {
    if (!this.clip || !this.video.src) return;
    this.pause();
    this.showFrame(clampFrame(frame, this.clip.frames));
    this.seeks.want(this.frame);
  }

  /** @param {number} frames */
  step(frames) {
    this.goTo((this.seeks.pending ?? this.frame) + frames);
  }

  play() {
    this.wantsToPlay = true;
    if (this.inView && this.video.src) this.video.play().catch(() => {});
  }

  pause() {
    this.wantsToPlay = false;
    this.video.pause();
  }

  toggle() {
    if (this.video.paused) this.play();
    else this.pause();
  }

  /** Show the model's clip from its beginning: its poster first, the video once it is in view. */
  show() {
    const { parts, video } = this;
    this.release?.();
    this.release = null;
    this.seeks.reset();
    const facts = this.model.get("facts");
    /** @type {Facts | null} */
    const clip = (this.clip = facts.sha256 ? facts : null);
    this.root.classList.toggle("hw-player-empty", clip === null);
    parts.badge.hidden = !clip?.draft;
    parts.note.textContent = "";
    this.asker.refuse("");
    video.removeAttribute("src");
    video.load();
    if (!clip) {
      parts.note.textContent = "The clip will appear here.";
      return showPicture(parts.poster, null);
    }
    parts.scrubber.max = String(clip.frames - 1);
    parts.stage.style.aspectRatio = `${clip.width} / ${clip.height}`;
    parts.stage.setAttribute("aria-label", `${clip.draft ? "Draft" : "Clip"}, ${clip.summary}`);
    parts.summary.textContent = clip.summary;
    parts.poster.hidden = false;
    this.showFrame(0);
    this.messages.ask("poster", { sha256: clip.sha256 }).answer.then(
      ({ buffers }) => this.clip === clip && showPicture(parts.poster, /** @type {BlobPart} */ (buffers[0])),
      () => {},
    );
    if (!window.matchMedia("(prefers-reduced-motion: reduce)").matches) this.wantsToPlay = true;
    if (this.inView) this.load();
  }

  async load() {
    const { clip, video } = this;
    const { note } = this.parts;
    if (!clip || this.release) return;
    const { sha256, bytes } = clip;
    const held = (this.model.acquire ?? acquire)({ sha256, bytes, relpath: this.model.get("relpath"), messages: this.about(clip) }, (share) => {
      if (this.clip === clip) note.textContent = `Loading · ${Math.round(share * 100)} %`;
    });
    this.release = held.release;
    try {
      const address = await withNotices(held.address, (notice) => this.clip === clip && (note.textContent = notice));
      if (this.clip !== clip || this.signal.aborted) return;
      note.textContent = "";
      video.src = address;
      video.playbackRate = Number(this.controls.speed.value);
      if (this.wantsToPlay) this.play();
    } catch (reason) {
      if (this.clip === clip && !this.signal.aborted) note.textContent = /** @type {Error} */ (reason).message;
    }
  }

  /** Return the channel with every question about this clip. @param {Facts} clip @returns {import("../shared/rpc.js").Channel} */
  about({ sha256 }) {
    return { ...this.messages, ask: (kind, fields) => this.messages.ask(kind, { ...fields, sha256 }) };
  }

  saveFrame() {
    if (this.clip) saveFrame(this.video, { name: this.clip.name, frame: this.frame }, this.asker.refuse);
  }

  download() {
    if (!this.clip) return;
    if (this.video.src) saveAddress(this.video.src, `${this.clip.name}.mp4`);
    else this.asker.refuse(NOT_LOADED);
  }

  async useLastFrame() {
    if (!this.clip) return;
    const answer = await this.asker.ask("last_frame", { sha256: this.clip.sha256 }, { pressed: [this.parts.chain] });
    if (answer) this.announce("The last frame is the next start frame.");
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const { clip } = this;
    if (!clip || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof HTMLSelectElement) return;
    if (event.key === " " && !(event.target instanceof HTMLButtonElement)) {
      event.preventDefault();
      this.toggle();
    }
    const frame = frameAfterKey(event, this.seeks.pending ?? this.frame, clip.fps, clip.frames);
    if (frame === null) return;
    event.preventDefault();
    this.goTo(frame);
  }
}

/** @param {Context} context */
function render(context) {
  new Player(context);
}

export default { render };
