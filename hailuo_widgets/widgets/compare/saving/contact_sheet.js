/** A contact sheet: the same instants of every clip, drawn in the page from the clips themselves. */

import { frameAt, middleOf, timecode } from "../../page/frame_time.js";
import { dialog } from "../../page/dialog.js";
import { button, el, listen } from "../../page/dom.js";
import { DOWNLOAD, SHEET } from "../../page/icons.js";
import { saveBlob } from "../../page/save_file.js";
import { withNotices } from "../../page/clip_loading.js";
import { PAPER, drawHeld, drawLabel, setFont, newCanvas, toPNG } from "./canvas_labels.js";
import { frameDue } from "../playback/playhead.js";
import { COLUMNS, USUAL_COLUMNS, instants, layOutSheet } from "./sheet_layout.js";

const CELL_PIXELS = 480;
const LATEST_MS = 8000;

/**
 * @typedef {import("../cell.js").Cell} Cell
 * @typedef {import("../../player/player.js").Facts} Facts
 */

function build() {
  return {
    columns: el("select", { class: "hw-select", "aria-label": "Instants" }, ...COLUMNS.map((count) => el("option", { value: count, selected: count === USUAL_COLUMNS }, `${count} instants`))),
    save: button("Save as PNG", { icon: DOWNLOAD, label: "Save as PNG" }),
    status: el("span", { class: "hw-compare-sheet-stands", role: "status" }),
    place: el("div", { class: "hw-compare-sheet" }),
  };
}

export class ContactSheet {
  /** @param {import("../modes/modes.js").Desk} desk @param {import("../modes/modes.js").Modes} modes */
  constructor(desk, modes) {
    const { root, signal } = desk;
    this.desk = desk;
    this.modes = modes;
    this.opener = button("Contact sheet", { icon: SHEET, label: "Contact sheet", title: "The same instants of every clip (C)" });
    this.dialog = dialog(root, "Contact sheet", signal);
    this.parts = build();
    const { columns, save, status, place } = this.parts;
    this.dialog.element.classList.add("hw-compare-sheet-dialog");
    this.dialog.head.append(columns, save, status);
    this.dialog.body.append(place);
    /** Ends the drawing that is under way. */
    this.ends = new AbortController();
    this.saving = false;
    listen(this.opener, "click", () => this.open(), signal);
    listen(columns, "change", () => this.draw(), signal);
    listen(save, "click", () => this.save(), signal);
    listen(this.dialog.element, "close", () => this.ends.abort(), signal);
    signal.addEventListener("abort", () => this.ends.abort());
  }

  open() {
    this.dialog.open();
    this.draw();
  }

  async save() {
    const canvas = this.parts.place.querySelector("canvas");
    if (!canvas || this.saving) return;
    this.saving = true;
    try {
      saveBlob(await toPNG(canvas), "contact-sheet.png");
      this.desk.announce("The contact sheet was saved.");
    } catch (reason) {
      this.parts.status.textContent = /** @type {Error} */ (reason).message;
    }
    this.saving = false;
  }

  /** Return the instants in the range that is looked at, to the middle of its last frame. */
  times() {
    const { state, transport } = this.desk;
    const { loop } = state.get();
    const half = 0.5 / transport.steps();
    const from = (loop?.in ?? 0) + half;
    const to = Math.max(from, (loop?.out ?? transport.length()) - half);
    return instants(from, to, Number(this.parts.columns.value));
  }

  async draw() {
    const { save, status, place } = this.parts;
    this.ends.abort();
    const { signal } = (this.ends = new AbortController());
    const clips = this.modes.all().filter((cell) => cell.kind === "clip" && cell.state.facts.sha256);
    save.disabled = true;
    if (clips.length === 0) {
      status.textContent = "";
      place.replaceChildren("No clip has arrived yet.");
      return;
    }
    const times = this.times();
    const plan = layOutSheet(clips.map((cell) => /** @type {Facts} */ (cell.state.facts)), times.length, CELL_PIXELS);
    const { canvas, pen } = newCanvas(plan.width, plan.height);
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${clips.length} clips at ${times.length} instants`);
    this.drawHead(pen, plan, times);
    place.replaceChildren(canvas);
    const failed = await this.drawRows(clips, times, plan, pen, signal);
    if (signal.aborted) return;
    save.disabled = false;
    status.textContent = failed === 0 ? "" : `${failed} of ${clips.length} clips could not be shown.`;
    this.desk.announce(failed === 0 ? "The contact sheet is drawn." : status.textContent);
  }

  /** @param {CanvasRenderingContext2D} pen @param {import("./sheet_layout.js").Sheet} plan @param {number[]} times */
  drawHead(pen, plan, times) {
    setFont(pen, 13 * plan.scale);
    pen.textBaseline = "middle";
    pen.textAlign = "left";
    pen.fillStyle = PAPER.quiet;
    const rate = this.desk.transport.rate();
    plan.rows[0]?.pictures.forEach(({ x }, column) => {
      const frame = rate ? frameAt(times[column], rate, Infinity) : 0;
      pen.fillText(rate ? `${timecode(frame, rate)} · frame ${frame + 1}` : timecode(Math.round(times[column] * 100), 100), x, plan.head);
    });
  }

  /**
   * Draw the clips, one a row.
   * @param {Cell[]} clips
   * @param {number[]} times
   * @param {import("./sheet_layout.js").Sheet} plan
   * @param {CanvasRenderingContext2D} pen
   * @param {AbortSignal} signal
   * @returns {Promise<number>} how many could not be shown
   */
  async drawRows(clips, times, plan, pen, signal) {
    let drawn = 0;
    let failed = 0;
    for (const [row, cell] of clips.entries()) {
      const { label, pictures } = plan.rows[row];
      for (const box of pictures) {
        pen.fillStyle = PAPER.blank;
        pen.fillRect(box.x, box.y, box.width, box.height);
      }
      const trouble = await this.drawRow(cell, times, pictures, pen, signal, () => {
        drawn += 1;
        this.parts.status.textContent = `Drawing · ${Math.round((100 * drawn) / (times.length * clips.length))} %`;
      });
      if (signal.aborted) break;
      if (trouble) failed += 1;
      drawLabel(pen, label, { name: this.modes.nameOf(cell.id), draft: Boolean(cell.state.facts.draft), more: trouble, scale: plan.scale, lines: 1 });
    }
    return failed;
  }

  /**
   * @param {Cell} cell
   * @param {number[]} times
   * @param {import("./sheet_layout.js").Box[]} boxes
   * @param {CanvasRenderingContext2D} pen
   * @param {AbortSignal} signal
   * @param {() => void} onPicture called after each picture
   * @returns {Promise<string>} what went wrong, in words; empty when nothing did
   */
  async drawRow(cell, times, boxes, pen, signal, onPicture) {
    const { state, messages, acquire } = this.desk;
    const { sha256, bytes, fps, frames } = /** @type {Facts} */ (cell.state.facts);
    const ask = (/** @type {string} */ kind, fields = {}) => messages.ask(kind, { ...fields, cell: cell.id });
    const held = acquire({ sha256, bytes, relpath: cell.state.relpath, messages: { ...messages, ask } });
    // A video of its own: the playhead of the others stays where it is.
    const video = el("video", { playsinline: true, preload: "auto" });
    video.muted = true;
    try {
      video.src = await withNotices(held.address, (notice) => notice && (this.parts.status.textContent = notice));
      await eventOf(video, "loadeddata", signal);
      // Chromium loads a coding that it does not know, and shows nothing of it.
      if (!video.videoWidth) throw new Error("unknown coding");
      for (const [column, time] of times.entries()) {
        const offset = state.get().offsets[cell.id] ?? 0;
        const landed = eventOf(video, "seeked", signal);
        video.currentTime = middleOf(frameDue({ fps, frames, offset }, time), fps);
        await landed;
        const { x, y, width, height } = boxes[column];
        pen.drawImage(video, x, y, width, height);
        if (time + offset < 0 || time + offset > frames / fps) drawHeld(pen, boxes[column], time + offset < 0 ? "not begun" : "ended");
        onPicture();
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
}

/**
 * Wait for an event of a video; rejects where it does not come in time, or the drawing has ended.
 * @param {HTMLVideoElement} video
 * @param {string} type
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function eventOf(video, type, signal) {
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
