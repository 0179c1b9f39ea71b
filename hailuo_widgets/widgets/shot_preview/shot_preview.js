/** A small moving preview of the shot, and what was understood of the prompt. */

import { announcer, el, follow, icon, listen, showPicture } from "../page/dom.js";
import { PAUSE, PLAY } from "../page/icons.js";
import { keyboard } from "../page/keyboard.js";
import { channel } from "../shared/rpc.js";

/** @typedef {import("../page/dom.js").Context} Context */
/** @typedef {{ level: "note" | "warning", text: string }} Note */

/** How long a loaded frame may take to be presented. */
const PATIENCE_MS = 300;

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

/** @param {Context} context */
function render({ model, el: root, signal }) {
  const messages = channel(model, signal);
  const parts = build();
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {HTMLVideoElement | null} */
  let video = null;
  let wanted = "";
  let playing = !still.matches;
  let inView = false;

  root.classList.add("hw", "hw-preview");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Preview");
  keyboard(root, signal);
  root.append(
    parts.stage,
    el("div", { class: "hw-preview-words" }, parts.understood, parts.notes, parts.trouble),
  );
  const announce = announcer(root);

  function drawWords() {
    const understood = model.get("understood");
    const missed = /** @type {string[]} */ (model.get("missed"));
    parts.understood.replaceChildren();
    if (understood) {
      parts.understood.append(el("span", { class: "hw-preview-label" }, "Understood "), understood);
      if (missed.length > 0) {
        const words = missed.map((words) => `“${words}”`).join(", ");
        parts.understood.append("; ", el("span", { class: "hw-preview-missed" }, `not understood: ${words}`));
      }
      announce(parts.understood.textContent ?? "");
    }
    const notes = /** @type {Note[]} */ (model.get("notes"));
    parts.notes.replaceChildren(
      ...notes.map(({ level, text }) => el("li", { class: `hw-preview-${level}` }, text)),
    );
    parts.trouble.textContent = model.get("trouble");
  }

  function drawStage() {
    const aspect = model.get("aspect");
    parts.stage.hidden = aspect === 0;
    if (aspect > 0) parts.stage.style.aspectRatio = String(aspect);
    root.classList.toggle("hw-preview-tall", aspect > 0 && aspect < 1);
    root.classList.toggle("hw-preview-busy", model.get("busy"));
  }

  function drawPlaying() {
    const moving = playing && video !== null;
    const doing = moving ? "Pause" : "Play";
    parts.sign.replaceChildren(icon(moving ? PAUSE : PLAY));
    parts.stage.setAttribute("aria-label", `${doing} the preview`);
    parts.stage.title = `${doing} the preview`;
    root.classList.toggle("hw-preview-still", !playing);
  }

  function go() {
    if (!video) return;
    if (playing && inView) video.play().catch(() => {});
    else video.pause();
  }

  function drop() {
    if (!video) return;
    URL.revokeObjectURL(video.src);
    video.remove();
    video = null;
  }

  /** Put a new preview in the old one's place once its first frame is on the screen. */
  async function show() {
    const key = model.get("shown");
    if (key === wanted) return;
    wanted = key;
    if (!key) {
      drop();
      showPicture(parts.strip, null);
      delete root.dataset.shown;
      return;
    }
    try {
      // A person who wants no motion gets moments instead; a press plays them.
      if (!playing) {
        const { buffers } = await messages.ask("strip", { key }).answer;
        if (key === wanted) showPicture(parts.strip, /** @type {BlobPart} */ (buffers[0]));
      }
      const { buffers } = await messages.ask("clip", { key }).answer;
      if (key === wanted && !signal.aborted) swap(key, /** @type {BlobPart} */ (buffers[0]));
    } catch {
      // A newer preview is on its way, or the view is gone.
    }
  }

  /** @param {string} key @param {BlobPart} bytes */
  function swap(key, bytes) {
    const next = el("video", { class: "hw-preview-video", loop: true, playsinline: true, preload: "auto", tabindex: -1 });
    next.muted = true;
    next.src = URL.createObjectURL(new Blob([bytes], { type: "video/mp4" }));
    parts.stage.insertBefore(next, parts.sign);
    let placed = false;
    const place = () => {
      if (placed) return;
      placed = true;
      if (key !== wanted || signal.aborted) {
        URL.revokeObjectURL(next.src);
        next.remove();
        return;
      }
      drop();
      video = next;
      root.dataset.shown = key;
      drawPlaying();
      go();
    };
    next.requestVideoFrameCallback?.(place);
    // Browsers present no frame of a video that is out of sight, and some have no such callback.
    listen(next, "loadeddata", () => setTimeout(place, PATIENCE_MS), signal);
    if (playing) next.play().catch(() => {});
  }

  listen(parts.stage, "click", () => {
    playing = !playing;
    drawPlaying();
    go();
  }, signal);

  const sight = new IntersectionObserver(([entry]) => {
    inView = entry.isIntersecting;
    go();
  });
  sight.observe(root);
  signal.addEventListener("abort", () => {
    sight.disconnect();
    drop();
    showPicture(parts.strip, null);
  });

  drawPlaying();
  follow(model, "understood missed notes trouble", drawWords, signal);
  follow(model, "aspect busy", drawStage, signal);
  follow(model, "shown", show, signal);
}

export default { render };
