/**
 * Questions to the kernel. Each carries an id and a kind and is answered exactly once, with
 * `ok: true` and what was asked for, or `ok: false` and a sentence for the person.
 */

/**
 * @typedef {Record<string, any>} Fields
 * @typedef {{ fields: Fields, buffers: DataView[] }} Answer
 * @typedef {object} Channel
 * @property {(kind: string, fields?: Fields, hear?: (fields: Fields) => void) => Asked} ask
 * @property {(id: string, kind: string, fields: Fields, buffer?: ArrayBuffer) => void} tell
 *
 * @typedef {object} Asked
 * @property {string} id
 * @property {Promise<Answer>} answer
 */

const GONE = "The kernel that drew this has ended. Run its cell again to go on; the library keeps the clips.";
export const WAITING = "The kernel has not answered yet: it is busy with a cell. What you asked for happens when it is free.";
const SLOW_SECONDS = 3;

/** The kernel refused, and says why. */
export class Refusal extends Error {}

/**
 * @param {import("./dom.js").Model} model
 * @param {AbortSignal} signal
 * @returns {Channel}
 */
export function channel(model, signal) {
  /** @type {Map<string, { resolve: (answer: Answer) => void, reject: (reason: Error) => void, hear?: (fields: Fields) => void }>} */
  const open = new Map();

  /**
   * @param {Fields} fields
   * @param {DataView[]} [buffers]
   */
  function receive(fields, buffers = []) {
    const question = open.get(fields.id);
    if (!question) return;
    if (fields.ok === undefined) {
      question.hear?.(fields);
      return;
    }
    open.delete(fields.id);
    if (fields.ok) question.resolve({ fields, buffers });
    else question.reject(new Refusal(fields.error));
  }

  model.on("msg:custom", receive);
  signal.addEventListener("abort", () => {
    model.off("msg:custom", receive);
    for (const question of open.values()) question.reject(new Error("The view is gone."));
    open.clear();
  });

  return {
    ask(kind, fields = {}, hear) {
      const id = freshId();
      /** @type {Promise<Answer>} */
      const answer = new Promise((resolve, reject) => {
        open.set(id, { resolve, reject, hear });
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
 * Say so when an answer is slow to come.
 * @template Value
 * @param {Promise<Value>} answer
 * @param {(slow: boolean) => void} tell
 * @returns {Promise<Value>}
 */
export async function patiently(answer, tell) {
  let told = false;
  const timer = setTimeout(() => tell((told = true)), SLOW_SECONDS * 1000);
  try {
    return await answer;
  } finally {
    clearTimeout(timer);
    if (told) tell(false);
  }
}

/** An id no other view has; `crypto.randomUUID` is missing on pages without TLS. */
function freshId() {
  const parts = crypto.getRandomValues(new Uint32Array(3));
  return Array.from(parts, (part) => part.toString(36)).join("-");
}
