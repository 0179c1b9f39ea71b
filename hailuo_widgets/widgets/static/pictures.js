/** Getting a picture, or a clip, out of what a person drops, pastes or picks. */

import { listen } from "./dom.js";

export const SIZE_LIMIT = 60e6;
export const ACCEPTED = "image/*,.heic,.heif,video/mp4,.mp4";

/**
 * A file, else the address of a picture dragged from another page, else null.
 * @param {DataTransfer | null} given
 * @returns {File | string | null}
 */
export function pictureFrom(given) {
  if (!given) return null;
  if (given.files.length > 0) {
    const files = [...given.files];
    return files.find((file) => file.type.startsWith("image/")) ?? files[0];
  }
  const address = given.getData("text/uri-list").split("\n")[0].trim();
  return /^https?:\/\//i.test(address) ? address : null;
}

/**
 * Whether something is being dragged that may hold a picture; its contents are hidden until then.
 * @param {DataTransfer | null} given
 */
export function mayHoldPicture(given) {
  return Boolean(given && ["Files", "text/uri-list"].some((type) => given.types.includes(type)));
}

/**
 * Why a file cannot be read at all, or "" when it can be tried.
 * @param {{ name: string, size: number }} file
 */
export function whyNot(file) {
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
 * @param {{ take: (picture: File | string) => void, over: (yes: boolean) => void, signal: AbortSignal }} to
 */
export function receive(place, { take, over, signal }) {
  let pointer = false;

  /** @param {DragEvent} event */
  function mine(event) {
    if (!mayHoldPicture(event.dataTransfer)) return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  /** Whether what is pasted now is meant for this place. */
  function meant() {
    const focus = document.activeElement;
    if (place.contains(focus)) return !focus?.matches("input");
    return pointer && !focus?.matches("input, textarea, [contenteditable='true']");
  }

  for (const type of /** @type {const} */ (["dragenter", "dragover"])) {
    listen(place, type, (event) => over(mine(event)), signal);
  }
  listen(place, "dragleave", (event) => {
    if (!place.contains(/** @type {Node | null} */ (event.relatedTarget))) over(false);
  }, signal);
  listen(place, "drop", (event) => {
    over(false);
    const picture = mine(event) && pictureFrom(event.dataTransfer);
    if (picture) take(picture);
  }, signal);

  listen(place, "pointerenter", () => (pointer = true), signal);
  listen(place, "pointerleave", () => (pointer = false), signal);
  // JupyterLab would paste cells instead; it listens on the document, so the window comes first.
  listen(window, "keydown", (event) => {
    if (meant() && (event.ctrlKey || event.metaKey) && event.key === "v") event.stopImmediatePropagation();
  }, signal, true);
  listen(document, "paste", (event) => {
    const picture = meant() && pictureFrom(event.clipboardData);
    if (!(picture instanceof File)) return;
    event.preventDefault();
    event.stopPropagation();
    take(picture);
  }, signal, true);
}
