/**
 * Questions to the kernel. Each carries an id and a kind and is answered exactly once, with
 * `ok: true` and what was asked for, or `ok: false` and a sentence for the user.
 */

/**
 * @typedef {Record<string, any>} Fields
 * @typedef {{ fields: Fields, buffers: DataView[] }} Answer
 * @typedef {object} Channel
 * @property {(kind: string, fields?: Fields, onProgress?: (fields: Fields) => void) => Asked} ask `onProgress` gets what comes before the answer
 * @property {(id: string, kind: string, fields: Fields, buffer?: ArrayBuffer) => void} tell send more about a question that was asked
 *
 * @typedef {object} Asked
 * @property {string} id
 * @property {Promise<Answer>} answer
 *
 * @typedef {object} Question one that is not answered yet
 * @property {(answer: Answer) => void} resolve
 * @property {(reason: Error) => void} reject
 * @property {(fields: Fields) => void} [onProgress]
 */

const GONE = "The kernel that drew this has ended. Run its cell again to go on; the library keeps the clips.";
export const WAITING = "The kernel has not answered yet: it is busy with a cell. What you asked for happens when it is free.";
export const LONG =
  "The kernel has not answered for a minute. If its cell is still at work, go on waiting: what you asked for happens once. If it does nothing, restart it and run this cell again; the library keeps the clips.";
const SLOW_SECONDS = 3;
const LONG_SECONDS = 60;

/** The kernel refused; the message is its reason. */
export class Refusal extends Error {}

/**
 * @param {import("../page/dom.js").Model} model
 * @param {AbortSignal} signal
 * @param {() => boolean} [isGone] true if the page knows that the kernel's side of this widget is gone
 * @returns {Channel}
 */
export function channel(model, signal, isGone = () => false) {
  /** @type {Map<string, Question>} */
  const open = new Map();
  const receive = (/** @type {Fields} */ fields, /** @type {DataView[]} */ buffers) => settle(open, fields, buffers);

  /** @param {Error} reason */
  function endAll(reason) {
    for (const question of open.values()) question.reject(reason);
    open.clear();
  }

  // A kernel that is restarted answers none of them; Jupyter marks the view at this event.
  const onLife = () => queueMicrotask(() => isGone() && endAll(new Refusal(GONE)));

  model.on("msg:custom", receive);
  model.on("comm_live_update", onLife);
  signal.addEventListener("abort", () => {
    model.off("msg:custom", receive);
    model.off("comm_live_update", onLife);
    endAll(new Error("The view is gone."));
  });

  return {
    ask(kind, fields = {}, onProgress) {
      const id = freshId();
      /** @type {Promise<Answer>} */
      const answer = new Promise((resolve, reject) => {
        if (isGone()) return reject(new Refusal(GONE));
        open.set(id, { resolve, reject, onProgress });
        try {
          model.send({ id, kind, ...fields });
        } catch {
          open.delete(id);
          reject(new Refusal(GONE));
        }
      });
      return { id, answer };
    },
    tell(id, kind, fields, buffer) {
      try {
        model.send({ id, kind, ...fields }, undefined, buffer ? [buffer] : []);
      } catch {
        open.get(id)?.reject(new Refusal(GONE));
        open.delete(id);
      }
    },
  };
}

/**
 * Give a message to the question it belongs to; it is an answer where it says `ok`.
 * @param {Map<string, Question>} open
 * @param {Fields} fields
 * @param {DataView[]} [buffers]
 */
function settle(open, fields, buffers = []) {
  const question = open.get(fields.id);
  if (!question) return;
  if (fields.ok === undefined) {
    question.onProgress?.(fields);
    return;
  }
  open.delete(fields.id);
  if (fields.ok) question.resolve({ fields, buffers });
  else question.reject(new Refusal(fields.error));
}

/**
 * Call something later, unless the returned function is called before.
 * @typedef {(call: () => void, seconds: number) => () => void} Schedule
 */

/**
 * @typedef {object} WaitNotices
 * @property {(atWork?: boolean) => void} heartbeat something was heard of the kernel, so it begins anew;
 *     at work on the question, the kernel may take longer
 * @property {() => void} end
 */

/** @type {Schedule} */
const later = (call, seconds) => {
  const timer = setTimeout(call, seconds * 1000);
  return () => clearTimeout(timer);
};

/**
 * Show what is to be read while an answer is waited for: nothing at first, then that the kernel is
 * busy, and after a minute what can be done.
 * @param {(notice: string) => void} show
 * @param {Schedule} [after]
 * @returns {WaitNotices}
 */
export function waitNotices(show, after = later) {
  let shown = "";
  /** @type {(() => void)[]} */
  let timers = [];
  /** @param {string} notice */
  function set(notice) {
    if (shown !== notice) show((shown = notice));
  }
  function stop() {
    for (const cancel of timers.splice(0)) cancel();
  }
  /** @param {boolean} atWork */
  function begin(atWork) {
    stop();
    if (!atWork) timers.push(after(() => set(WAITING), SLOW_SECONDS));
    timers.push(after(() => set(LONG), LONG_SECONDS));
  }
  begin(false);
  return {
    heartbeat(atWork = false) {
      set("");
      begin(atWork);
    },
    end() {
      stop();
      set("");
    },
  };
}

/** Return an id that no other view has; `crypto.randomUUID` is missing on pages without TLS. */
function freshId() {
  const parts = crypto.getRandomValues(new Uint32Array(3));
  return Array.from(parts, (part) => part.toString(36)).join("-");
}
