/** The prompt: its text, its length, the camera chips and the hints. */

import { button, el, follow, icon, listen } from "../page/dom.js";
import { DOWN, IN, LEFT, OUT, RIGHT, UP } from "../page/icons.js";

/**
 * @typedef {import("../page/dom.js").Model} Model
 * @typedef {{ level: "error" | "warning" | "note", text: string, suggestion: string | null }} Hint
 * @typedef {{ family: string, keys: { name: string, way: string, does: string }[] }} Chip commands of one family
 *
 * @typedef {object} Form
 * @property {(kind: string, fields?: object, pressed?: HTMLElement) => Promise<Record<string, any> | null>} ask
 * @property {() => void} submit
 * @property {AbortSignal} signal
 */

const TYPING_MS = 30;
/** Share of the limit from which on the length is marked. */
const NEARLY = 0.95;
/** @type {Record<string, string>} */
const WAYS = { left: LEFT, right: RIGHT, up: UP, down: DOWN, in: IN, out: OUT };

export class PromptBox {
  /** @param {Model} model @param {Form} form */
  constructor(model, form) {
    this.model = model;
    this.form = form;
    this.text = el("textarea", {
      class: "hw-input hw-studio-prompt",
      rows: 3,
      spellcheck: "true",
      placeholder: "What should be seen to happen? For example: slow push in, golden hour light, drifting dust",
      "aria-label": "Prompt",
    });
    this.count = el("span", { class: "hw-studio-count" });
    this.chips = el("div", { class: "hw-studio-chips", role: "group", "aria-label": "Camera" });
    this.hints = el("ul", { class: "hw-studio-hints", "aria-label": "Hints" });
    /** @type {Map<string, HTMLButtonElement>} by command */
    this.keys = new Map();
    /** @type {ReturnType<typeof setTimeout> | undefined} runs while the user types */
    this.typing = undefined;
    this.listen();
    this.chips.append(.../** @type {Chip[]} */ (model.get("chips")).map((chip) => this.drawChip(chip)));
    follow(model, "prompt", () => this.drawPrompt(), form.signal);
    follow(model, "moves", () => this.drawMoves(), form.signal);
    follow(model, "hints", () => this.drawHints(), form.signal);
    this.drawCount();
  }

  listen() {
    const { text } = this;
    const { submit, signal } = this.form;
    listen(text, "input", () => {
      this.drawCount();
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.send(), TYPING_MS);
    }, signal);
    listen(text, "blur", () => this.send(), signal);
    listen(text, "keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      event.stopPropagation();
      submit();
    }, signal);
    signal.addEventListener("abort", () => clearTimeout(this.typing));
  }

  /** Let the kernel have what was typed. */
  send() {
    this.stopTyping();
    if (this.model.get("prompt") === this.text.value) return;
    this.model.set("prompt", this.text.value);
    this.model.save_changes();
  }

  stopTyping() {
    clearTimeout(this.typing);
    this.typing = undefined;
  }

  /** Have the kernel change the prompt. @param {string} kind @param {object} fields @param {HTMLElement} pressed */
  async change(kind, fields, pressed) {
    const answer = await this.form.ask(kind, fields, pressed);
    if (!answer || this.form.signal.aborted) return;
    this.stopTyping();
    this.text.value = answer.prompt;
    this.drawCount();
  }

  drawPrompt() {
    // While the user types, what they see wins.
    if (this.typing !== undefined || this.text.value === this.model.get("prompt")) return;
    this.text.value = this.model.get("prompt");
    this.drawCount();
  }

  drawCount() {
    const limit = this.model.get("limit");
    const length = [...this.text.value].length;
    this.count.textContent = `${length} / ${limit}`;
    this.count.classList.toggle("hw-bad", length > limit);
    this.count.classList.toggle("hw-studio-nearly", length > limit * NEARLY && length <= limit);
  }

  /** @param {Chip} chip */
  drawChip({ family, keys }) {
    const alone = keys.length === 1;
    const members = keys.map(({ name, way, does }) => {
      const key = el("button", { type: "button", class: "hw-studio-key", "data-does": does, "aria-label": name });
      key.append(alone ? name : icon(WAYS[way]));
      listen(key, "click", () => this.change("command", { name }, key), this.form.signal);
      this.keys.set(name, key);
      return key;
    });
    const label = alone ? [] : [el("span", { class: "hw-studio-family" }, family)];
    return el("div", { class: "hw-studio-chip", role: "group", "aria-label": family }, ...label, ...members);
  }

  drawMoves() {
    const moves = this.model.get("moves");
    for (const [name, key] of this.keys) {
      const understood = moves[name] === "words";
      key.setAttribute("aria-pressed", String(name in moves));
      key.classList.toggle("hw-studio-understood", understood);
      key.title = `[${name}] ${key.dataset.does}${understood ? " Understood from your words; press to make it a command." : ""}`;
    }
  }

  drawHints() {
    const hints = /** @type {Hint[]} */ (this.model.get("hints"));
    this.hints.replaceChildren(...hints.map((hint) => this.drawHint(hint)));
  }

  /** @param {Hint} hint */
  drawHint(hint) {
    const line = el("li", { class: `hw-studio-hint hw-studio-${hint.level}` }, el("span", {}, hint.text));
    if (hint.suggestion !== null) {
      const use = button(hint.suggestion ? `Use “${hint.suggestion}”` : "Leave it out", { class: "hw-quiet" });
      listen(use, "click", () => this.change("hint", { hint }, use), this.form.signal);
      line.append(" ", use);
    }
    return line;
  }
}
