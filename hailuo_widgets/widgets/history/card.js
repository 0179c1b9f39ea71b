/** One job in the grid of a library: its picture, how it stands, and what it is. */

import { shortDate } from "../page/dates.js";
import { button, el, icon } from "../page/dom.js";
import { NOTE, STAR } from "../page/icons.js";
import { duration } from "../shared/job_line.js";

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
 * @typedef {object} Place
 * @property {HTMLElement} cell
 * @property {HTMLButtonElement} open
 * @property {HTMLInputElement} pick
 * @property {HTMLButtonElement} star
 * @property {Card | null} card
 * @property {(card: Card | null, look: Look) => void} draw
 * @property {() => void} tick
 * @property {() => void} leave
 *
 * @typedef {object} Look
 * @property {boolean} picked
 * @property {() => number} now seconds since 1970
 * @property {import("../shared/thumbnails.js").Thumbs} pictures
 */

/** What a screen reader says of a job. @param {Card} card @param {number} now */
export function nameOf(card, now) {
  const parts = [card.kind, card.words, card.prompt || "no prompt", shortDate(card.asked, now), card.money];
  if (card.take > 1) parts.push(`take ${card.take}`);
  if (card.starred) parts.push("starred");
  return parts.filter(Boolean).join(", ");
}

/**
 * An empty place in the grid.
 * @param {number} column counted from 0
 * @returns {Place}
 */
export function place(column) {
  const image = el("img", { alt: "", class: "hw-history-poster", draggable: "false" });
  const badge = el("span", { class: "hw-history-badge" });
  const words = el("span", { class: "hw-history-words" });
  const bar = el("progress", { class: "hw-history-bar", "aria-hidden": "true" });
  const mark = el("span", { class: "hw-history-mark" }, words, bar);
  const open = el("button", { type: "button", class: "hw-history-open", tabindex: -1 }, image, badge, mark);
  const pick = el("input", { type: "checkbox", class: "hw-history-pick", tabindex: -1 });
  const star = button("Star", { icon: STAR, class: "hw-history-star" });
  const prompt = el("div", { class: "hw-history-prompt", dir: "auto" });
  const meta = el("div", { class: "hw-history-meta" });
  const cell = el(
    "div",
    { class: "hw-history-card", role: "gridcell", "aria-colindex": column + 1 },
    open,
    pick,
    star,
    prompt,
    meta,
  );
  star.tabIndex = -1;
  /** @type {Card | null} */
  let shown = null;
  /** @type {Look | null} */
  let look = null;
  let key = "";
  let unwant = () => {};

  /** @param {string} wish */
  function picture(wish) {
    if (wish === key) return;
    unwant();
    key = wish;
    image.removeAttribute("src");
    unwant = key && look ? look.pictures.want(key, (address) => (image.src = address)) : () => {};
  }

  image.addEventListener("load", () => {
    image.classList.toggle("hw-history-tall", image.naturalHeight > image.naturalWidth);
  });

  return {
    cell,
    open,
    pick,
    star,
    get card() {
      return shown;
    },
    draw(card, how) {
      look = how;
      shown = card;
      cell.classList.toggle("hw-history-empty", card === null);
      for (const part of [open, pick, star]) part.hidden = card === null;
      picture(card?.picture ?? "");
      if (card === null) {
        prompt.textContent = meta.textContent = "";
        cell.removeAttribute("aria-selected");
        return;
      }
      const now = how.now();
      cell.setAttribute("aria-selected", String(how.picked));
      cell.classList.toggle("hw-history-picked", how.picked);
      open.setAttribute("aria-label", nameOf(card, now));
      image.classList.toggle("hw-history-still", !card.filmed);
      badge.textContent = card.draft ? "Draft" : "";
      mark.className = `hw-history-mark hw-history-${card.mark || "none"}`;
      mark.hidden = !card.mark;
      cell.dataset.mark = card.mark;
      words.textContent = card.words;
      bar.hidden = card.mark !== "going";
      pick.checked = how.picked;
      pick.setAttribute("aria-label", `Select ${card.kind.toLowerCase()}: ${card.prompt || "no prompt"}`);
      star.setAttribute("aria-pressed", String(card.starred));
      prompt.textContent = card.prompt || "No prompt";
      prompt.classList.toggle("hw-history-unsaid", !card.prompt);
      prompt.title = card.prompt;
      meta.replaceChildren(
        el("span", {}, shortDate(card.asked, now)),
        el("span", {}, card.money),
        ...(card.take > 1 ? [el("span", {}, `take ${card.take}`)] : []),
        ...card.tags.map((tag) => el("span", { class: "hw-history-tag" }, tag)),
      );
      if (card.noted) meta.append(icon(NOTE));
      this.tick();
    },
    tick() {
      if (shown?.mark !== "going" || !look) return;
      words.textContent = `${shown.words} · ${duration(Math.max(0, Math.floor(look.now() - shown.asked)))}`;
    },
    leave() {
      unwant();
      unwant = () => {};
      key = "";
    },
  };
}
