/**
 * A report's page: gives each widget a plain object for its model, and stands where the kernel
 * stood. The clips lie in the page as text, or beside it as files.
 */

import player from "../../widgets/static/player.js";

/**
 * @typedef {import("../../widgets/static/dom.js").Model} Model
 * @typedef {import("../../widgets/static/player.js").Facts & { address: string }} Facts
 * @typedef {Record<string, any>} Fields
 */

const COPY = "This page is a copy. In the notebook it can be done.";

/** @type {Record<string, Facts>} by hash */
const CLIPS = JSON.parse(document.getElementById("hw-report-clips")?.textContent ?? "{}");

/** @type {Map<string, string>} addresses of the clips that were played, by hash */
const made = new Map();

/** @param {string} text base64 */
function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** @param {string} sha256 */
function addressOf(sha256) {
  const beside = CLIPS[sha256].address;
  if (beside) return beside;
  const known = made.get(sha256);
  if (known) return known;
  const text = document.getElementById(`clip-${sha256}`)?.textContent ?? "";
  const address = URL.createObjectURL(new Blob([bytes(text)], { type: "video/mp4" }));
  made.set(sha256, address);
  return address;
}

/**
 * A model whose questions the page answers itself.
 * @param {Fields} state
 * @param {(question: Fields) => Uint8Array | null} picture
 * @returns {Model}
 */
function model(state, picture) {
  /** @type {Map<string, Set<(...values: any[]) => void>>} */
  const heard = new Map();
  /** @param {string} event @param {any[]} values */
  const tell = (event, ...values) => heard.get(event)?.forEach((callback) => callback(...values));
  return {
    get: (name) => state[name],
    set(name, value) {
      state[name] = value;
      tell(`change:${name}`);
    },
    save_changes() {},
    send(content) {
      const question = /** @type {Fields} */ (content);
      const found = question.kind === "poster" ? picture(question) : null;
      const answer = found ? { ok: true } : { ok: false, error: COPY };
      queueMicrotask(() =>
        tell("msg:custom", { id: question.id, ...answer }, found ? [new DataView(found.buffer)] : []),
      );
    },
    on(events, callback) {
      for (const event of events.split(" ")) {
        const callbacks = heard.get(event) ?? new Set();
        heard.set(event, callbacks.add(callback));
      }
    },
    off(events, callback) {
      for (const event of events.split(" ")) heard.get(event)?.delete(callback);
    },
    acquire: ({ sha256 }) => ({
      address: Promise.resolve().then(() => addressOf(sha256)),
      release() {},
    }),
    widget_manager: {
      get_model: () => Promise.reject(new Error(COPY)),
      create_view: () => Promise.reject(new Error(COPY)),
    },
  };
}

/** @param {HTMLElement} stage */
function play(stage) {
  const poster = /** @type {HTMLImageElement} */ (stage.querySelector("img"));
  const facts = CLIPS[stage.dataset.clip ?? ""];
  const place = document.createElement("div");
  place.className = "hw-report-player";
  stage.after(place);
  stage.hidden = true;
  player.render({
    el: place,
    model: model({ facts, relpath: "", chainable: false }, () => bytes(poster.src.split(",")[1])),
    signal: new AbortController().signal,
  });
  return place;
}

for (const stage of document.querySelectorAll("[data-clip]")) {
  if (!(stage instanceof HTMLElement) || !CLIPS[stage.dataset.clip ?? ""]) continue;
  const button = stage.querySelector("button");
  // A tile is small: it plays when it is asked for, and gets room.
  button?.addEventListener("click", () => {
    stage.closest(".hw-report-card")?.classList.add("hw-report-open");
    const place = play(stage);
    place.querySelector(/** @type {"div"} */ (".hw-player-stage"))?.focus();
  });
  if (!button) play(stage);
}
