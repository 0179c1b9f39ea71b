/** What helps with a prompt: a chip for each camera command, and the hints on what is written. */

import { button, el, follow, icon, listen } from "../page/dom.js";
import { DOWN, IN, LEFT, OUT, RIGHT, UP } from "../page/icons.js";

/**
 * @typedef {import("../page/dom.js").Model} Model
 * @typedef {{ level: "error" | "warning" | "note", text: string, suggestion: string | null }} Hint
 * @typedef {{ family: string, keys: { name: string, way: string, does: string }[] }} Chip commands of one family
 * @typedef {(kind: string, fields: object, pressed: HTMLElement) => void} Change
 */

/** @type {Record<string, string>} */
const WAYS = { left: LEFT, right: RIGHT, up: UP, down: DOWN, in: IN, out: OUT };

/** @param {Model} model @param {Change} change @param {AbortSignal} signal */
export function chips(model, change, signal) {
  /** @type {Map<string, HTMLButtonElement>} */
  const keys = new Map();

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

  const families = /** @type {Chip[]} */ (model.get("chips"));
  const element = el("div", { class: "hw-studio-chips", role: "group", "aria-label": "Camera" }, ...families.map(drawChip));
  follow(model, "moves", () => {
    const moves = model.get("moves");
    for (const [name, key] of keys) {
      const understood = moves[name] === "words";
      key.setAttribute("aria-pressed", String(name in moves));
      key.classList.toggle("hw-studio-understood", understood);
      key.title = `[${name}] ${key.dataset.does}${understood ? " Understood from your words; press to make it a command." : ""}`;
    }
  }, signal);
  return element;
}

/** @param {Model} model @param {Change} change @param {AbortSignal} signal */
export function hints(model, change, signal) {
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

  const element = el("ul", { class: "hw-studio-hints", "aria-label": "Hints" });
  follow(model, "hints", () => element.replaceChildren(.../** @type {Hint[]} */ (model.get("hints")).map(drawHint)), signal);
  return element;
}
