/** A contact sheet: the same instants of every clip, drawn in the page from the clips themselves. */

import { frameAt, middleOf, timecode } from "../../page/frame_time.js";
import { dialog } from "../../page/dialog.js";
import { button, el, listen } from "../../page/dom.js";
import { DOWNLOAD, SHEET } from "../../page/icons.js";
import { patiently } from "../../shared/rpc.js";
import { saveBlob } from "../../page/save_file.js";
import { PAPER, drawHeld, drawLabel, letter, paper, toPNG } from "./canvas_labels.js";
import { frameDue } from "../playback/playhead.js";
import { COLUMNS, USUAL_COLUMNS, instants, sheet } from "./sheet_layout.js";

const CELL_PIXELS = 480;
const LATEST_MS = 8000;

/** @typedef {import("../cell.js").Cell} Cell */

/**
 * @param {import("../toolbar.js").Desk} desk
 * @param {import("../modes.js").Modes} look
 */
export function contactSheet({ root, state, transport, messages, take, announce, signal }, look) {
  const opener = button("Contact sheet", { icon: SHEET, label: "Contact sheet", title: "The same instants of every clip (C)" });
  const shown = dialog(root, "Contact sheet", signal);
  const many = el("select", { class: "hw-select", "aria-label": "Instants" }, ...COLUMNS.map((count) => el("option", { value: count, selected: count === USUAL_COLUMNS }, `${count} instants`)));
  const keep = button("Save as PNG", { icon: DOWNLOAD, label: "Save as PNG" });
  const stands = el("span", { class: "hw-compare-sheet-stands", role: "status" });
  const place = el("div", { class: "hw-compare-sheet" });
  shown.element.classList.add("hw-compare-sheet-dialog");
  shown.head.append(many, keep, stands);
  shown.body.append(place);
  /** Ends the drawing that is under way. */
  let ends = new AbortController();
  let keeping = false;

  /** The range that is looked at, to the middle of its last frame. */
  function range() {
    const { loop } = state.get();
    const half = 0.5 / transport.steps();
    const from = loop?.in ?? 0;
    return { from: from + half, to: Math.max(from + half, (loop?.out ?? transport.length()) - half) };
  }

  async function draw() {
    ends.abort();
    const mine = (ends = new AbortController()).signal;
    const clips = look.all().filter(({ kind, said }) => kind === "clip" && said.facts.sha256);
    keep.disabled = true;
    if (clips.length === 0) {
      stands.textContent = "";
      place.replaceChildren("No clip has arrived yet.");
      return;
    }
    const { from, to } = range();
    const times = instants(from, to, Number(many.value));
    const plan = sheet(clips.map(({ said }) => /** @type {import("../../player/player.js").Facts} */ (said.facts)), times.length, CELL_PIXELS);
    const { canvas, pen } = paper(plan.width, plan.height);
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${clips.length} clips at ${times.length} instants`);
    drawHead(pen, plan, times);
    place.replaceChildren(canvas);
    let done = 0;
    let failed = 0;
    for (const [row, cell] of clips.entries()) {
      const { label, pictures } = plan.rows[row];
      for (const box of pictures) {
        pen.fillStyle = PAPER.blank;
        pen.fillRect(box.x, box.y, box.width, box.height);
      }
      const trouble = await drawRow(cell, times, pictures, pen, mine, () => {
        done += 1;
        stands.textContent = `Drawing · ${Math.round((100 * done) / (times.length * clips.length))} %`;
      });
      if (mine.aborted) return;
      if (trouble) failed += 1;
      drawLabel(pen, label, { name: look.nameOf(cell.id), draft: Boolean(cell.said.facts.draft), more: trouble, scale: plan.scale, lines: 1 });
    }
    keep.disabled = false;
    stands.textContent = failed === 0 ? "" : `${failed} of ${clips.length} clips could not be shown.`;
    announce(failed === 0 ? "The contact sheet is drawn." : stands.textContent);
  }

  /** @param {CanvasRenderingContext2D} pen @param {import("./sheet_layout.js").Sheet} plan @param {number[]} times */
  function drawHead(pen, plan, times) {
    letter(pen, 13 * plan.scale);
    pen.textBaseline = "middle";
    pen.textAlign = "left";
    pen.fillStyle = PAPER.quiet;
    const rate = transport.rate();
    plan.rows[0]?.pictures.forEach(({ x }, column) => {
      const frame = rate ? frameAt(times[column], rate, Infinity) : 0;
      pen.fillText(rate ? `${timecode(frame, rate)} · frame ${frame + 1}` : timecode(Math.round(times[column] * 100), 100), x, plan.head);
    });
  }

  /**
   * @param {Cell} cell
   * @param {number[]} times
   * @param {import("./sheet_layout.js").Box[]} boxes
   * @param {CanvasRenderingContext2D} pen
   * @param {AbortSignal} mine
   * @param {() => void} tell after each picture
   * @returns {Promise<string>} what went wrong, in words; empty when nothing did
   */
  async function drawRow(cell, times, boxes, pen, mine, tell) {
    const { sha256, bytes, fps, frames } = /** @type {import("../../player/player.js").Facts} */ (cell.said.facts);
    const ask = (/** @type {string} */ kind, fields = {}) => messages.ask(kind, { ...fields, cell: cell.id });
    const held = take({ sha256, bytes, relpath: cell.said.relpath, messages: { ...messages, ask } });
    // A video of its own: the playhead of the others stays where it is.
    const video = el("video", { playsinline: true, preload: "auto" });
    video.muted = true;
    try {
      video.src = await patiently(held.address, (slow) => slow && (stands.textContent = slow));
      await heard(video, "loadeddata", mine);
      // Chromium loads a coding that it does not know, and shows nothing of it.
      if (!video.videoWidth) throw new Error("unknown coding");
      for (const [column, time] of times.entries()) {
        const offset = state.get().offsets[cell.id] ?? 0;
        const landed = heard(video, "seeked", mine);
        video.currentTime = middleOf(frameDue({ fps, frames, offset }, time), fps);
        await landed;
        const { x, y, width, height } = boxes[column];
        pen.drawImage(video, x, y, width, height);
        if (time + offset < 0 || time + offset > frames / fps) drawHeld(pen, boxes[column], time + offset < 0 ? "not begun" : "ended");
        tell();
      }
      return "";
    } catch {
      return "this clip could not be shown";
    } finally {
      video.removeAttribute("src");
      video.load();
      held.release();
    }
  }

  function open() {
    shown.open();
    draw();
  }

  async function save() {
    const canvas = place.querySelector("canvas");
    if (!canvas || keeping) return;
    keeping = true;
    try {
      saveBlob(await toPNG(canvas), "contact-sheet.png");
      announce("The contact sheet was saved.");
    } catch (reason) {
      stands.textContent = /** @type {Error} */ (reason).message;
    }
    keeping = false;
  }

  listen(opener, "click", open, signal);
  listen(many, "change", draw, signal);
  listen(keep, "click", save, signal);
  listen(shown.element, "close", () => ends.abort(), signal);
  signal.addEventListener("abort", () => ends.abort());
  return { opener, open };
}

/**
 * Wait for an event of a video; not for ever, and not after anybody stopped looking.
 * @param {HTMLVideoElement} video
 * @param {string} type
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function heard(video, type, signal) {
  return new Promise((resolve, reject) => {
    const over = new AbortController();
    const end = (/** @type {() => void} */ how) => {
      clearTimeout(timer);
      over.abort();
      how();
    };
    const fail = () => end(() => reject(new Error(type)));
    const timer = setTimeout(fail, LATEST_MS);
    video.addEventListener(type, () => end(resolve), { signal: over.signal });
    video.addEventListener("error", fail, { signal: over.signal });
    signal.addEventListener("abort", fail, { signal: over.signal });
  });
}
