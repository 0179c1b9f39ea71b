/** The grid of a library: as long as the library, drawn only where it is in view. */

import { el, listen } from "../page/dom.js";
import { place } from "./card.js";
import { cardAfterKey, heightOf, layout, rowsInView } from "./grid_layout.js";

/** @typedef {import("./card.js").Card} Card */
/** @typedef {import("./card.js").Place} Place */

/**
 * @typedef {object} Source
 * @property {() => number} count cards in all
 * @property {(index: number) => Card | null} card null while it is not here
 * @property {(first: number, last: number) => void} need these cards come into view
 * @property {(id: number) => boolean} picked
 * @property {() => number} now
 * @property {import("../shared/thumbnails.js").Thumbs} pictures
 * @property {(card: Card, index: number) => void} open
 * @property {(card: Card, index: number, on: boolean, range: boolean) => void} pick
 * @property {(card: Card, pressed: HTMLElement) => void} star
 * @property {AbortSignal} signal
 *
 * @typedef {object} Grid
 * @property {HTMLElement} element
 * @property {() => void} draw
 * @property {() => void} toTop
 * @property {(index: number) => void} focus
 */

const HELP = "Arrow keys move, Enter opens, Space selects, Shift and Space selects a range, S stars.";

/**
 * @param {Source} source
 * @returns {Grid}
 */
export function grid(source) {
  const { signal } = source;
  const spacer = el("div", { class: "hw-history-spacer", role: "presentation" });
  const element = el("div", { class: "hw-history-grid", role: "grid", "aria-label": "Library", "aria-multiselectable": "true", "aria-description": HELP }, spacer);
  /** @type {Map<number, { element: HTMLElement, places: Place[] }>} */
  const rows = new Map();
  let shape = layout(0);
  let current = 0;
  let planned = false;

  function draw() {
    const count = source.count();
    current = Math.max(0, Math.min(current, count - 1));
    spacer.style.height = `${heightOf(shape, count)}px`;
    element.setAttribute("aria-rowcount", String(Math.ceil(count / shape.columns)));
    element.setAttribute("aria-colcount", String(shape.columns));
    if (count === 0 || element.clientHeight === 0) return prune(new Set());
    const { first, last } = rowsInView(shape, count, element.scrollTop, element.clientHeight);
    source.need(first * shape.columns, Math.min(count, last * shape.columns));
    const wanted = new Set(Array.from({ length: last - first }, (_, step) => first + step));
    // The row that has the focus stays, wherever it is scrolled to.
    const focused = Math.floor(current / shape.columns);
    if (rows.get(focused)?.element.contains(document.activeElement)) wanted.add(focused);
    prune(wanted);
    for (const index of [...wanted].sort((one, other) => one - other)) drawRow(index, count);
  }

  /** @param {Set<number>} wanted */
  function prune(wanted) {
    for (const [index, row] of rows) {
      if (wanted.has(index)) continue;
      for (const each of row.places) each.leave();
      row.element.remove();
      rows.delete(index);
    }
  }

  /** @param {number} index @param {number} count */
  function drawRow(index, count) {
    const row = rows.get(index) ?? newRow(index);
    const first = index * shape.columns;
    row.places.forEach((each, column) => {
      const beyond = first + column >= count;
      each.cell.hidden = beyond;
      const card = beyond ? null : source.card(first + column);
      each.draw(card, { picked: card !== null && source.picked(card.id), now: source.now, pictures: source.pictures });
      each.open.tabIndex = first + column === current ? 0 : -1;
    });
  }

  /** @param {number} index */
  function newRow(index) {
    const places = Array.from({ length: shape.columns }, (_, column) => place(column));
    const row = el("div", { class: "hw-history-row", role: "row", "aria-rowindex": index + 1 }, ...places.map(({ cell }) => cell));
    row.style.transform = `translateY(${index * shape.row}px)`;
    row.dataset.row = String(index);
    // Rows are read in their order, whichever was drawn first.
    const after = [...rows.keys()].filter((other) => other > index).sort((one, other) => one - other)[0];
    spacer.insertBefore(row, after === undefined ? null : (rows.get(after)?.element ?? null));
    const made = { element: row, places };
    rows.set(index, made);
    return made;
  }

  /** The place something happened at. @param {EventTarget | null} target */
  function at(target) {
    const node = /** @type {Element | null} */ (target);
    const row = node?.closest?.("[data-row]");
    if (!(row instanceof HTMLElement)) return null;
    const index = Number(row.dataset.row);
    const places = rows.get(index)?.places ?? [];
    const column = places.findIndex(({ cell }) => cell.contains(node));
    const found = places[column];
    return found?.card ? { place: found, card: found.card, index: index * shape.columns + column } : null;
  }

  /** @param {number} index */
  function placeOf(index) {
    return rows.get(Math.floor(index / shape.columns))?.places[index % shape.columns];
  }

  /** @param {number} index */
  function focus(index) {
    current = index;
    const top = Math.floor(index / shape.columns) * shape.row;
    const height = element.clientHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + shape.row > element.scrollTop + height) element.scrollTop = top + shape.row - height;
    draw();
    placeOf(index)?.open.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const here = at(event.target);
    if (!here || event.altKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(element.clientHeight / shape.row));
    const next = cardAfterKey(event, here.index, { columns: shape.columns, count: source.count(), page });
    if (next !== null) focus(next);
    else if (event.key === " ") source.pick(here.card, here.index, !source.picked(here.card.id), event.shiftKey);
    else if (event.key === "s" && !event.ctrlKey) source.star(here.card, here.place.star);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {MouseEvent} event */
  function onClick(event) {
    const here = at(event.target);
    if (!here) return;
    const target = /** @type {Node} */ (event.target);
    current = here.index;
    if (here.place.star.contains(target)) source.star(here.card, here.place.star);
    else if (here.place.pick.contains(target)) source.pick(here.card, here.index, here.place.pick.checked, event.shiftKey);
    else if (here.place.open.contains(target)) {
      if (event.shiftKey || event.ctrlKey || event.metaKey) {
        source.pick(here.card, here.index, event.shiftKey || !source.picked(here.card.id), event.shiftKey);
      } else source.open(here.card, here.index);
    }
  }

  function plan() {
    if (planned) return;
    planned = true;
    requestAnimationFrame(() => {
      planned = false;
      if (!signal.aborted) draw();
    });
  }

  listen(element, "keydown", onKey, signal);
  // Some browsers press a button when the space bar comes up.
  listen(element, "keyup", (event) => event.key === " " && event.preventDefault(), signal);
  listen(element, "click", onClick, signal);
  listen(element, "scroll", plan, signal);
  listen(element, "focusin", (event) => {
    const here = at(event.target);
    if (!here || here.index === current) return;
    const before = placeOf(current);
    if (before) before.open.tabIndex = -1;
    here.place.open.tabIndex = 0;
    current = here.index;
  }, signal);

  const width = new ResizeObserver(([entry]) => {
    // Hidden, it keeps its shape.
    if (entry.contentRect.width === 0) return;
    const next = layout(entry.contentRect.width);
    if (next.columns !== shape.columns || next.row !== shape.row) {
      const top = Math.round(element.scrollTop / shape.row) * shape.columns;
      const focused = element.contains(document.activeElement);
      prune(new Set());
      shape = next;
      element.style.setProperty("--hw-history-columns", String(shape.columns));
      element.style.setProperty("--hw-history-picture", `${shape.picture}px`);
      spacer.style.height = `${heightOf(shape, source.count())}px`;
      element.scrollTop = Math.floor(top / shape.columns) * shape.row;
      if (focused) return focus(current);
    }
    draw();
  });
  width.observe(element);
  const ticking = setInterval(() => {
    for (const { places } of rows.values()) for (const each of places) each.tick();
  }, 1000);
  signal.addEventListener("abort", () => {
    width.disconnect();
    clearInterval(ticking);
    prune(new Set());
  });

  return { element, draw, focus, toTop: () => (element.scrollTop = 0) };
}
