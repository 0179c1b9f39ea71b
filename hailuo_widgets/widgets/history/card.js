/** One job in the grid of a library: its picture, how it stands, and what it is. */

import { shortDate } from "../page/dates.js";
import { button, el, icon } from "../page/dom.js";
import { NOTE, STAR } from "../page/icons.js";
import { formatDuration } from "../shared/job_line.js";

/**
 * What the kernel tells of a job.
 * @typedef {object} Card
 * @property {number} id
 * @property {string} kind "Draft" or "Clip"
 * @property {boolean} draft
 * @property {string} prompt
 * @property {string} picture key of the picture to show, or ""
 * @property {boolean} filmed whether that picture is of the clip, not of the start frame
 * @property {string} mark "", "going", "idle", "unknown", "bad" or "gone"
 * @property {string} words what the mark says
 * @property {number} asked seconds since 1970
 * @property {number} take
 * @property {string} money
 * @property {boolean} starred
 * @property {boolean} noted
 * @property {string[]} tags
 *
 * @typedef {object} Look
 * @property {boolean} selected
 * @property {() => number} now seconds since 1970
 * @property {import("../shared/thumbnails.js").Thumbnails} pictures
 */

/** Return what a screen reader says of a job. @param {Card} card @param {number} now */
export function describeCard(card, now) {
  const parts = [card.kind, card.words, card.prompt || "no prompt", shortDate(card.asked, now), card.money];
  if (card.take > 1) parts.push(`take ${card.take}`);
  if (card.starred) parts.push("starred");
  return parts.filter(Boolean).join(", ");
}

/** A place in the grid; another job is drawn in it as the grid is scrolled. */
export class CardPlace {
  /** @param {number} column counted from 0 */
  constructor(column) {
    this.image = el("img", { alt: "", class: "hw-history-poster", draggable: "false" });
    this.badge = el("span", { class: "hw-history-badge" });
    this.words = el("span", { class: "hw-history-words" });
    this.bar = el("progress", { class: "hw-history-bar", "aria-hidden": "true" });
    this.mark = el("span", { class: "hw-history-mark" }, this.words, this.bar);
    this.open = el("button", { type: "button", class: "hw-history-open", tabindex: -1 }, this.image, this.badge, this.mark);
    this.checkbox = el("input", { type: "checkbox", class: "hw-history-pick", tabindex: -1 });
    this.star = button("Star", { icon: STAR, class: "hw-history-star" });
    this.star.tabIndex = -1;
    this.prompt = el("div", { class: "hw-history-prompt", dir: "auto" });
    this.meta = el("div", { class: "hw-history-meta" });
    this.cell = el("div", { class: "hw-history-card", role: "gridcell", "aria-colindex": column + 1 }, this.open, this.checkbox, this.star, this.prompt, this.meta);
    /** @type {Card | null} */
    this.card = null;
    /** @type {Look | null} */
    this.look = null;
    this.pictureKey = "";
    this.unwant = () => {};
    this.image.addEventListener("load", () => {
      this.image.classList.toggle("hw-history-tall", this.image.naturalHeight > this.image.naturalWidth);
    });
  }

  /** @param {Card | null} card null while it is not here, or beyond the last one @param {Look} look */
  draw(card, look) {
    this.look = look;
    this.card = card;
    this.cell.classList.toggle("hw-history-empty", card === null);
    for (const part of [this.open, this.checkbox, this.star]) part.hidden = card === null;
    this.drawPicture(card?.picture ?? "");
    if (card === null) {
      this.prompt.textContent = this.meta.textContent = "";
      this.cell.removeAttribute("aria-selected");
      return;
    }
    this.drawMark(card);
    this.drawSelected(card, look.selected);
    this.open.setAttribute("aria-label", describeCard(card, look.now()));
    this.image.classList.toggle("hw-history-still", !card.filmed);
    this.badge.textContent = card.draft ? "Draft" : "";
    this.star.setAttribute("aria-pressed", String(card.starred));
    this.prompt.textContent = card.prompt || "No prompt";
    this.prompt.classList.toggle("hw-history-unsaid", !card.prompt);
    this.prompt.title = card.prompt;
    this.drawMeta(card, look.now());
    this.tick();
  }

  /** @param {string} key */
  drawPicture(key) {
    if (key === this.pictureKey) return;
    this.leave();
    this.pictureKey = key;
    this.image.removeAttribute("src");
    if (key && this.look) this.unwant = this.look.pictures.want(key, (address) => (this.image.src = address));
  }

  /** @param {Card} card */
  drawMark(card) {
    this.mark.className = `hw-history-mark hw-history-${card.mark || "none"}`;
    this.mark.hidden = !card.mark;
    this.cell.dataset.mark = card.mark;
    this.words.textContent = card.words;
    this.bar.hidden = card.mark !== "going";
  }

  /** @param {Card} card @param {boolean} selected */
  drawSelected(card, selected) {
    this.cell.setAttribute("aria-selected", String(selected));
    this.cell.classList.toggle("hw-history-picked", selected);
    this.checkbox.checked = selected;
    this.checkbox.setAttribute("aria-label", `Select ${card.kind.toLowerCase()}: ${card.prompt || "no prompt"}`);
  }

  /** @param {Card} card @param {number} now */
  drawMeta(card, now) {
    this.meta.replaceChildren(
      el("span", {}, shortDate(card.asked, now)),
      el("span", {}, card.money),
      ...(card.take > 1 ? [el("span", {}, `take ${card.take}`)] : []),
      ...card.tags.map((tag) => el("span", { class: "hw-history-tag" }, tag)),
    );
    if (card.noted) this.meta.append(icon(NOTE));
  }

  /** Show the seconds of a job that is on its way. */
  tick() {
    const { card, look } = this;
    if (card?.mark !== "going" || !look) return;
    this.words.textContent = `${card.words} · ${formatDuration(Math.max(0, Math.floor(look.now() - card.asked)))}`;
  }

  /** It goes out of view: its picture is no longer wanted. */
  leave() {
    this.unwant();
    this.unwant = () => {};
    this.pictureKey = "";
  }
}
