/** Clips in order, played as one film: moved, taken out, gone on from, and saved as one MP4. */

import { asking, beside } from "../page/asking.js";
import { acquire } from "../page/clip_cache.js";
import { timecode } from "../page/frame_time.js";
import { announcer, button, el, ended, follow, icon, listen } from "../page/dom.js";
import { BACK, FORWARD, FULL, LOOP, PAUSE, PLAY } from "../page/icons.js";
import { keyboard } from "../page/keyboard.js";
import { channel } from "../shared/rpc.js";
import { keeping } from "./save.js";
import { reel } from "./gapless_player.js";
import { shelf } from "./clip_row.js";
import { soundOf } from "./soundtrack.js";
import { cuts, numberOf, placeAfterKey, placeOf, timeOf, whole } from "./timeline.js";
import { studioBelow } from "../page/inline_studio.js";
import { thumbs } from "../shared/thumbnails.js";

/**
 * @typedef {import("../page/dom.js").Context} Context
 * @typedef {import("./clip_row.js").Said} Said
 * @typedef {import("./gapless_player.js").Shot & { facts: import("../player/player.js").Facts, relpath: string }} Shot
 */

const SPEEDS = [0.25, 0.5, 1, 1.5, 2];

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
    play: button("Play", { icon: PLAY, class: "hw-strip-play" }),
    back: button("Back one frame", { icon: BACK, title: "Back one frame (←)" }),
    forward: button("Forward one frame", { icon: FORWARD, title: "Forward one frame (→)" }),
    time: el("span", { class: "hw-strip-time" }),
    frame: el("span", { class: "hw-strip-frame" }),
    speed: el("select", { class: "hw-select", "aria-label": "Speed", title: "Speed" }, ...SPEEDS.map((speed) => el("option", { value: speed, selected: speed === 1 }, `${speed}x`))),
    loop: button("Loop", { icon: LOOP }),
    full: button("Full screen", { icon: FULL }),
    empty: el("div", { class: "hw-strip-empty" }, el("strong", {}, "No clip in this strip yet"), el("span", {}, "Put some in: ", el("code", {}, "strip.append(hw.generate(...))"), " or ", el("code", {}, "hw.Strip([first, second])"), ".")),
    undo: button("Put it back", { class: "hw-quiet hw-strip-undo" }),
    summary: el("span", { class: "hw-strip-summary" }),
    add: button("Add its clip to the strip"),
    goesOn: el("span", { class: "hw-strip-hint" }),
  };
  parts.stage.append(...parts.videos, parts.poster, parts.badge, parts.note);
  parts.loop.setAttribute("aria-pressed", "true");
  return parts;
}

/** @param {Context} context */
function render({ model, el: root, signal }) {
  const messages = channel(model, signal, () => ended(root));
  const told = beside();
  const asks = asking({ messages, show: told.show, signal });
  const pictures = thumbs(messages, signal);
  const take = model.acquire ?? acquire;
  const parts = build();
  /** @type {Said[]} in the order that is seen */
  let said = [];
  /** @type {Map<string, Shot>} */
  const known = new Map();
  /** @type {Shot[]} those that can be played */
  let shots = [];
  /** @type {{ order: string[], key: string } | null} */
  let taken = null;

  const film = reel({
    videos: parts.videos,
    take: (/** @type {Shot} */ { facts, relpath }, tell) => take({ sha256: facts.sha256, bytes: facts.bytes, relpath, messages: about(facts.sha256) }, tell),
    shown: (place) => showPlace(place),
    stands: () => drawPlaying(),
    runs: (yes) => sound.runs(yes),
    note: (words) => (parts.note.textContent = words),
    fronted: () => (parts.poster.hidden = true),
    signal,
  });

  /** Questions about one clip. @param {string} sha256 @returns {import("../shared/rpc.js").Channel} */
  function about(sha256) {
    return { ...messages, ask: (kind, fields) => messages.ask(kind, { ...fields, sha256 }) };
  }

  const row = shelf({
    pictures,
    go: (key) => {
      const part = shots.findIndex((shot) => shot.key === key);
      if (part >= 0) film.go({ part, frame: 0 });
    },
    arrange,
    next: (key, pressed) => {
      below.meant(true);
      film.pause();
      asks.ask("next", { key }, { pressed: [pressed] });
    },
    signal,
  });
  const below = studioBelow({ model, label: "Studio for the next shot", close: (pressed) => asks.ask("close_studio", {}, { pressed: [pressed] }), above: [el("div", { class: "hw-strip-goes-on" }, el("strong", {}, "Next shot"), parts.add, parts.goesOn)], signal });

  const keep = keeping({
    messages,
    order: () => said.map(({ key }) => key),
    seen: () => (film.video ? { video: film.video, name: shots[film.place.part].facts.name, frame: film.place.frame } : null),
    asks,
    announce: (words) => announce(words),
    signal,
  });

  root.classList.add("hw", "hw-strip");
  keyboard(root, signal);
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Strip of clips");
  const self = el(
    "div",
    { class: "hw-strip-self" },
    parts.stage,
    el("div", { class: "hw-strip-ruler" }, parts.scrubber, parts.marks),
    el(
      "div",
      { class: "hw-strip-controls", role: "toolbar", "aria-label": "Player" },
      el("div", { class: "hw-strip-group" }, parts.play, parts.back, parts.forward),
      el("div", { class: "hw-strip-group hw-strip-where" }, parts.time, parts.frame),
      el("div", { class: "hw-strip-group" }, parts.speed, parts.loop, parts.full),
      keep.element,
    ),
    row.element,
  );
  root.append(self);
  const announce = announcer(root);
  const sound = soundOf({
    model,
    messages,
    take,
    time: () => (shots.length ? timeOf(shots, film.place) : 0),
    announce,
    muted: (yes) => (film.muted = yes),
    signal,
  });
  self.append(sound.element, el("div", { class: "hw-strip-foot" }, parts.summary, parts.undo), keep.saved, told.element);
  root.append(parts.empty, below.element);

  /** @param {import("./timeline.js").Place} place */
  function showPlace(place) {
    if (shots.length === 0) return;
    const number = numberOf(shots, place);
    const total = whole(shots).frames;
    const shot = shots[place.part];
    parts.time.textContent = timecode(timeOf(shots, place) * 1000, 1000);
    parts.frame.textContent = `frame ${number + 1}/${total}`;
    parts.scrubber.value = String(number);
    parts.scrubber.setAttribute("aria-valuetext", `${parts.time.textContent}, frame ${number + 1} of ${total}, clip ${place.part + 1} of ${shots.length}`);
    parts.badge.hidden = !shot.facts.draft;
    root.dataset.frame = String(number);
    row.mark(shot.key);
    sound.keep();
  }

  function drawPlaying() {
    const name = film.playing ? "Pause" : "Play";
    if (parts.play.getAttribute("aria-label") === name && parts.play.childElementCount) return;
    parts.play.replaceChildren(icon(film.playing ? PAUSE : PLAY));
    parts.play.setAttribute("aria-label", name);
    parts.play.title = `${name} (space)`;
  }

  /** @param {Said[]} given */
  function show(given) {
    said = given;
    for (const { key, facts, relpath } of said) {
      if (facts.sha256 && !known.has(key)) known.set(key, { key, fps: facts.fps, frames: facts.frames, facts: /** @type {import("../player/player.js").Facts} */ (facts), relpath });
    }
    shots = said.flatMap(({ key }) => known.get(key) ?? []);
    const { frames, seconds } = whole(shots);
    const waiting = said.length - shots.length;
    root.classList.toggle("hw-strip-none", said.length === 0);
    root.classList.toggle("hw-strip-still", shots.length === 0);
    parts.scrubber.max = String(Math.max(0, frames - 1));
    drawMarks();
    row.draw(said);
    if (shots.length > 0) parts.stage.style.aspectRatio = `${shots[0].facts.width} / ${shots[0].facts.height}`;
    parts.summary.textContent = [
      `${said.length} clip${said.length === 1 ? "" : "s"}`,
      ...(shots.length ? [`${seconds.toFixed(1)} s`, `${frames} frames`] : []),
      ...(waiting ? [`${waiting} not here yet`] : []),
      ...(shots.some(({ facts }) => facts.draft) ? ["with drafts"] : []),
    ].join(" · ");
    keep.draw(shots.length, waiting);
    parts.undo.hidden = taken === null;
    if (shots.length > 0 && !film.video) showPoster();
    film.take(shots);
    drawPlaying();
  }

  function showPoster() {
    const { facts } = shots[0];
    parts.poster.hidden = false;
    pictures.want(`clip:${facts.sha256}`, (address) => (parts.poster.src = address), 480);
  }

  function drawMarks() {
    const last = whole(shots).frames - 1;
    parts.marks.replaceChildren(
      ...cuts(shots).map((number) => {
        const mark = el("span", { class: "hw-strip-mark" });
        mark.style.setProperty("--hw-at", String((number - 0.5) / last));
        return mark;
      }),
    );
  }

  /** Show another order at once, and let the kernel know. @param {string[]} order @param {string} words */
  function arrange(order, words) {
    const before = said.map(({ key }) => key);
    const gone = before.find((key) => !order.includes(key));
    taken = gone ? { order: before, key: gone } : null;
    const all = new Map(/** @type {Said[]} */ ([...model.get("shots"), ...said]).map((each) => [each.key, each]));
    show(order.flatMap((key) => all.get(key) ?? []));
    announce(words);
    tell(order, before);
  }

  /** @param {string[]} keys @param {string[]} before */
  async function tell(keys, before) {
    // Refused, what the kernel has is what stands.
    if (!(await asks.ask("arrange", { keys, known: before })) && !signal.aborted) show(model.get("shots"));
  }

  function putBack() {
    if (!taken) return;
    const { order, key } = taken;
    taken = null;
    parts.undo.hidden = true;
    announce("It is back in its place.");
    tell(order, said.map(({ key: each }) => each)).then(() => /** @type {HTMLElement | null} */ (root.querySelector(`[data-key="${key}"] .hw-strip-thumb`))?.focus());
  }

  /** @param {number} by */
  function step(by) {
    if (shots.length > 0) film.go(placeOf(shots, numberOf(shots, film.place) + by));
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (shots.length === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const { target } = event;
    if (target instanceof HTMLSelectElement || (target instanceof HTMLInputElement && target !== parts.scrubber)) return;
    if (event.key === " " && !(target instanceof HTMLButtonElement)) {
      event.preventDefault();
      film.toggle();
    }
    const wish = placeAfterKey(event, film.place, shots);
    if (wish === null) return;
    event.preventDefault();
    film.go(wish);
  }

  listen(self, "keydown", onKey, signal);
  listen(parts.stage, "click", film.toggle, signal);
  listen(parts.play, "click", film.toggle, signal);
  listen(parts.back, "click", () => step(-1), signal);
  listen(parts.forward, "click", () => step(1), signal);
  listen(parts.scrubber, "input", () => shots.length && film.go(placeOf(shots, Number(parts.scrubber.value))), signal);
  listen(parts.speed, "change", () => {
    film.rate = Number(parts.speed.value);
    sound.rate(Number(parts.speed.value));
  }, signal);
  listen(parts.loop, "click", () => {
    film.loop = !film.loop;
    parts.loop.setAttribute("aria-pressed", String(film.loop));
  }, signal);
  listen(parts.full, "click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else root.requestFullscreen().catch(() => {});
  }, signal);
  listen(parts.undo, "click", putBack, signal);
  listen(parts.add, "click", async () => {
    if (await asks.ask("take", {}, { pressed: [parts.add] })) announce("The clip is at the end of the strip.");
  }, signal);

  const sight = new IntersectionObserver(([entry]) => film.awake(entry.isIntersecting), { rootMargin: "200px" });
  sight.observe(parts.stage);
  signal.addEventListener("abort", () => sight.disconnect());

  drawPlaying();
  follow(model, "offered", () => {
    const may = model.get("offered");
    parts.add.disabled = !may;
    parts.add.classList.toggle("hw-primary", may);
    parts.goesOn.textContent = may ? "" : "It begins with the last frame of that clip. What is made here can be added at the end.";
  }, signal);
  follow(model, "shots", () => show(model.get("shots")), signal);
}

export default { render };
