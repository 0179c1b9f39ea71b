/**
 * A report's page: gives each widget a plain object for its model, and answers what the kernel
 * would. The clips lie in the page as text, or beside it as files.
 */

import compare from "../../widgets/compare/compare.js";
import player from "../../widgets/player/player.js";
import strip from "../../widgets/strip/strip.js";

/**
 * @typedef {import("../../widgets/page/dom.js").Model} Model
 * @typedef {{ codec: string, setup: string, packets: [place: number, bytes: number, microseconds: number, key: number][] }} Coded
 * @typedef {import("../../widgets/player/player.js").Facts & { address: string, coded: Coded | null }} Facts
 * @typedef {Record<string, any>} Fields
 */

const COPY = "This page is a copy. In the notebook it can be done.";

const FRAME_SIDE = 640;
const DECODED_AHEAD = 8;

const WIDGETS = { compare, strip };

/** Return a script of the report's own: the last of that name, because ours stand behind all outputs. @param {string} id */
function embedded(id) {
  return [...document.querySelectorAll(`script[id="${id}"]`)].at(-1)?.textContent ?? "";
}

/** @type {{ clips: Record<string, Facts>, places: Record<string, { widget: keyof typeof WIDGETS, state: Fields }> }} */
const DATA = JSON.parse(embedded("hw-report-data") || '{"clips":{},"places":{}}');
const CLIPS = DATA.clips;

/** @type {Map<string, string>} addresses of the clips that were played, by hash */
const addresses = new Map();

/** @param {string} text base64 */
function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** Return the file of a picture on the page. @param {HTMLImageElement | null} image */
function pictureFile(image) {
  return new DataView(bytes(image?.src.split(",")[1] ?? "").buffer);
}

/** Return the file of a clip that lies in the page. @param {string} sha256 */
function clipFile(sha256) {
  return bytes(embedded(`clip-${sha256}`));
}

/** @param {string} sha256 */
function addressOf(sha256) {
  const beside = CLIPS[sha256].address;
  if (beside) return beside;
  const known = addresses.get(sha256);
  if (known) return known;
  const address = URL.createObjectURL(new Blob([clipFile(sha256)], { type: "video/mp4" }));
  addresses.set(sha256, address);
  return address;
}

/** @type {Map<string, Promise<DataView[]>>} scrub frames, by the clip's hash */
const scrubFrames = new Map();

/**
 * Return the small pictures of all frames of a clip, as the kernel makes them: here by the browser's decoder.
 * None where it has no decoder, or the clip does not lie in the page.
 * @param {string} sha256
 */
function scrubFramesOf(sha256) {
  const known = scrubFrames.get(sha256) ?? decodeFrames(CLIPS[sha256]).catch(() => []);
  scrubFrames.set(sha256, known);
  return known;
}

/** @param {Facts} clip @returns {Promise<DataView[]>} in the order in which they are shown */
async function decodeFrames({ sha256, coded, width, height, frames }) {
  if (!coded || !("VideoDecoder" in window)) return [];
  const data = clipFile(sha256);
  const config = { codec: coded.codec, description: bytes(coded.setup), codedWidth: width, codedHeight: height };
  if (!(await VideoDecoder.isConfigSupported(config)).supported) return [];
  const share = Math.min(1, FRAME_SIDE / Math.max(width, height));
  const canvas = new OffscreenCanvas(Math.round(width * share), Math.round(height * share));
  const pen = canvas.getContext("2d");
  /** @type {DataView[]} */
  const pictures = [];
  let drawing = Promise.resolve();
  const decoder = new VideoDecoder({
    output(frame) {
      drawing = drawing.then(async () => {
        pen?.drawImage(frame, 0, 0, canvas.width, canvas.height);
        frame.close();
        const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 });
        pictures.push(new DataView(await blob.arrayBuffer()));
      });
    },
    // It is closed then, and the next packet is refused.
    error() {},
  });
  decoder.configure(config);
  for (const [place, size, timestamp, key] of coded.packets) {
    decoder.decode(new EncodedVideoChunk({ type: key ? "key" : "delta", timestamp, data: data.subarray(place, place + size) }));
    // Whole frames are large: only a few wait at a time.
    if (decoder.decodeQueueSize > DECODED_AHEAD) await new Promise((resolve) => decoder.addEventListener("dequeue", resolve, { once: true }));
    await drawing;
  }
  await decoder.flush();
  await drawing;
  decoder.close();
  // One too few, and all others would be of the wrong frames.
  return pictures.length === frames ? pictures : [];
}

/**
 * Make a model whose questions the page answers itself.
 * @param {Fields} state
 * @param {(name: string) => HTMLImageElement | null} picture finds one on the page, by its cell or its clip's hash
 * @returns {Model}
 */
function model(state, picture) {
  /** @type {Map<string, Set<(...values: any[]) => void>>} */
  const listeners = new Map();
  /** @param {string} event @param {any[]} values */
  const emit = (event, ...values) => listeners.get(event)?.forEach((callback) => callback(...values));
  /** @param {Fields} question @returns {Promise<{ fields: Fields, buffers: DataView[] }>} */
  async function answer({ kind, cell, keys, first }) {
    const image = kind === "poster" || kind === "picture" ? picture(cell) : null;
    if (image) return { fields: { ok: true }, buffers: [pictureFile(image)] };
    // Named as `clip:<hash>@<side>`; there is one size of each.
    if (kind === "pictures") return { fields: { ok: true }, buffers: keys.map((/** @type {string} */ key) => pictureFile(picture(key.split(/[:@]/)[1]))) };
    if (kind === "flipbook") {
      const clip = state.cells.find((/** @type {Fields} */ each) => each.id === cell)?.facts.sha256;
      const frames = CLIPS[clip] ? await scrubFramesOf(clip) : [];
      return { fields: { ok: true, first, count: frames.length }, buffers: frames.slice(first) };
    }
    if (kind === "now") return { fields: { ok: true, now: Date.now() / 1000 }, buffers: [] };
    return { fields: { ok: false, error: COPY }, buffers: [] };
  }
  return {
    get: (name) => state[name],
    set(name, value) {
      state[name] = value;
      emit(`change:${name}`);
    },
    save_changes() {},
    send(content) {
      const question = /** @type {Fields} */ (content);
      void answer(question).then(({ fields, buffers }) => emit("msg:custom", { id: question.id, ...fields }, buffers));
    },
    on(events, callback) {
      for (const event of events.split(" ")) {
        const callbacks = listeners.get(event) ?? new Set();
        listeners.set(event, callbacks.add(callback));
      }
    },
    off(events, callback) {
      for (const event of events.split(" ")) listeners.get(event)?.delete(callback);
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

/**
 * @param {{ render: (context: import("../../widgets/page/dom.js").Context) => void }} widget
 * @param {Model} model
 * @param {Element} before what it stands in for
 */
function show(widget, model, before) {
  const el = document.createElement("div");
  el.className = "hw-report-player";
  before.after(el);
  widget.render({ model, el, signal: new AbortController().signal });
  return el;
}

/** @param {HTMLElement} stage */
function play(stage) {
  const facts = CLIPS[stage.dataset.clip ?? ""];
  const state = model({ facts, relpath: "", chainable: false }, () => stage.querySelector("img"));
  stage.hidden = true;
  return show(player, state, stage);
}

for (const stage of document.querySelectorAll("[data-clip]")) {
  if (!(stage instanceof HTMLElement) || !CLIPS[stage.dataset.clip ?? ""]) continue;
  const button = stage.querySelector("button");
  // A tile is small: it plays when it is asked for, and gets room.
  button?.addEventListener("click", () => {
    stage.closest(".hw-report-card")?.classList.add("hw-report-open");
    const stand = play(stage).querySelector(".hw-player-stage");
    if (stand instanceof HTMLElement) stand.focus();
  });
  if (!button) play(stage);
}

for (const [place, { widget, state }] of Object.entries(DATA.places)) {
  const block = document.getElementById(place);
  const cells = block?.querySelector(".hw-report-cells");
  if (!block || !cells) continue;
  block.classList.add("hw-report-alive");
  show(
    WIDGETS[widget],
    model(state, (name) => block.querySelector(`img[data-cell="${name}"], [data-cell="${name}"] .hw-report-poster, img[data-of="${name}"]`)),
    cells,
  );
}
