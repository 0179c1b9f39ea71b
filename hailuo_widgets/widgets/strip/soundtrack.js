/** The sound that a strip plays with: chosen here or in Python, heard in step with the pictures. */

import { asking, beside, isAsking } from "../page/asking.js";
import { button, el, follow, label, listen, megabytes } from "../page/dom.js";
import { CLOSE, MUTE, NOTES, SOUND } from "../page/icons.js";
import { upload } from "../shared/transfer.js";

/** @typedef {{ name: string, seconds: number, sha256: string, bytes: number, relpath: string }} Sound */

const ACCEPTED = "audio/*,video/*,.mp3,.wav,.m4a,.ogg,.opus,.flac";
const LIMIT = 60e6;
/** Seconds by which the sound may run apart before it is set right: more would be heard. */
const APART = 0.12;

/**
 * @param {object} about
 * @param {import("../page/dom.js").Model} about.model
 * @param {import("../shared/rpc.js").Channel} about.messages
 * @param {typeof import("../page/clip_cache.js").acquire} about.take
 * @param {() => number} about.time where the strip's playhead is, in seconds
 * @param {(words: string) => void} about.announce
 * @param {(muted: boolean) => void} about.muted whether the clips' own sound is not to be heard
 * @param {AbortSignal} about.signal
 */
export function soundOf({ model, messages, take, time, announce, muted, signal }) {
  const audio = el("audio", { preload: "auto" });
  const file = el("input", { type: "file", accept: ACCEPTED, class: "hw-unseen", tabindex: -1, "aria-label": "Music or voice file" });
  const add = button("Add music or a voice", { icon: NOTES, label: "Add music or a voice", class: "hw-quiet" });
  const name = el("span", { class: "hw-strip-sound-name", dir: "auto" });
  const offset = el("input", { type: "number", class: "hw-input hw-strip-offset", step: 0.1, "aria-label": "The sound begins at, in seconds" });
  const begins = el("label", { class: "hw-strip-begins", title: "When in the strip it begins; below 0, as much of its own beginning is left out" }, "begins at", offset, "s");
  const silent = button("Mute", { icon: SOUND });
  const out = button("Take the sound away", { icon: CLOSE });
  const told = beside("hw-strip-sound-note");
  const asks = asking({ messages, show: told.show, signal });
  const element = el("div", { class: "hw-strip-sound", role: "group", "aria-label": "Sound" }, add, name, begins, silent, out, told.element, file, audio);
  /** @type {(() => void) | null} */
  let release = null;
  let held = "";
  let quiet = false;
  let running = false;

  const sound = () => /** @type {Partial<Sound>} */ (model.get("sound"));
  const begin = () => /** @type {number} */ (model.get("audio_offset"));

  /** Where the sound is now, or null when it is not to be heard. */
  function due() {
    const at = time() - begin();
    return held && at >= 0 && (!Number.isFinite(audio.duration) || at < audio.duration) ? at : null;
  }

  /** Bring it to where the pictures are. */
  function keep() {
    const at = due();
    if (at === null || !running) {
      if (!audio.paused) audio.pause();
      return;
    }
    if (Math.abs(audio.currentTime - at) > APART) audio.currentTime = at;
    if (audio.paused) audio.play().catch(() => {});
  }

  function drop() {
    audio.pause();
    audio.removeAttribute("src");
    audio.load();
    release?.();
    release = null;
    held = "";
  }

  async function load() {
    const mine = sound();
    if ((mine.sha256 ?? "") === held) return;
    drop();
    if (!mine.sha256) return;
    const { sha256, bytes, relpath } = /** @type {Sound} */ (mine);
    held = sha256;
    const own = { ...messages, ask: (/** @type {string} */ kind, /** @type {object} */ fields) => messages.ask(kind, { ...fields, sha256 }) };
    const got = take({ sha256, bytes, relpath, messages: /** @type {import("../shared/rpc.js").Channel} */ (own), type: "" });
    release = got.release;
    try {
      const address = await got.address;
      if (held !== sha256 || signal.aborted) return;
      audio.src = address;
      keep();
    } catch (reason) {
      if (held === sha256) asks.refuse(/** @type {Error} */ (reason).message);
    }
  }

  function draw() {
    const { name: named = "", seconds = 0 } = sound();
    const there = named !== "";
    name.textContent = there ? `${named}${seconds ? ` · ${seconds.toFixed(1)} s` : ""}` : "";
    name.title = named;
    for (const each of [name, begins, silent, out]) each.hidden = !there;
    if (!isAsking(add)) label(add, there ? "Replace" : "Add music or a voice");
    add.setAttribute("aria-label", there ? "Replace the sound" : "Add music or a voice");
    if (document.activeElement !== offset) offset.value = String(begin());
    audio.muted = quiet;
    audio.volume = Math.min(1, 10 ** (model.get("audio_gain") / 20));
    silent.setAttribute("aria-pressed", String(quiet));
    silent.querySelector("path")?.setAttribute("d", quiet ? MUTE : SOUND);
    muted(there);
  }

  /** @param {File} given */
  async function send(given) {
    if (given.size > LIMIT) {
      asks.refuse(`${given.name} has ${megabytes(given.size)}; more than 60 MB is not sent. Name it in Python: strip.audio = "music.mp3".`);
      return;
    }
    label(add, "Sending…");
    const sent = await asks.during((sign) => upload(messages, given, given.name, (share) => {
      sign(share === 1);
      label(add, `Sending · ${Math.round(share * 100)} %`);
    }, signal), [add]);
    if (sent) announce(`${given.name} plays along.`);
    draw();
  }

  listen(add, "click", () => isAsking(add) || file.click(), signal);
  listen(file, "change", () => {
    const given = file.files?.[0];
    file.value = "";
    if (given) send(given);
  }, signal);
  listen(silent, "click", () => {
    quiet = !quiet;
    draw();
  }, signal);
  listen(out, "click", async () => {
    if (await asks.ask("silence", {}, { pressed: [out] })) add.focus();
  }, signal);
  listen(offset, "change", () => {
    const wish = Number(offset.value);
    if (offset.value === "" || !Number.isFinite(wish)) return draw();
    model.set("audio_offset", Math.max(-86_400, Math.min(86_400, wish)));
    model.save_changes();
    keep();
  }, signal);
  listen(audio, "error", () => {
    if (held && audio.hasAttribute("src")) asks.refuse("This browser cannot play this sound; the saved film has it.");
  }, signal);
  signal.addEventListener("abort", drop);
  follow(model, "sound audio_offset audio_gain", () => {
    draw();
    load();
    keep();
  }, signal);

  return {
    element,
    keep,
    /** @param {boolean} yes whether pictures move */
    runs(yes) {
      running = yes;
      keep();
    },
    /** @param {number} speed */
    rate(speed) {
      audio.playbackRate = speed;
    },
  };
}
