/** The prompt: its text, its length, the camera chips and the hints. */

import { el, follow, listen } from "../page/dom.js";
import { chips, hints } from "./prompt_help.js";

/**
 * @typedef {object} Form
 * @property {(kind: string, fields?: object, pressed?: HTMLElement) => Promise<Record<string, any> | null>} ask
 * @property {() => void} submit
 * @property {AbortSignal} signal
 */

const TYPING_MS = 30;
/** Share of the limit from which on the length is marked. */
const NEARLY = 0.95;

function build() {
  return {
    text: el("textarea", {
      class: "hw-input hw-studio-prompt",
      rows: 3,
      spellcheck: "true",
      placeholder: "What should be seen to happen? For example: slow push in, golden hour light, drifting dust",
      "aria-label": "Prompt",
    }),
    count: el("span", { class: "hw-studio-count" }),
  };
}

/** @param {import("../page/dom.js").Model} model @param {Form} form */
export function promptBox(model, { ask, submit, signal }) {
  const { text, count } = build();
  /** @type {ReturnType<typeof setTimeout> | undefined} runs while the user types */
  let typing;

  function drawCount() {
    const limit = model.get("limit");
    const length = [...text.value].length;
    count.textContent = `${length} / ${limit}`;
    count.classList.toggle("hw-bad", length > limit);
    count.classList.toggle("hw-studio-nearly", length > limit * NEARLY && length <= limit);
  }

  /** @param {string} prompt */
  function show(prompt) {
    clearTimeout(typing);
    typing = undefined;
    text.value = prompt;
    drawCount();
  }

  /** Let the kernel have what was typed. */
  function send() {
    clearTimeout(typing);
    typing = undefined;
    if (model.get("prompt") === text.value) return;
    model.set("prompt", text.value);
    model.save_changes();
  }

  /** Have the kernel change the prompt. @type {import("./prompt_help.js").Change} */
  async function change(kind, fields, pressed) {
    const answer = await ask(kind, fields, pressed);
    if (answer && !signal.aborted) show(answer.prompt);
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
  // While the user types, what they see wins.
  follow(model, "prompt", () => typing === undefined && text.value !== model.get("prompt") && show(model.get("prompt")), signal);
  drawCount();
  return { text, count, chips: chips(model, change, signal), hints: hints(model, change, signal), send };
}
