/** The helpers that every widget draws with. Text is always text, never markup. */

/**
 * The browser's side of a widget in the kernel.
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(name: string, value: unknown) => void} set
 * @property {() => void} save_changes
 * @property {(content: object, callbacks?: undefined, buffers?: (ArrayBuffer | ArrayBufferView)[]) => void} send
 * @property {(events: string, callback: (...values: any[]) => void) => void} on
 * @property {(events: string, callback: (...values: any[]) => void) => void} off
 * @property {import("./embed.js").Manager} widget_manager
 * @property {typeof import("./clip_cache.js").acquire} [acquire] how a page that holds its clips itself gets at them
 */

/** @typedef {{ model: Model, el: HTMLElement, signal: AbortSignal }} Context */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element. Attributes that are false or undefined are left out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | boolean | undefined>} [attributes]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === undefined) continue;
    node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children);
  return node;
}

/**
 * Draw an icon from the path data of a 16 x 16 grid.
 * @param {string} path
 */
export function icon(path) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 16 16");
  drawing.setAttribute("class", "hw-icon");
  drawing.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  drawing.append(line);
  return drawing;
}

/**
 * A button; without a visible label its name is read out and shown on hover.
 * @param {string} name
 * @param {{ class?: string, icon?: string, label?: string, title?: string }} [look]
 */
export function button(name, look = {}) {
  const bare = look.icon && look.label === undefined ? "hw-bare" : "";
  const node = el("button", {
    type: "button",
    class: ["hw-button", bare, look.class].filter(Boolean).join(" "),
    title: look.title ?? (bare ? name : undefined),
    "aria-label": look.label === name || !look.icon ? undefined : name,
  });
  if (look.icon) node.append(icon(look.icon));
  const words = look.icon ? look.label : name;
  if (words) node.append(el("span", { class: "hw-button-label" }, words));
  return node;
}

/**
 * Listen until the view is gone.
 * @template {keyof HTMLElementEventMap} Type
 * @param {EventTarget} target
 * @param {Type} type
 * @param {(event: HTMLElementEventMap[Type]) => void} handler
 * @param {AbortSignal} signal
 * @param {boolean} [capture]
 */
export function listen(target, type, handler, signal, capture = false) {
  target.addEventListener(type, /** @type {EventListener} */ (handler), { signal, capture });
}

/**
 * True if the kernel's side of a view is gone: Jupyter marks it.
 * @param {HTMLElement} root
 */
export function isDisconnected(root) {
  return root.classList.contains("jupyter-widgets-disconnected");
}

/**
 * Draw now, and again whenever one of the traits changes, until the view is gone.
 * @param {Model} model
 * @param {string} names separated by spaces
 * @param {() => void} draw
 * @param {AbortSignal} signal
 */
export function follow(model, names, draw, signal) {
  const events = names
    .split(" ")
    .map((name) => `change:${name}`)
    .join(" ");
  model.on(events, draw);
  signal.addEventListener("abort", () => model.off(events, draw));
  draw();
}

/**
 * Make a place whose new words a screen reader reads out; the same words twice are read once.
 * @param {HTMLElement} parent
 * @returns {(words: string) => void}
 */
export function announcer(parent) {
  const place = el("div", { class: "hw-unseen", role: "status", "aria-live": "polite" });
  parent.append(place);
  return (words) => {
    if (place.textContent !== words) place.textContent = words;
  };
}

/**
 * Show a picture that came as bytes; its address is revoked when the next one comes.
 * @param {HTMLImageElement} image
 * @param {BlobPart | null} bytes
 */
export function showPicture(image, bytes) {
  if (image.src.startsWith("blob:")) URL.revokeObjectURL(image.src);
  if (bytes === null) image.removeAttribute("src");
  else image.src = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
}
