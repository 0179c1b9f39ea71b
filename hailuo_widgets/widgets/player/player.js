/** One clip, frame-exact. The browser owns the playhead; nothing per frame goes to the kernel. */

import { asking, beside } from "../page/asking.js";
import { acquire } from "../page/clip_cache.js";
import { clampFrame, frameAfterKey, middleOf, presentedFrame, seeker, timecode } from "../page/frame_time.js";
import { announcer, button, el, ended, follow, icon, listen, save, showPicture } from "../page/dom.js";
import { BACK, DOWNLOAD, FORWARD, FULL, LOOP, NEXT, PAUSE, PICTURE, PLAY } from "../page/icons.js";
import { keyboard } from "../page/keyboard.js";
import { channel, patiently } from "../shared/rpc.js";

/** @typedef {import("../page/dom.js").Context} Context */
/** @typedef {{ sha256: string, bytes: number, width: number, height: number, fps: number, frames: number, draft: boolean, name: string, summary: string }} Facts */

const SPEEDS = [0.25, 0.5, 1, 1.5, 2];
const NOT_YET = "The clip is not here yet. Press again when it is seen.";
const NO_FRAMES = "This browser gives out no frames of this file.";

function build() {
  const parts = {
    video: el("video", { class: "hw-player-video", loop: true, playsinline: true, preload: "auto", tabindex: -1 }),
    poster: el("img", { class: "hw-player-poster", alt: "" }),
    badge: el("span", { class: "hw-player-badge" }, "Draft"),
    note: el("div", { class: "hw-player-note" }),
    stage: el("div", { class: "hw-player-stage", tabindex: 0, role: "group" }),
    scrubber: el("input", { type: "range", class: "hw-player-scrubber", min: 0, value: 0, step: 1, "aria-label": "Frame" }),
    play: button("Play", { icon: PLAY, class: "hw-player-play" }),
    back: button("Back one frame", { icon: BACK, title: "Back one frame (←)" }),
    forward: button("Forward one frame", { icon: FORWARD, title: "Forward one frame (→)" }),
    time: el("span", { class: "hw-player-time" }),
    frame: el("span", { class: "hw-player-frame" }),
    speed: el(
      "select",
      { class: "hw-select", "aria-label": "Speed", title: "Speed" },
      ...SPEEDS.map((speed) => el("option", { value: speed, selected: speed === 1 }, `${speed}x`)),
    ),
    loop: button("Loop", { icon: LOOP }),
    full: button("Full screen", { icon: FULL }),
    still: button("Save frame", { icon: PICTURE, label: "Save frame", title: "Save this frame as PNG" }),
    download: button("Download", { icon: DOWNLOAD, label: "Download", title: "Download the clip" }),
    chain: button("Use last frame", { icon: NEXT, label: "Use last frame", title: "Use the last frame as the next start" }),
    summary: el("span", { class: "hw-player-summary" }),
  };
  // Chromium wants the property, not only the attribute, before it lets a video start by itself.
  parts.video.muted = true;
  parts.stage.append(parts.video, parts.poster, parts.badge, parts.note);
  parts.loop.setAttribute("aria-pressed", "true");
  return parts;
}

/** @param {Context} context */
function render({ model, el: root, signal }) {
  const messages = channel(model, signal, () => ended(root));
  const told = beside();
  const asks = asking({ messages, show: told.show, signal });
  const take = model.acquire ?? acquire;
  const parts = build();
  const { video } = parts;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {Facts | null} */
  let clip = null;
  /** @type {(() => void) | null} */
  let release = null;
  let frame = 0;
  let inView = false;
  let meantToPlay = false;

  const seeks = seeker((wish) => {
    if (clip) video.currentTime = middleOf(wish, clip.fps);
  });

  root.classList.add("hw", "hw-player");
  keyboard(root, signal);
  root.append(
    parts.stage,
    parts.scrubber,
    el(
      "div",
      { class: "hw-player-controls", role: "toolbar", "aria-label": "Player" },
      el("div", { class: "hw-player-group" }, parts.play, parts.back, parts.forward),
      el("div", { class: "hw-player-group hw-player-where" }, parts.time, parts.frame),
      el("div", { class: "hw-player-group" }, parts.speed, parts.loop, parts.full),
      el("div", { class: "hw-player-group hw-player-take" }, parts.still, parts.download, parts.chain),
    ),
    told.element,
    parts.summary,
  );
  const announce = announcer(root);

  /** @param {number} now */
  function showFrame(now) {
    if (!clip) return;
    frame = now;
    const words = `frame ${now + 1}/${clip.frames}`;
    parts.time.textContent = timecode(now, clip.fps);
    parts.frame.textContent = words;
    parts.scrubber.value = String(now);
    parts.scrubber.setAttribute("aria-valuetext", `${parts.time.textContent}, ${words}`);
    root.dataset.frame = String(now);
  }

  /** @param {number} wish */
  function goTo(wish) {
    if (!clip || !video.src) return;
    pause();
    showFrame(clampFrame(wish, clip.frames));
    seeks.want(frame);
  }

  function play() {
    meantToPlay = true;
    if (inView && video.src) video.play().catch(() => {});
  }

  function pause() {
    meantToPlay = false;
    video.pause();
  }

  function drawPlaying() {
    const name = video.paused ? "Play" : "Pause";
    parts.play.replaceChildren(icon(video.paused ? PLAY : PAUSE));
    parts.play.setAttribute("aria-label", name);
    parts.play.title = `${name} (space)`;
  }

  /** What is truly on the screen: the frame's own time, as the browser presented it. */
  function watch() {
    video.requestVideoFrameCallback((_, shown) => {
      if (signal.aborted) return;
      if (clip && seeks.pending === null && !video.seeking) {
        showFrame(presentedFrame(shown.mediaTime, video.duration, clip.fps, clip.frames));
      }
      watch();
    });
  }

  async function show() {
    release?.();
    release = null;
    seeks.reset();
    const facts = model.get("facts");
    clip = facts.sha256 ? facts : null;
    root.classList.toggle("hw-player-empty", clip === null);
    parts.badge.hidden = !clip?.draft;
    parts.note.textContent = "";
    asks.refuse("");
    video.removeAttribute("src");
    video.load();
    if (!clip) {
      parts.note.textContent = "The clip will appear here.";
      return showPicture(parts.poster, null);
    }
    const mine = clip;
    parts.scrubber.max = String(mine.frames - 1);
    parts.stage.style.aspectRatio = `${mine.width} / ${mine.height}`;
    parts.stage.setAttribute("aria-label", `${mine.draft ? "Draft" : "Clip"}, ${mine.summary}`);
    parts.summary.textContent = mine.summary;
    parts.poster.hidden = false;
    showFrame(0);
    messages.ask("poster", { sha256: mine.sha256 }).answer.then(
      ({ buffers }) => clip === mine && showPicture(parts.poster, /** @type {BlobPart} */ (buffers[0])),
      () => {},
    );
    if (!still.matches) meantToPlay = true;
    if (inView) load();
  }

  async function load() {
    if (!clip || release) return;
    const mine = clip;
    const held = take({ sha256: mine.sha256, bytes: mine.bytes, relpath: model.get("relpath"), messages: forClip(mine) }, (share) => {
      if (clip === mine) parts.note.textContent = `Loading · ${Math.round(share * 100)} %`;
    });
    release = held.release;
    try {
      const address = await patiently(held.address, (slow) => clip === mine && (parts.note.textContent = slow));
      if (clip !== mine || signal.aborted) return;
      parts.note.textContent = "";
      video.src = address;
      video.playbackRate = Number(parts.speed.value);
      if (meantToPlay) play();
    } catch (reason) {
      if (clip === mine && !signal.aborted) parts.note.textContent = /** @type {Error} */ (reason).message;
    }
  }

  /** Questions about this very clip. @param {Facts} mine @returns {import("../shared/rpc.js").Channel} */
  function forClip(mine) {
    return { ...messages, ask: (kind, fields) => messages.ask(kind, { ...fields, sha256: mine.sha256 }) };
  }

  async function saveFrame() {
    if (!clip) return;
    if (!video.videoWidth) return asks.refuse(NOT_YET);
    const canvas = el("canvas", { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext("2d")?.drawImage(video, 0, 0);
    const name = `${clip.name}-frame-${String(frame + 1).padStart(4, "0")}.png`;
    try {
      canvas.toBlob((picture) => {
        if (!picture) return asks.refuse(NO_FRAMES);
        const address = URL.createObjectURL(picture);
        save(address, name);
        setTimeout(() => URL.revokeObjectURL(address), 10_000);
      }, "image/png");
    } catch {
      // A report's clip that lies beside it as a file: browsers read nothing out of such a one.
      asks.refuse(NO_FRAMES);
    }
  }

  async function useLastFrame() {
    if (clip && (await asks.ask("last_frame", { sha256: clip.sha256 }, { pressed: [parts.chain] }))) announce("The last frame is the next start frame.");
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (!clip || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof HTMLSelectElement) return;
    if (event.key === " " && !(event.target instanceof HTMLButtonElement)) {
      event.preventDefault();
      if (video.paused) play();
      else pause();
    }
    const wish = frameAfterKey(event, seeks.pending ?? frame, clip.fps, clip.frames);
    if (wish === null) return;
    event.preventDefault();
    goTo(wish);
  }

  function toggle() {
    if (video.paused) play();
    else pause();
  }

  listen(root, "keydown", onKey, signal);
  listen(parts.stage, "click", toggle, signal);
  listen(parts.play, "click", toggle, signal);
  listen(parts.back, "click", () => goTo((seeks.pending ?? frame) - 1), signal);
  listen(parts.forward, "click", () => goTo((seeks.pending ?? frame) + 1), signal);
  listen(parts.scrubber, "input", () => goTo(Number(parts.scrubber.value)), signal);
  listen(parts.speed, "change", () => (video.playbackRate = Number(parts.speed.value)), signal);
  listen(parts.loop, "click", () => {
    video.loop = !video.loop;
    parts.loop.setAttribute("aria-pressed", String(video.loop));
  }, signal);
  listen(parts.full, "click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else root.requestFullscreen().catch(() => {});
  }, signal);
  listen(parts.still, "click", saveFrame, signal);
  listen(parts.download, "click", () => {
    if (clip && !video.src) return asks.refuse(NOT_YET);
    if (clip) save(video.src, `${clip.name}.mp4`);
  }, signal);
  listen(parts.chain, "click", useLastFrame, signal);
  for (const type of /** @type {const} */ (["play", "pause", "ended"])) listen(video, type, drawPlaying, signal);
  listen(video, "seeked", () => seeks.landed(), signal);
  listen(video, "loadeddata", () => (parts.poster.hidden = true), signal);

  // A clip loads when it comes near, and rests while nobody sees it.
  const sight = new IntersectionObserver(([entry]) => {
    inView = entry.isIntersecting;
    if (inView) load();
    if (!inView) video.pause();
    else if (meantToPlay) play();
  }, { rootMargin: "200px" });
  sight.observe(root);
  signal.addEventListener("abort", () => {
    sight.disconnect();
    video.pause();
    video.removeAttribute("src");
    release?.();
    showPicture(parts.poster, null);
  });

  watch();
  drawPlaying();
  follow(model, "facts", show, signal);
  follow(model, "chainable", () => (parts.chain.hidden = !model.get("chainable")), signal);
}

export default { render };
