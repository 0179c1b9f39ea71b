/** Clips in order, played as one film: moved, taken out, gone on from, and saved as one MP4. */

import { asker } from "../page/asker.js";
import { acquire } from "../page/clip_cache.js";
import { timecode } from "../page/frame_time.js";
import { announcer, button, el, isDisconnected, follow, listen } from "../page/dom.js";
import { keyboard } from "../page/keyboard.js";
import { saveFrame } from "../page/save_file.js";
import { store } from "../page/store.js";
import { transportBar, transportControls } from "../page/transport_bar.js";
import { channel } from "../shared/rpc.js";
import { saveControls } from "./save.js";
import { GaplessPlayer } from "./gapless_player.js";
import { ClipRow } from "./clip_row.js";
import { Soundtrack } from "./soundtrack.js";
import { cuts, numberOf, placeAfterKey, placeOf, timeOf, totalOf } from "./timeline.js";
import { inlineStudio } from "../page/inline_studio.js";
import { Thumbnails } from "../shared/thumbnails.js";

/**
 * @typedef {import("../page/dom.js").Context} Context
 * @typedef {import("./clip_item.js").ClipState} ClipState
 * @typedef {import("./video_buffer.js").Shot} Shot
 *
 * @typedef {object} State
 * @property {ClipState[]} clips in the order that is seen
 * @property {Shot[]} shots those that can be played
 * @property {{ order: string[], key: string } | null} removed the clip that was taken out last, and the order before
 */

/** @type {State} */
const INITIAL = { clips: [], shots: [], removed: null };

const BEGINS_THERE = "It begins with the last frame of that clip. What is made here can be added at the end.";

function build() {
  const video = () => el("video", { class: "hw-strip-video", playsinline: true, preload: "auto", tabindex: -1 });
  const parts = {
    videos: [video(), video()],
    poster: el("img", { class: "hw-strip-poster", alt: "" }),
    badge: el("span", { class: "hw-strip-stage-badge" }, "Draft"),
    note: el("div", { class: "hw-strip-note" }),
    stage: el("div", { class: "hw-strip-stage", tabindex: 0, role: "group", "aria-label": "Strip" }),
    scrubber: el("input", { type: "range", class: "hw-strip-scrubber", min: 0, value: 0, step: 1, "aria-label": "Frame of the strip" }),
    marks: el("div", { class: "hw-strip-marks", "aria-hidden": "true" }),
    empty: el("div", { class: "hw-strip-empty" }, el("strong", {}, "No clip in this strip yet"), el("span", {}, "Put some in: ", el("code", {}, "strip.append(hw.generate(...))"), " or ", el("code", {}, "hw.Strip([first, second])"), ".")),
    undo: button("Put it back", { class: "hw-quiet hw-strip-undo" }),
    summary: el("span", { class: "hw-strip-summary" }),
    add: button("Add its clip to the strip"),
    hint: el("span", { class: "hw-strip-hint" }),
  };
  parts.undo.hidden = true;
  parts.stage.append(...parts.videos, parts.poster, parts.badge, parts.note);
  return parts;
}

class Strip {
  /** @param {Context} context */
  constructor({ model, el: root, signal }) {
    this.model = model;
    this.root = root;
    this.signal = signal;
    this.messages = channel(model, signal, () => isDisconnected(root));
    this.asker = asker({ messages: this.messages, signal });
    this.pictures = new Thumbnails(this.messages, signal);
    this.parts = build();
    this.state = store(INITIAL);
    /** @type {Map<string, Shot>} every shot that was here, by key */
    this.known = new Map();
    this.player = this.makePlayer();
    this.row = new ClipRow({
      pictures: this.pictures,
      go: (key) => this.goToClip(key),
      arrange: (order, words) => this.arrange(order, words),
      next: (key, pressed) => this.openNext(key, pressed),
      signal,
    });
    this.below = this.makeStudio();
    this.controls = transportControls({
      toggle: () => this.player.toggle(),
      step: (frames) => this.step(frames),
      setSpeed: (speed) => this.setSpeed(speed),
      signal,
    });
    /** @type {(words: string) => void} */
    this.announce = () => {};
    this.saving = saveControls({
      messages: this.messages,
      order: () => this.clips.map(({ key }) => key),
      saveFrame: () => this.saveFrame(),
      asker: this.asker,
      announce: (words) => this.announce(words),
      signal,
    });
    this.self = this.layOut();
    this.announce = announcer(root);
    this.sound = this.makeSoundtrack();
    this.self.append(this.sound.element, el("div", { class: "hw-strip-foot" }, this.parts.summary, this.parts.undo), this.saving.saved, this.asker.element);
    root.append(this.parts.empty, this.below.element);
    this.listen();
    follow(model, "offered", () => this.drawOffered(), signal);
    follow(model, "shots", () => this.show(model.get("shots")), signal);
  }

  makePlayer() {
    const { parts, signal } = this;
    const acquireClip = this.model.acquire ?? acquire;
    return new GaplessPlayer({
      videos: parts.videos,
      acquire: ({ facts: { sha256, bytes }, relpath }, onProgress) => acquireClip({ sha256, bytes, relpath, messages: this.about(sha256) }, onProgress),
      events: {
        onPlace: (place) => this.showPlace(place),
        onPlaying: (playing) => this.controls.drawPlaying(playing),
        onMoving: (moving) => this.sound.setMoving(moving),
        onNote: (words) => (parts.note.textContent = words),
        onPicture: () => (parts.poster.hidden = true),
      },
      signal,
    });
  }

  /** The Studio for the next shot, which opens beneath the strip. */
  makeStudio() {
    const { parts } = this;
    return inlineStudio({
      model: this.model,
      label: "Studio for the next shot",
      close: (pressed) => this.asker.ask("close_studio", {}, { pressed: [pressed] }),
      above: [el("div", { class: "hw-strip-goes-on" }, el("strong", {}, "Next shot"), parts.add, parts.hint)],
      signal: this.signal,
    });
  }

  makeSoundtrack() {
    return new Soundtrack({
      model: this.model,
      messages: this.messages,
      acquire: this.model.acquire ?? acquire,
      time: () => (this.shots.length ? timeOf(this.shots, this.player.place) : 0),
      announce: this.announce,
      muteClips: (muted) => this.player.setMuted(muted),
      signal: this.signal,
    });
  }

  layOut() {
    const { root, parts, signal } = this;
    root.classList.add("hw", "hw-strip");
    keyboard(root, signal);
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", "Strip of clips");
    const bar = transportBar({ root, controls: this.controls, setLoop: (on) => this.player.setLoop(on), saving: this.saving.element, signal });
    const self = el("div", { class: "hw-strip-self" }, parts.stage, el("div", { class: "hw-strip-ruler" }, parts.scrubber, parts.marks), bar, this.row.element);
    root.append(self);
    return self;
  }

  listen() {
    const { parts, player, signal } = this;
    listen(this.self, "keydown", (event) => this.onKey(event), signal);
    listen(parts.stage, "click", () => player.toggle(), signal);
    listen(parts.scrubber, "input", () => this.shots.length && player.go(placeOf(this.shots, Number(parts.scrubber.value))), signal);
    listen(parts.undo, "click", () => this.putBack(), signal);
    listen(parts.add, "click", async () => {
      if (await this.asker.ask("take", {}, { pressed: [parts.add] })) this.announce("The clip is at the end of the strip.");
    }, signal);
    this.state.subscribe((now, before) => {
      if (now.clips !== before.clips) this.draw();
      parts.undo.hidden = now.removed === null;
    }, signal);
    const sight = new IntersectionObserver(([entry]) => player.setNear(entry.isIntersecting), { rootMargin: "200px" });
    sight.observe(parts.stage);
    signal.addEventListener("abort", () => sight.disconnect());
  }

  /** Return the channel with every question about one clip. @param {string} sha256 @returns {import("../shared/rpc.js").Channel} */
  about(sha256) {
    return { ...this.messages, ask: (kind, fields) => this.messages.ask(kind, { ...fields, sha256 }) };
  }

  get clips() {
    return this.state.get().clips;
  }

  get shots() {
    return this.state.get().shots;
  }

  /** @param {import("./timeline.js").Place} place */
  showPlace(place) {
    const { parts, shots } = this;
    if (shots.length === 0) return;
    const number = numberOf(shots, place);
    const total = totalOf(shots).frames;
    const shot = shots[place.part];
    const code = timecode(timeOf(shots, place) * 1000, 1000);
    this.controls.drawPlace(code, `frame ${number + 1}/${total}`);
    parts.scrubber.value = String(number);
    parts.scrubber.setAttribute("aria-valuetext", `${code}, frame ${number + 1} of ${total}, clip ${place.part + 1} of ${shots.length}`);
    parts.badge.hidden = !shot.facts.draft;
    this.root.dataset.frame = String(number);
    this.row.mark(shot.key);
    this.sound.keepInStep();
  }

  /** @param {ClipState[]} clips */
  show(clips) {
    for (const { key, facts, relpath } of clips) {
      if (facts.sha256 && !this.known.has(key)) this.known.set(key, { key, fps: facts.fps, frames: facts.frames, facts: /** @type {import("../player/player.js").Facts} */ (facts), relpath });
    }
    this.state.set({ clips, shots: clips.flatMap(({ key }) => this.known.get(key) ?? []) });
  }

  /** Draw anew after other clips have come, or in another order. */
  draw() {
    const { parts, root, clips, shots } = this;
    root.classList.toggle("hw-strip-none", clips.length === 0);
    root.classList.toggle("hw-strip-still", shots.length === 0);
    parts.scrubber.max = String(Math.max(0, totalOf(shots).frames - 1));
    this.drawMarks();
    this.row.draw(clips);
    if (shots.length > 0) parts.stage.style.aspectRatio = `${shots[0].facts.width} / ${shots[0].facts.height}`;
    this.drawSummary();
    this.saving.draw(shots.length, clips.length - shots.length);
    if (shots.length > 0 && !this.player.video) this.showPoster();
    this.player.setShots(shots);
    this.controls.drawPlaying(this.player.playing);
  }

  drawSummary() {
    const { clips, shots } = this;
    const { frames, seconds } = totalOf(shots);
    const waiting = clips.length - shots.length;
    this.parts.summary.textContent = [
      `${clips.length} clip${clips.length === 1 ? "" : "s"}`,
      ...(shots.length ? [`${seconds.toFixed(1)} s`, `${frames} frames`] : []),
      ...(waiting ? [`${waiting} not here yet`] : []),
      ...(shots.some(({ facts }) => facts.draft) ? ["with drafts"] : []),
    ].join(" · ");
  }

  showPoster() {
    const { poster } = this.parts;
    poster.hidden = false;
    this.pictures.want(`clip:${this.shots[0].facts.sha256}`, (address) => (poster.src = address), 480);
  }

  drawMarks() {
    const last = totalOf(this.shots).frames - 1;
    this.parts.marks.replaceChildren(
      ...cuts(this.shots).map((number) => {
        const mark = el("span", { class: "hw-strip-mark" });
        mark.style.setProperty("--hw-at", String((number - 0.5) / last));
        return mark;
      }),
    );
  }

  drawOffered() {
    const { add, hint } = this.parts;
    const offered = this.model.get("offered");
    add.disabled = !offered;
    add.classList.toggle("hw-primary", offered);
    hint.textContent = offered ? "" : BEGINS_THERE;
  }

  /** Show another order at once, and let the kernel know. @param {string[]} order @param {string} words */
  arrange(order, words) {
    const before = this.clips.map(({ key }) => key);
    const gone = before.find((key) => !order.includes(key));
    this.state.set({ removed: gone ? { order: before, key: gone } : null });
    const all = new Map(/** @type {ClipState[]} */ ([...this.model.get("shots"), ...this.clips]).map((clip) => [clip.key, clip]));
    this.show(order.flatMap((key) => all.get(key) ?? []));
    this.announce(words);
    this.sendOrder(order, before);
  }

  /** @param {string[]} keys @param {string[]} before */
  async sendOrder(keys, before) {
    // Refused, the kernel's order stands.
    if (!(await this.asker.ask("arrange", { keys, known: before })) && !this.signal.aborted) this.show(this.model.get("shots"));
  }

  async putBack() {
    const { removed, clips } = this.state.get();
    if (!removed) return;
    this.state.set({ removed: null });
    this.announce("It is back in its place.");
    await this.sendOrder(removed.order, clips.map((clip) => clip.key));
    /** @type {HTMLElement | null} */ (this.root.querySelector(`[data-key="${removed.key}"] .hw-strip-thumb`))?.focus();
  }

  /** @param {string} key */
  goToClip(key) {
    const part = this.shots.findIndex((shot) => shot.key === key);
    if (part >= 0) this.player.go({ part, frame: 0 });
  }

  /** @param {string} key @param {HTMLElement} pressed */
  openNext(key, pressed) {
    this.below.expect(true);
    this.player.pause();
    this.asker.ask("next", { key }, { pressed: [pressed] });
  }

  /** @param {number} frames */
  step(frames) {
    const { shots, player } = this;
    if (shots.length > 0) player.go(placeOf(shots, numberOf(shots, player.place) + frames));
  }

  /** @param {number} speed */
  setSpeed(speed) {
    this.player.setSpeed(speed);
    this.sound.setSpeed(speed);
  }

  saveFrame() {
    const { video, place } = this.player;
    const shot = this.shots[place.part];
    if (shot) saveFrame(video, { name: shot.facts.name, frame: place.frame }, this.asker.refuse);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const { shots, player } = this;
    if (shots.length === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const { target } = event;
    if (target instanceof HTMLSelectElement || (target instanceof HTMLInputElement && target !== this.parts.scrubber)) return;
    if (event.key === " " && !(target instanceof HTMLButtonElement)) {
      event.preventDefault();
      player.toggle();
    }
    const place = placeAfterKey(event, player.place, shots);
    if (place === null) return;
    event.preventDefault();
    player.go(place);
  }
}

/** @param {Context} context */
function render(context) {
  new Strip(context);
}

export default { render };
