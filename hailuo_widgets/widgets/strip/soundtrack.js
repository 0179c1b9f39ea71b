/** The sound that a strip plays with: chosen here or in Python, heard in step with the pictures. */

import { asker, statusBox, isAsking } from "../page/asker.js";
import { setLabel } from "../page/button_label.js";
import { button, el, follow, listen } from "../page/dom.js";
import { CLOSE, MUTE, NOTES, SOUND } from "../page/icons.js";
import { megabytes, upload } from "../shared/transfer.js";

/** @typedef {{ name: string, seconds: number, sha256: string, bytes: number, relpath: string }} Sound */

const ACCEPTED = "audio/*,video/*,.mp3,.wav,.m4a,.ogg,.opus,.flac";
const LIMIT = 60e6;
/** Seconds by which the sound may run apart before it is set right: more would be heard. */
const MAX_DRIFT = 0.12;
/** Seconds that it may begin before or after the strip: a day. */
const MAX_OFFSET = 86_400;

function build() {
  const offset = el("input", { type: "number", class: "hw-input hw-strip-offset", step: 0.1, "aria-label": "The sound begins at, in seconds" });
  return {
    audio: el("audio", { preload: "auto" }),
    file: el("input", { type: "file", accept: ACCEPTED, class: "hw-unseen", tabindex: -1, "aria-label": "Music or voice file" }),
    add: button("Add music or a voice", { icon: NOTES, label: "Add music or a voice", class: "hw-quiet" }),
    name: el("span", { class: "hw-strip-sound-name", dir: "auto" }),
    offset,
    begins: el("label", { class: "hw-strip-begins", title: "When in the strip it begins; below 0, as much of its own beginning is left out" }, "begins at", offset, "s"),
    mute: button("Mute", { icon: SOUND }),
    remove: button("Take the sound away", { icon: CLOSE }),
  };
}

export class Soundtrack {
  /**
   * @param {object} about
   * @param {import("../page/dom.js").Model} about.model
   * @param {import("../shared/rpc.js").Channel} about.messages
   * @param {typeof import("../page/clip_cache.js").acquire} about.acquire
   * @param {() => number} about.time where the strip's playhead is, in seconds
   * @param {(words: string) => void} about.announce
   * @param {(muted: boolean) => void} about.muteClips whether the clips' own sound is not to be heard
   * @param {AbortSignal} about.signal
   */
  constructor({ model, messages, acquire, time, announce, muteClips, signal }) {
    this.model = model;
    this.messages = messages;
    this.acquire = acquire;
    this.time = time;
    this.announce = announce;
    this.muteClips = muteClips;
    this.signal = signal;
    this.parts = build();
    this.asker = asker({ messages, box: statusBox("hw-strip-sound-note"), signal });
    const { add, name, begins, mute, remove, file, audio } = this.parts;
    this.element = el("div", { class: "hw-strip-sound", role: "group", "aria-label": "Sound" }, add, name, begins, mute, remove, this.asker.element, file, audio);
    /** @type {(() => void) | null} */
    this.release = null;
    /** The hash of the sound that is loaded or on its way; "" for none. */
    this.held = "";
    this.muted = false;
    this.moving = false;
    this.listen();
    signal.addEventListener("abort", () => this.unload());
    follow(model, "sound audio_offset audio_gain", () => {
      this.draw();
      this.load();
      this.keepInStep();
    }, signal);
  }

  listen() {
    const { add, file, mute, remove, offset, audio } = this.parts;
    const { signal } = this;
    listen(add, "click", () => isAsking(add) || file.click(), signal);
    listen(file, "change", () => {
      const chosen = file.files?.[0];
      file.value = "";
      if (chosen) this.send(chosen);
    }, signal);
    listen(mute, "click", () => {
      this.muted = !this.muted;
      this.draw();
    }, signal);
    listen(remove, "click", async () => {
      if (await this.asker.ask("silence", {}, { pressed: [remove] })) add.focus();
    }, signal);
    listen(offset, "change", () => this.setOffset(), signal);
    listen(audio, "error", () => {
      if (this.held && audio.hasAttribute("src")) this.asker.refuse("This browser cannot play this sound; the saved film has it.");
    }, signal);
  }

  /** @returns {Partial<Sound>} */
  get sound() {
    return this.model.get("sound");
  }

  /** Where the sound is to be now, in its own seconds, or null when it is not to be heard. */
  dueTime() {
    const { audio } = this.parts;
    const time = this.time() - this.model.get("audio_offset");
    return this.held && time >= 0 && (!Number.isFinite(audio.duration) || time < audio.duration) ? time : null;
  }

  /** Bring it to where the pictures are. */
  keepInStep() {
    const { audio } = this.parts;
    const time = this.dueTime();
    if (time === null || !this.moving) {
      if (!audio.paused) audio.pause();
      return;
    }
    if (Math.abs(audio.currentTime - time) > MAX_DRIFT) audio.currentTime = time;
    if (audio.paused) audio.play().catch(() => {});
  }

  unload() {
    const { audio } = this.parts;
    audio.pause();
    audio.removeAttribute("src");
    audio.load();
    this.release?.();
    this.release = null;
    this.held = "";
  }

  async load() {
    const { sha256 = "", bytes = 0, relpath = "" } = this.sound;
    if (sha256 === this.held) return;
    this.unload();
    if (!sha256) return;
    this.held = sha256;
    /** @type {import("../shared/rpc.js").Channel} */
    const messages = { ...this.messages, ask: (kind, fields) => this.messages.ask(kind, { ...fields, sha256 }) };
    const held = this.acquire({ sha256, bytes, relpath, messages, type: "" });
    this.release = held.release;
    try {
      const address = await held.address;
      if (this.held !== sha256 || this.signal.aborted) return;
      this.parts.audio.src = address;
      this.keepInStep();
    } catch (reason) {
      if (this.held === sha256) this.asker.refuse(/** @type {Error} */ (reason).message);
    }
  }

  draw() {
    const { audio, add, name, begins, mute, remove, offset } = this.parts;
    const { name: title = "", seconds = 0 } = this.sound;
    const chosen = title !== "";
    name.textContent = chosen ? `${title}${seconds ? ` · ${seconds.toFixed(1)} s` : ""}` : "";
    name.title = title;
    for (const each of [name, begins, mute, remove]) each.hidden = !chosen;
    if (!isAsking(add)) setLabel(add, chosen ? "Replace" : "Add music or a voice");
    add.setAttribute("aria-label", chosen ? "Replace the sound" : "Add music or a voice");
    if (document.activeElement !== offset) offset.value = String(this.model.get("audio_offset"));
    audio.muted = this.muted;
    audio.volume = Math.min(1, 10 ** (this.model.get("audio_gain") / 20));
    mute.setAttribute("aria-pressed", String(this.muted));
    mute.querySelector("path")?.setAttribute("d", this.muted ? MUTE : SOUND);
    this.muteClips(chosen);
  }

  /** @param {File} file */
  async send(file) {
    const { add } = this.parts;
    if (file.size > LIMIT) {
      this.asker.refuse(`${file.name} has ${megabytes(file.size)}; more than 60 MB is not sent. Name it in Python: strip.audio = "music.mp3".`);
      return;
    }
    setLabel(add, "Sending…");
    const sent = await this.asker.during((heartbeat) => upload(this.messages, file, file.name, (share) => {
      heartbeat(share === 1);
      setLabel(add, `Sending · ${Math.round(share * 100)} %`);
    }, this.signal), [add]);
    if (sent) this.announce(`${file.name} plays along.`);
    this.draw();
  }

  /** Let the sound begin where the field says. */
  setOffset() {
    const { offset } = this.parts;
    const seconds = Number(offset.value);
    if (offset.value === "" || !Number.isFinite(seconds)) return this.draw();
    this.model.set("audio_offset", Math.max(-MAX_OFFSET, Math.min(MAX_OFFSET, seconds)));
    this.model.save_changes();
    this.keepInStep();
  }

  /** @param {boolean} moving whether pictures move */
  setMoving(moving) {
    this.moving = moving;
    this.keepInStep();
  }

  /** @param {number} speed */
  setSpeed(speed) {
    this.parts.audio.playbackRate = speed;
  }
}
