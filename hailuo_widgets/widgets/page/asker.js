/**
 * Ask and show: what a press asks of the kernel, and what is shown beside it until the answer is here.
 *
 * A control that has asked keeps its place and the focus; it takes no second press meanwhile. A busy
 * kernel, one that has ended, one that never answers and a refusal are all shown.
 */

import { el } from "./dom.js";
import { LONG, waitNotices } from "../shared/rpc.js";

/**
 * @typedef {object} Status what is to be read beside a control
 * @property {string} refusal why the last thing that was asked for is not done
 * @property {string} waiting what is being waited for
 * @property {string} note what else is worth knowing
 *
 * @typedef {object} AskOptions
 * @property {(HTMLElement | null)[]} [pressed] the controls that take no second press meanwhile
 * @property {(fields: import("../shared/rpc.js").Fields) => void} [onProgress] what comes before the answer
 *
 * @typedef {import("../shared/rpc.js").WaitNotices["heartbeat"]} Heartbeat
 *
 * @typedef {{ element: HTMLElement, show: (status: Status) => void }} StatusBox
 *
 * @typedef {object} Asker
 * @property {HTMLElement} element where it is shown, to be put beside the controls
 * @property {(kind: string, fields?: object, options?: AskOptions) => Promise<import("../shared/rpc.js").Answer | null>} ask
 *     null where it was refused, or pressed twice
 * @property {<Value>(work: (heartbeat: Heartbeat) => Promise<Value>, pressed?: (HTMLElement | null)[]) => Promise<Value | null>} during
 *     the same for work of several questions
 * @property {<Value>(work: (heartbeat: Heartbeat) => Promise<Value>) => Promise<Value>} waiting
 *     the same for what the page asks by itself: it takes nothing back, and rejects as the work does
 * @property {(refusal: string) => void} refuse show why something is not done, or "" to take it back
 * @property {(note: string) => void} note show something else; the next question takes it back
 */

/**
 * @param {object} about
 * @param {import("../shared/rpc.js").Channel} about.messages
 * @param {StatusBox} [about.box] where it is shown
 * @param {AbortSignal} about.signal
 * @param {import("../shared/rpc.js").Schedule} [about.after]
 * @returns {Asker}
 */
export function asker({ messages, box = statusBox(), signal, after }) {
  /** @type {Map<object, string>} the notice of each thing that is waited for */
  const notices = new Map();
  const shown = { refusal: "", note: "" };

  /** @param {Partial<typeof shown>} changes */
  function show(changes) {
    Object.assign(shown, changes);
    if (!signal.aborted) box.show({ ...shown, waiting: mostUrgent([...notices.values()]) });
  }

  /** @type {Asker["waiting"]} */
  async function waiting(work) {
    const mine = {};
    const patient = waitNotices((words) => {
      notices.set(mine, words);
      show({});
    }, after);
    try {
      return await work(patient.heartbeat);
    } finally {
      patient.end();
      notices.delete(mine);
    }
  }

  /** @type {Asker["during"]} */
  async function during(work, pressed = []) {
    if (pressed.some((control) => control && isAsking(control))) return null;
    show({ refusal: "", note: "" });
    for (const control of pressed) mark(control, true);
    try {
      return await waiting(work);
    } catch (reason) {
      shown.refusal = /** @type {Error} */ (reason).message;
      return null;
    } finally {
      for (const control of pressed) mark(control, false);
      show({});
    }
  }

  return {
    element: box.element,
    during,
    waiting,
    ask: (kind, fields = {}, { pressed, onProgress } = {}) =>
      during((heartbeat) => messages.ask(kind, fields, (progress) => {
        heartbeat(true);
        onProgress?.(progress);
      }).answer, pressed),
    refuse: (refusal) => show({ refusal }),
    note: (note) => show({ note }),
  };
}

/** @param {string[]} notices */
function mostUrgent(notices) {
  return notices.includes(LONG) ? LONG : (notices.find(Boolean) ?? "");
}

/** True if a control has asked and has no answer yet. @param {HTMLElement} control */
export function isAsking(control) {
  return control.getAttribute("aria-busy") === "true";
}

/** `disabled` would take the focus away. @param {HTMLElement | null} control @param {boolean} busy */
function mark(control, busy) {
  for (const name of ["aria-busy", "aria-disabled"]) {
    if (busy) control?.setAttribute(name, "true");
    else control?.removeAttribute(name);
  }
}

/**
 * Return the place where it is read, and heard: it stands in the page from the start, so that a screen
 * reader knows it.
 * @param {string} [look] more classes
 * @returns {StatusBox}
 */
export function statusBox(look = "") {
  const element = el("div", { class: `hw-told ${look}`.trim(), role: "status", "aria-live": "polite" });
  let drawn = "";
  return {
    element,
    show({ refusal, waiting, note }) {
      const words = JSON.stringify([refusal, waiting, note]);
      if (words === drawn) return;
      drawn = words;
      const boxes = [["hw-box hw-box-bad", refusal, "alert"], ["hw-box hw-told-waiting", waiting], ["hw-box", note]];
      element.replaceChildren(...boxes.filter(([, text]) => text).map(([box, text, role]) => el("div", { class: box, role, dir: "auto" }, text)));
    },
  };
}
