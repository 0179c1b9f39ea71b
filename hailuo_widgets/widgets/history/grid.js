/** The grid of a library: as long as the library, drawn only where it is in view. */

import { el, listen } from "../page/dom.js";
import { CardPlace } from "./card.js";
import { cardAfterKey, heightOf, layout, rowsInView } from "./grid_layout.js";

/**
 * @typedef {import("./card.js").Card} Card
 *
 * @typedef {object} Source
 * @property {() => number} count cards in all
 * @property {(index: number) => Card | null} card null while it is not here
 * @property {(first: number, last: number) => void} need these cards come into view
 * @property {(id: number) => boolean} isSelected
 * @property {() => number} now
 * @property {import("../shared/thumbnails.js").Thumbnails} pictures
 * @property {(card: Card, index: number) => void} open
 * @property {(card: Card, index: number, on: boolean, range: boolean) => void} select
 * @property {(card: Card, pressed: HTMLElement) => void} star
 * @property {AbortSignal} signal
 */

const HELP = "Arrow keys move, Enter opens, Space selects, Shift and Space selects a range, S stars.";
const TICK_MS = 1000;

export class CardGrid {
  /** @param {Source} source */
  constructor(source) {
    this.source = source;
    this.spacer = el("div", { class: "hw-history-spacer", role: "presentation" });
    this.element = el("div", { class: "hw-history-grid", role: "grid", "aria-label": "Library", "aria-multiselectable": "true", "aria-description": HELP }, this.spacer);
    /** @type {Map<number, { element: HTMLElement, places: CardPlace[] }>} */
    this.rows = new Map();
    this.layout = layout(0);
    /** The card that has the focus, or gets it. */
    this.current = 0;
    this.drawPlanned = false;
    this.listen();
    this.watchWidth();
  }

  listen() {
    const { element } = this;
    const { signal } = this.source;
    listen(element, "keydown", (event) => this.onKey(event), signal);
    // Some browsers press a button when the space bar comes up.
    listen(element, "keyup", (event) => event.key === " " && event.preventDefault(), signal);
    listen(element, "click", (event) => this.onClick(event), signal);
    listen(element, "scroll", () => this.planDraw(), signal);
    listen(element, "focusin", (event) => this.onFocus(event), signal);
    const ticking = setInterval(() => {
      for (const { places } of this.rows.values()) for (const place of places) place.tick();
    }, TICK_MS);
    signal.addEventListener("abort", () => clearInterval(ticking));
  }

  watchWidth() {
    const { element, source } = this;
    const width = new ResizeObserver(([entry]) => {
      // Hidden, it keeps its shape.
      if (entry.contentRect.width > 0) this.resize(entry.contentRect.width);
    });
    width.observe(element);
    source.signal.addEventListener("abort", () => {
      width.disconnect();
      this.prune(new Set());
    });
  }

  // Drawing.

  draw() {
    const { element, layout: shape, rows, source } = this;
    const count = source.count();
    this.current = Math.max(0, Math.min(this.current, count - 1));
    this.spacer.style.height = `${heightOf(shape, count)}px`;
    element.setAttribute("aria-rowcount", String(Math.ceil(count / shape.columns)));
    element.setAttribute("aria-colcount", String(shape.columns));
    if (count === 0 || element.clientHeight === 0) return this.prune(new Set());
    const { first, last } = rowsInView(shape, count, element.scrollTop, element.clientHeight);
    source.need(first * shape.columns, Math.min(count, last * shape.columns));
    const wanted = new Set(Array.from({ length: last - first }, (_, step) => first + step));
    // The row that has the focus stays, wherever it is scrolled to.
    const focused = Math.floor(this.current / shape.columns);
    if (rows.get(focused)?.element.contains(document.activeElement)) wanted.add(focused);
    this.prune(wanted);
    for (const index of [...wanted].sort((one, other) => one - other)) this.drawRow(index, count);
  }

  planDraw() {
    if (this.drawPlanned) return;
    this.drawPlanned = true;
    requestAnimationFrame(() => {
      this.drawPlanned = false;
      if (!this.source.signal.aborted) this.draw();
    });
  }

  /** Take out all other rows. @param {Set<number>} wanted */
  prune(wanted) {
    for (const [index, row] of this.rows) {
      if (wanted.has(index)) continue;
      for (const place of row.places) place.leave();
      row.element.remove();
      this.rows.delete(index);
    }
  }

  /** @param {number} index @param {number} count */
  drawRow(index, count) {
    const { source, layout: { columns } } = this;
    const row = this.rows.get(index) ?? this.addRow(index);
    const first = index * columns;
    row.places.forEach((place, column) => {
      const beyond = first + column >= count;
      place.cell.hidden = beyond;
      const card = beyond ? null : source.card(first + column);
      place.draw(card, { selected: card !== null && source.isSelected(card.id), now: source.now, pictures: source.pictures });
      place.open.tabIndex = first + column === this.current ? 0 : -1;
    });
  }

  /** @param {number} index */
  addRow(index) {
    const { rows, layout: { columns, row: height } } = this;
    const places = Array.from({ length: columns }, (_, column) => new CardPlace(column));
    const element = el("div", { class: "hw-history-row", role: "row", "aria-rowindex": index + 1 }, ...places.map(({ cell }) => cell));
    element.style.transform = `translateY(${index * height}px)`;
    element.dataset.row = String(index);
    // Rows are read in their order, whichever was drawn first.
    const after = [...rows.keys()].filter((other) => other > index).sort((one, other) => one - other)[0];
    this.spacer.insertBefore(element, after === undefined ? null : (rows.get(after)?.element ?? null));
    const row = { element, places };
    rows.set(index, row);
    return row;
  }

  /** @param {number} width pixels */
  resize(width) {
    const { element, layout: before } = this;
    const next = layout(width);
    if (next.columns !== before.columns || next.row !== before.row) {
      const top = Math.round(element.scrollTop / before.row) * before.columns;
      const focused = element.contains(document.activeElement);
      this.prune(new Set());
      this.layout = next;
      element.style.setProperty("--hw-history-columns", String(next.columns));
      element.style.setProperty("--hw-history-picture", `${next.picture}px`);
      this.spacer.style.height = `${heightOf(next, this.source.count())}px`;
      element.scrollTop = Math.floor(top / next.columns) * next.row;
      if (focused) return this.focus(this.current);
    }
    this.draw();
  }

  scrollToTop() {
    this.element.scrollTop = 0;
  }

  // Where something happens.

  /** Return the card in which something happened, or null. @param {EventTarget | null} target */
  cardAt(target) {
    const node = /** @type {Element | null} */ (target);
    const row = node?.closest?.("[data-row]");
    if (!(row instanceof HTMLElement)) return null;
    const index = Number(row.dataset.row);
    const places = this.rows.get(index)?.places ?? [];
    const column = places.findIndex(({ cell }) => cell.contains(node));
    const place = places[column];
    return place?.card ? { place, card: place.card, index: index * this.layout.columns + column } : null;
  }

  /** @param {number} index */
  placeOf(index) {
    const { columns } = this.layout;
    return this.rows.get(Math.floor(index / columns))?.places[index % columns];
  }

  /** @param {number} index */
  focus(index) {
    const { element, layout: { columns, row } } = this;
    this.current = index;
    const top = Math.floor(index / columns) * row;
    const height = element.clientHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + row > element.scrollTop + height) element.scrollTop = top + row - height;
    this.draw();
    this.placeOf(index)?.open.focus({ preventScroll: true });
  }

  /** @param {FocusEvent} event */
  onFocus(event) {
    const here = this.cardAt(event.target);
    if (!here || here.index === this.current) return;
    const before = this.placeOf(this.current);
    if (before) before.open.tabIndex = -1;
    here.place.open.tabIndex = 0;
    this.current = here.index;
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const { source, layout: { columns, row } } = this;
    const here = this.cardAt(event.target);
    if (!here || event.altKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / row));
    const next = cardAfterKey(event, here.index, { columns, count: source.count(), page });
    if (next !== null) this.focus(next);
    else if (event.key === " ") source.select(here.card, here.index, !source.isSelected(here.card.id), event.shiftKey);
    else if (event.key === "s" && !event.ctrlKey) source.star(here.card, here.place.star);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {MouseEvent} event */
  onClick(event) {
    const { source } = this;
    const here = this.cardAt(event.target);
    if (!here) return;
    const { place, card, index } = here;
    const target = /** @type {Node} */ (event.target);
    this.current = index;
    if (place.star.contains(target)) source.star(card, place.star);
    else if (place.checkbox.contains(target)) source.select(card, index, place.checkbox.checked, event.shiftKey);
    else if (place.open.contains(target)) {
      if (event.shiftKey || event.ctrlKey || event.metaKey) source.select(card, index, event.shiftKey || !source.isSelected(card.id), event.shiftKey);
      else source.open(card, index);
    }
  }
}
