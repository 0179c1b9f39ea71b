/** One place of a comparison: a clip on its way or here, or a still picture. */

import { asker, statusBox } from "../page/asker.js";
import { confirm, confirmBox } from "../page/confirm.js";
import { button, el, listen, showPicture } from "../page/dom.js";
import { NEXT, PLAY } from "../page/icons.js";
import { jobLines, describeForScreenReader } from "../shared/job_line.js";
import { CellVideo } from "./cell_video.js";
import { wording } from "./wording.js";

/**
 * What the kernel says of a cell.
 * @typedef {object} CellState
 * @property {string} id
 * @property {"clip" | "picture"} kind
 * @property {number} number what picks it, from 1; 0 for a picture
 * @property {string} title
 * @property {[string, number][]} words its label in pieces; 0 is in all cells, 1 in some others, 2 in none
 * @property {number} row
 * @property {number} column
 * @property {string} picture names the picture that stands for it; another name, another picture
 * @property {import("../shared/job_line.js").Line | Record<string, never>} line
 * @property {import("../player/player.js").Facts | Record<string, never>} facts
 * @property {string} relpath
 * @property {string} note why there is no clip, or what is odd about it
 * @property {string} about what of its file differs from the others
 * @property {string} retry the words of the button that tries it again; "" without one
 * @property {string} confirm what that button asks first; "" where it does not
 */

/**
 * What a cell needs of the comparison around it.
 * @typedef {object} CellContext
 * @property {import("../shared/rpc.js").Channel} messages
 * @property {typeof import("../page/clip_cache.js").acquire} acquire
 * @property {() => number} now the kernel's clock, seconds since 1970
 * @property {() => void} changed its video can play along now, or no longer
 * @property {(id: string) => void} playAlong the user wants to see this clip move
 * @property {() => boolean} chainable
 * @property {(words: string) => void} announce
 * @property {AbortSignal} signal
 */

/** @param {CellState} state */
function build(state) {
  return {
    badge: el("span", { class: "hw-compare-badge" }, "Draft"),
    number: el("span", { class: "hw-compare-number", "aria-hidden": "true" }, String(state.number || "")),
    note: el("div", { class: "hw-compare-note", role: "note" }),
    lines: el("div", { class: "hw-compare-lines" }),
    again: button("Try again", { class: "hw-compare-again" }),
    confirm: confirmBox(),
    load: button("Play along", { icon: PLAY, label: "Play along", class: "hw-compare-ask" }),
    chain: button("Use last frame", { icon: NEXT, title: "Use the last frame as the next start", class: "hw-compare-chain" }),
    about: el("div", { class: "hw-compare-about" }),
    label: wording(state.words, "hw-compare-label"),
  };
}

export class Cell {
  /** @param {CellState} state @param {CellContext} context */
  constructor(state, context) {
    const { messages, signal } = context;
    this.id = state.id;
    this.kind = state.kind;
    this.state = state;
    this.context = context;
    this.parts = build(state);
    /** The box of the picture, which zoom moves within. */
    this.screen = el("div", { class: "hw-compare-screen" });
    /** The poster of a clip, or the picture. */
    this.image = el("img", { class: "hw-compare-image", alt: "", hidden: true });
    /** Never moved in the page: that would reset it. */
    this.clip = state.kind === "clip" ? this.makeVideo() : null;
    /** The whole cell; modes stack it. */
    this.root = el("div", { class: "hw-compare-cell", role: "group", "data-id": state.id, "data-kind": state.kind });
    this.asker = asker({ messages, box: statusBox("hw-compare-trouble"), signal });
    this.shownImage = "";
    this.announced = "";
    this.drawnWords = JSON.stringify(state.words);
    const { badge, number, note, load, chain, label, lines, again, confirm: question, about } = this.parts;
    this.screen.append(this.image, badge, number, note, load, chain);
    this.root.append(this.screen, label, lines, this.asker.element, again, question, about);
    this.drawLines = jobLines(lines, {
      read: () => (this.state.line.state ? [/** @type {import("../shared/job_line.js").Line} */ (this.state.line)] : []),
      now: context.now,
      decide: (_, decision, pressed) => this.ask("decide", decision, pressed),
      signal,
    });
    this.showLoadButton(false);
    this.listen();
    this.update(state);
  }

  makeVideo() {
    const { messages, acquire, changed, signal } = this.context;
    return new CellVideo({
      id: this.id,
      screen: this.screen,
      messages,
      acquire,
      onNote: (sentence) => (this.parts.note.textContent = sentence || this.state.note),
      onPlayable: (playable) => {
        this.image.hidden = playable || !this.image.src;
        changed();
      },
      signal,
    });
  }

  listen() {
    const { again, chain, load } = this.parts;
    const { playAlong, signal } = this.context;
    listen(again, "click", () => this.retry(), signal);
    listen(chain, "click", () => this.useLastFrame(), signal);
    listen(load, "click", () => playAlong(this.id), signal);
    signal.addEventListener("abort", () => showPicture(this.image, null));
  }

  /** @param {string} kind @param {object} fields @param {HTMLElement} pressed */
  ask(kind, fields, pressed) {
    return this.asker.ask(kind, { cell: this.id, ...fields }, { pressed: [pressed] });
  }

  retry() {
    const { again, confirm: box } = this.parts;
    const { retry: words, confirm: question } = this.state;
    if (!question) this.ask("retry", { words }, again);
    else confirm(box, { question, yes: words, back: again, act: () => this.ask("retry", { words, confirmed: true }, again) });
  }

  async useLastFrame() {
    const answer = await this.ask("last_frame", { sha256: this.state.facts.sha256 }, this.parts.chain);
    if (answer) this.context.announce("The last frame is the next start frame.");
  }

  /** Draw the cell as the kernel says it is now. @param {CellState} state */
  update(state) {
    const { facts, line } = state;
    const { badge, note, about, again, confirm: question, chain, lines } = this.parts;
    this.state = state;
    this.root.setAttribute("aria-label", state.number ? `${state.number}: ${state.title}` : state.title);
    this.root.dataset.state = facts.sha256 ? "here" : line.error || state.note ? "without" : line.state ? "going" : "empty";
    this.drawLabel();
    badge.hidden = !facts.draft;
    note.textContent = state.note;
    about.textContent = state.about;
    about.hidden = !state.about;
    again.hidden = !state.retry;
    if (!state.retry) question.hidden = true;
    again.replaceChildren(state.retry);
    chain.hidden = !facts.sha256 || !this.context.chainable();
    lines.hidden = Boolean(facts.sha256) || !line.state;
    this.drawLines();
    this.announceLine();
    if (facts.width) this.root.style.setProperty("--hw-aspect", `${facts.width} / ${facts.height}`);
    if (this.clip?.sha256 && facts.sha256 !== this.clip.sha256) this.clip.unload();
  }

  drawLabel() {
    const words = JSON.stringify(this.state.words);
    // An opened text stays open while nothing in it has changed.
    if (words === this.drawnWords) return;
    this.drawnWords = words;
    const label = wording(this.state.words, "hw-compare-label");
    this.parts.label.replaceWith(label);
    this.parts.label = label;
  }

  announceLine() {
    const { line, title } = this.state;
    const words = line.state ? describeForScreenReader(/** @type {import("../shared/job_line.js").Line} */ (line)) : "";
    if (words && this.announced && words !== this.announced) this.context.announce(`${title}. ${words}`);
    this.announced = words || this.announced;
  }

  /** Get its poster or picture, once. */
  loadImage() {
    const { picture } = this.state;
    if (picture === this.shownImage) return;
    this.shownImage = picture;
    if (!picture) return showPicture(this.image, null);
    const { messages, signal } = this.context;
    messages.ask(this.kind === "clip" ? "poster" : "picture", { cell: this.id }).answer.then(
      ({ buffers }) => {
        if (this.state.picture !== picture || signal.aborted || !buffers[0]?.byteLength) return;
        showPicture(this.image, /** @type {BlobPart} */ (buffers[0]));
        this.image.hidden = this.playable;
      },
      () => {},
    );
  }

  /** @param {boolean} shown whether a press loads its clip */
  showLoadButton(shown) {
    this.parts.load.hidden = !shown;
  }

  /** Whether its video can play along. */
  get playable() {
    return this.clip?.playable ?? false;
  }

  /** Whether its clip is here and was not loaded yet. */
  get waitsToLoad() {
    return Boolean(this.clip && this.state.facts.sha256 && !this.clip.release);
  }

  /** Load its clip; ends when its first frame is here, or never will be. */
  async load() {
    const { facts, relpath } = this.state;
    if (facts.sha256) await this.clip?.load(facts.sha256, facts.bytes, relpath);
  }

  unload() {
    this.clip?.unload();
  }
}
