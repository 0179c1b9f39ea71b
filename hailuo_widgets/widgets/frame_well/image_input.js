/** Getting a picture, or a clip, out of what the user drops, pastes or picks. Nothing of it is ever run. */

import { listen } from "../page/dom.js";

export const SIZE_LIMIT = 60e6;
export const ACCEPTED = "image/*,.heic,.heif,video/mp4,.mp4";

/** What JupyterLab's file browser drags: paths below the server's root. */
const PATHS = "application/x-jupyter-icontents";
const TAKEN = /^(?:https?:\/\/\S+|blob:\S+|data:image\/)/i;
const NOTHING = "That holds no picture. Drop or paste a picture, its file, or its address.";
const DAMAGED = "That picture came as text and is damaged. Save it as a file, then choose it.";
const OUT_OF_REACH = "That picture belongs to a page that keeps it to itself. Save it as a file, then choose it.";

/**
 * @typedef {object} Transferred
 * @property {File | string | null} picture a file, or the address of a picture
 * @property {number} count how many there were to choose from
 * @property {string} why none of them can be taken; "" where one can
 *
 * @typedef {object} LuminoDrag what Lumino's drags have beyond a MouseEvent
 * @property {{ hasData: (type: string) => boolean, getData: (type: string) => unknown }} mimeData
 * @property {string} proposedAction
 * @property {string} dropAction
 */

/**
 * Return what can be taken of what is dropped or pasted: a file; else a picture in dragged or copied HTML, which comes
 * before the link around it; else an address.
 * @param {DataTransfer | null} given
 * @param {(html: string) => string[]} [images] the addresses of the pictures in a piece of HTML
 * @returns {Transferred}
 */
export function readTransfer(given, images = imagesIn) {
  const files = [...(given?.files ?? [])];
  if (files.length > 0) {
    return { picture: files.find((file) => file.type.startsWith("image/")) ?? files[0], count: files.length, why: "" };
  }
  const text = (/** @type {string} */ type) => given?.getData(type) ?? "";
  const ways = [images(text("text/html")), addressesIn(text("text/uri-list")), addressesIn(text("text/plain").trim())];
  for (const addresses of ways) {
    const good = addresses.filter((address) => TAKEN.test(address));
    if (good.length > 0) return { picture: good[0], count: new Set(good).size, why: "" };
  }
  return { picture: null, count: 0, why: reasonForNone(ways.flat()) };
}

/** Return the lines of a list of addresses; a `#` begins a remark. @param {string} list */
export function addressesIn(list) {
  return list
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith("#"));
}

/** A page that is never shown loads nothing and runs nothing. @param {string} html */
function imagesIn(html) {
  if (!html || typeof DOMParser === "undefined") return [];
  const page = new DOMParser().parseFromString(html, "text/html");
  return [...page.querySelectorAll("img[src]")].map((image) => (image.getAttribute("src") ?? "").trim());
}

/** @param {string[]} addresses */
function reasonForNone(addresses) {
  const file = addresses.find((address) => /^file:/i.test(address));
  if (file) return `A page may not read a file by its address (${nameIn(file)}). Choose the file here instead.`;
  const other = addresses.find((address) => /^[a-z][a-z0-9+.-]*:\S/i.test(address));
  if (other) return `That address begins with “${other.slice(0, other.indexOf(":") + 1).slice(0, 30)}”; only http:// and https:// are fetched. Save the picture as a file, then choose it.`;
  return NOTHING;
}

/** Return the last part of an address, as text. @param {string} address */
function nameIn(address) {
  const last = address.split(/[?#]/)[0].split("/").pop() ?? "";
  try {
    return decodeURIComponent(last) || address;
  } catch {
    return last;
  }
}

/**
 * Return a picture that the page itself can read as a file; any other address as it is, for the kernel.
 * @param {File | string} picture
 * @param {{ origin: string, get: (address: string) => Promise<Response> }} [page]
 * @returns {Promise<File | string>}
 */
export async function readPicture(picture, page = { origin: globalThis.location?.origin, get: (address) => fetch(address, { credentials: "same-origin" }) }) {
  if (typeof picture !== "string") return picture;
  if (/^data:/i.test(picture)) return fromData(picture);
  const ours = /^https?:/i.test(picture) && new URL(picture).origin === page.origin;
  if (!ours && !/^blob:/i.test(picture)) return picture;
  try {
    const answer = await page.get(picture);
    const bytes = answer.ok ? await answer.blob() : null;
    // Jupyter's own address asks for a login, which the kernel does not have.
    if (bytes?.type.startsWith("image/")) return new File([bytes], ours ? nameIn(picture) : `picture.${kindOf(bytes.type)}`, { type: bytes.type });
  } catch {
    // An error below, or tried by the kernel.
  }
  if (ours) return picture;
  throw new Error(OUT_OF_REACH);
}

/** @param {string} address `data:image/...` */
function fromData(address) {
  try {
    const comma = address.indexOf(",");
    const head = address.slice(0, comma);
    const type = /^data:(image\/[\w.+-]+)/i.exec(head)?.[1].toLowerCase() ?? "";
    const body = decodeURIComponent(address.slice(comma + 1));
    const bytes = /;base64$/i.test(head.trim()) ? Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0)) : new TextEncoder().encode(body);
    if (comma < 0 || !type || bytes.length === 0) throw new Error(DAMAGED);
    return new File([bytes], `picture.${kindOf(type)}`, { type });
  } catch {
    throw new Error(DAMAGED);
  }
}

/** @param {string} type `image/...` */
function kindOf(type) {
  return type.slice("image/".length).split(/[+;]/)[0].replace("jpeg", "jpg");
}

/**
 * True if what is being dragged may hold a picture; its contents are hidden until then.
 * @param {DataTransfer | null} given
 */
export function mayHoldPicture(given) {
  return Boolean(given && ["Files", "text/uri-list", "text/html"].some((type) => given.types.includes(type)));
}

/**
 * Return why a file cannot be read at all, or "" when it can be tried.
 * @param {{ name: string, size: number }} file
 */
export function reasonUnreadable(file) {
  if (file.size === 0) return `${file.name} is empty.`;
  if (file.size > SIZE_LIMIT) {
    const size = (file.size / 1e6).toFixed(1);
    return `${file.name} has ${size} MB; more than 60 MB is not read. Make a smaller copy first.`;
  }
  return "";
}

/**
 * Take what is dropped on a place, or pasted while it has the focus or the pointer.
 * @param {HTMLElement} place
 * @param {object} to
 * @param {(offered: Transferred) => void} to.take
 * @param {(paths: string[]) => void} to.takePaths of JupyterLab's file browser
 * @param {(over: boolean) => void} to.onOver called when a picture is dragged over the place, and away
 * @param {AbortSignal} to.signal
 */
export function acceptPictures(place, { take, takePaths, onOver, signal }) {
  let pointer = false;

  /** @param {DragEvent} event */
  function accepts(event) {
    if (!mayHoldPicture(event.dataTransfer)) return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  /** True if what is pasted now goes to this place. */
  function takesPaste() {
    const focus = document.activeElement;
    if (place.contains(focus)) return !focus?.matches("input");
    return pointer && !focus?.matches("input, textarea, [contenteditable='true']");
  }

  for (const type of /** @type {const} */ (["dragenter", "dragover"])) {
    listen(place, type, (event) => onOver(accepts(event)), signal);
  }
  for (const type of /** @type {("dragleave" | "mouseleave")[]} */ (["dragleave", "lm-dragleave"])) {
    listen(place, type, (event) => {
      if (!place.contains(/** @type {Node | null} */ (event.relatedTarget))) onOver(false);
    }, signal);
  }
  listen(place, "drop", (event) => {
    onOver(false);
    if (accepts(event)) take(readTransfer(event.dataTransfer));
  }, signal);

  /** @param {Event} given */
  function onLumino(given) {
    const event = /** @type {LuminoDrag & Event} */ (given);
    if (!event.mimeData?.hasData(PATHS)) return;
    event.preventDefault();
    event.stopPropagation();
    event.dropAction = event.proposedAction;
    onOver(event.type !== "lm-drop");
    if (event.type !== "lm-drop") return;
    const paths = event.mimeData.getData(PATHS);
    takePaths(Array.isArray(paths) ? paths.map(String) : []);
  }
  for (const type of ["lm-dragenter", "lm-dragover", "lm-drop"]) place.addEventListener(type, onLumino, { signal });

  listen(place, "pointerenter", () => (pointer = true), signal);
  listen(place, "pointerleave", () => (pointer = false), signal);
  // JupyterLab would paste cells instead; it listens on the document, so the window comes first.
  listen(window, "keydown", (event) => {
    if (takesPaste() && (event.ctrlKey || event.metaKey) && event.key === "v") event.stopImmediatePropagation();
  }, signal, true);
  listen(document, "paste", (event) => {
    if (!takesPaste()) return;
    event.preventDefault();
    event.stopPropagation();
    take(readTransfer(event.clipboardData));
  }, signal, true);
}
