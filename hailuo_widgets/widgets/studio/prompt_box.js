/** The prompt: its text, its length, the camera chips and the hints. */

import { button, el, follow, icon, listen } from "../page/dom.js";
import { DOWN, IN, LEFT, OUT, RIGHT, UP } from "../page/icons.js";

/** @typedef {import("../page/dom.js").Model} Model */
/** @typedef {{ level: "error" | "warning" | "note", text: string, suggestion: string | null }} Hint */
/** @typedef {{ family: string, keys: { name: string, way: string, does: string }[] }} Chip */

const TYPING_MS = 30;
const NEARLY = 0.95;
/** @type {Record<string, string>} */
const WAYS = { left: LEFT, right: RIGHT, up: UP, down: DOWN, in: IN, out: OUT };

/**
 * @param {Model} model
 * @param {{ ask: (kind: string, fields?: object, pressed?: HTMLElement) => Promise<Record<string, any> | null>, submit: () => void, signal: AbortSignal }} outside
 */
export function promptBox(model, { ask, submit, signal }) {
  const text = el("textarea", {
    class: "hw-input hw-studio-prompt",
    rows: 3,
    spellcheck: "true",
    placeholder: "What should be seen to happen? For example: slow push in, golden hour light, drifting dust",
    "aria-label": "Prompt",
  });
  const count = el("span", { class: "hw-studio-count" });
  const chips = el("div", { class: "hw-studio-chips", role: "group", "aria-label": "Camera" });
  const hints = el("ul", { class: "hw-studio-hints", "aria-label": "Hints" });
  /** @type {Map<string, HTMLButtonElement>} */
  const keys = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typing;

  function drawCount() {
    const limit = model.get("limit");
    const length = [...text.value].length;
    count.textContent = `${length} / ${limit}`;
    count.classList.toggle("hw-bad", length > limit);
    count.classList.toggle("hw-studio-nearly", length > limit * NEARLY && length <= limit);
  }

  function send() {
    clearTimeout(typing);
    typing = undefined;
    if (model.get("prompt") === text.value) return;
    model.set("prompt", text.value);
    model.save_changes();
  }

  function drawPrompt() {
    // While a person types, what they see wins.
    if (typing !== undefined || text.value === model.get("prompt")) return;
    text.value = model.get("prompt");
    drawCount();
  }

  /** @param {string} kind @param {object} fields @param {HTMLElement} pressed */
  async function change(kind, fields, pressed) {
    const answer = await ask(kind, fields, pressed);
    if (!answer || signal.aborted) return;
    clearTimeout(typing);
    typing = undefined;
    text.value = answer.prompt;
    drawCount();
  }

  /** @param {Chip} chip */
  function drawChip({ family, keys: members }) {
    const alone = members.length === 1;
    const made = members.map(({ name, way, does }) => {
      const key = el("button", { type: "button", class: "hw-studio-key", "data-does": does, "aria-label": name });
      key.append(alone ? name : icon(WAYS[way]));
      listen(key, "click", () => change("command", { name }, key), signal);
      keys.set(name, key);
      return key;
    });
    const label = alone ? [] : [el("span", { class: "hw-studio-family" }, family)];
    return el("div", { class: "hw-studio-chip", role: "group", "aria-label": family }, ...label, ...made);
  }

  function drawMoves() {
    const moves = model.get("moves");
    for (const [name, key] of keys) {
      const understood = moves[name] === "words";
      key.setAttribute("aria-pressed", String(name in moves));
      key.classList.toggle("hw-studio-understood", understood);
      key.title = `[${name}] ${key.dataset.does}${understood ? " Understood from your words; press to make it a command." : ""}`;
    }
  }

  /** @param {Hint} hint */
  function drawHint(hint) {
    const line = el("li", { class: `hw-studio-hint hw-studio-${hint.level}` }, el("span", {}, hint.text));
    if (hint.suggestion !== null) {
      const use = button(hint.suggestion ? `Use “${hint.suggestion}”` : "Leave it out", { class: "hw-quiet" });
      listen(use, "click", () => change("hint", { hint }, use), signal);
      line.append(" ", use);
    }
    return line;
  }

  listen(text, "input", () => {
    drawCount();
    clearTimeout(typing);
    typing = setTimeout(send, TYPING_MS);
  }, signal);
  listen(text, "blur", send, signal);
  listen(text, "keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    submit();
  }, signal);
  signal.addEventListener("abort", () => clearTimeout(typing));

  chips.append(.../** @type {Chip[]} */ (model.get("chips")).map(drawChip));
  follow(model, "prompt", drawPrompt, signal);
  follow(model, "moves", drawMoves, signal);
  follow(model, "hints", () => hints.replaceChildren(.../** @type {Hint[]} */ (model.get("hints")).map(drawHint)), signal);
  drawCount();
  return { text, count, chips, hints, send };
}
