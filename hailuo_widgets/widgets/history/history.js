/** A library, browsable: what was made, what is on its way, and what became of it. */

import { asking, beside } from "../page/asking.js";
import { catalogue } from "./paged_list.js";
import { announcer, button, el, embed, ended, follow, label, listen } from "../page/dom.js";
import { detail } from "./detail.js";
import { filters } from "./filters.js";
import { grid } from "./grid.js";
import { CLOSE, DOWNLOAD } from "../page/icons.js";
import { keyboard } from "../page/keyboard.js";
import { channel } from "../shared/rpc.js";
import { packedFor, takeParcel } from "../shared/downloads.js";
import { picks } from "./selection.js";
import { kernelClock } from "../shared/job_line.js";
import { studioBelow } from "../page/inline_studio.js";
import { thumbs } from "../shared/thumbnails.js";

/** @typedef {import("../page/dom.js").Context} Context */
/** @typedef {import("./card.js").Card} Card */
/** @typedef {import("./filters.js").Filter} Filter */

const ALL = 1e6;

/** @param {number} count */
const many = (count) => count.toLocaleString("en");

/** @param {Context} context */
function render({ model, el: root, signal }) {
  const messages = channel(model, signal, () => ended(root));
  const told = beside();
  const asks = asking({ messages, show: told.show, signal });
  const now = kernelClock(messages);
  const pictures = thumbs(messages, signal);
  /** @type {import("./selection.js").Picks<number>} */
  const picked = picks();
  let openIndex = -1;
  /** @type {number | null} */
  let openId = null;
  let exporting = "";

  const parts = {
    homecoming: el("div", { class: "hw-box hw-history-homecoming", hidden: true }),
    count: el("div", { class: "hw-history-count" }),
    bar: el("div", { class: "hw-row hw-history-bar-of-picks", role: "toolbar", "aria-label": "Selection", hidden: true }),
    selected: el("span", { class: "hw-history-selected" }),
    download: button("Export as zip", { icon: DOWNLOAD, label: "Export as zip" }),
    everything: button("Select all", { class: "hw-quiet" }),
    home: button("Download library", {
      icon: DOWNLOAD,
      label: "Download library",
      class: "hw-quiet",
      title: "The whole library as one zip: unpacked beside a notebook, it goes on from there",
    }),
    none: button("Clear selection", { icon: CLOSE, label: "Clear", class: "hw-quiet" }),
    nothing: el("div", { class: "hw-history-nothing", hidden: true }),
    list: el("div", { class: "hw-history-list" }),
  };

  /** @param {string} kind @param {object} fields @param {HTMLElement} [pressed] */
  const ask = (kind, fields, pressed) => asks.ask(kind, fields, { pressed: [pressed ?? null] });

  /** @type {ReturnType<typeof catalogue<Card, Filter>>} */
  const shelf = catalogue(
    {
      look: async (filter, offset, limit) => /** @type {any} */ ((await asks.waiting(() => messages.ask("look", { filter, offset, limit }).answer)).fields),
      changed(fresh) {
        if (signal.aborted) return;
        if (fresh) {
          picked.moved();
          cards.toTop();
        }
        drawList();
        if (fresh) announce(parts.count.textContent ?? "");
      },
      failed: (reason) => asks.refuse(reason.message),
    },
    { words: "", state: "", service: "", frame: "", tag: "", starred: false },
  );

  const narrow = filters({
    changed: () => shelf.seek(narrow.read()),
    tags: async (words) => (await ask("tags", { words }))?.fields.tags ?? [],
    pictures,
    signal,
  });

  const cards = grid({
    count: () => shelf.count,
    card: (index) => shelf.card(index),
    need: (first, last) => shelf.need(first, last),
    picked: (id) => picked.has(id),
    now,
    pictures,
    open: (card, index) => openCard(card, index),
    pick,
    star: (card, pressed) => ask("star", { job: card.id, on: !card.starred }, pressed),
    signal,
  });

  const opened = detail({
    ask: async (kind, fields, pressed) => {
      below.meant(kind === "reuse");
      return (await ask(kind, fields, pressed)) !== null;
    },
    close,
    step(way) {
      const card = shelf.card(openIndex + way);
      if (card) openCard(card, openIndex + way);
    },
    canStep: (way) => openIndex >= 0 && shelf.card(openIndex + way) !== null,
    now,
    pictures,
    signal,
  });

  const below = studioBelow({ model, label: "Studio with this request", close: (pressed) => ask("close_studio", {}, pressed), signal });

  parts.bar.append(parts.selected, parts.download, parts.everything, parts.none);
  parts.list.append(narrow.element, el("div", { class: "hw-row hw-history-status" }, parts.count, parts.home, parts.bar), cards.element, parts.nothing);
  root.classList.add("hw", "hw-history");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "History");
  keyboard(root, signal);
  root.append(
    parts.homecoming,
    told.element,
    el("div", { class: "hw-history-self" }, parts.list, opened.element),
    below.element,
  );
  const announce = announcer(root);

  function drawList() {
    const some = shelf.count > 0;
    parts.count.textContent = !shelf.known ? "" : narrow.narrow() ? `${many(shelf.count)} of ${many(shelf.all)}` : `${many(shelf.all)} in the library`;
    cards.element.hidden = !some;
    parts.nothing.hidden = some || !shelf.known;
    narrow.element.hidden = shelf.known && shelf.all === 0;
    parts.count.hidden = shelf.all === 0;
    if (!some && shelf.known) drawNothing();
    drawPicks();
    cards.draw();
  }

  function drawNothing() {
    if (shelf.all === 0) {
      parts.nothing.replaceChildren(
        el("strong", {}, "Nothing here yet"),
        el("span", {}, "Every draft and clip you make is kept in ", el("code", {}, model.get("name")), " and shows up here, also after the kernel has ended."),
        el("span", {}, "Begin with ", el("code", {}, "hw.Studio()"), ": drafts are free."),
      );
      return;
    }
    const all = button("Show everything");
    listen(all, "click", narrow.clear, signal);
    parts.nothing.replaceChildren(el("strong", {}, "Nothing matches"), el("span", {}, "Every word has to be in the prompt or in the note."), all);
  }

  function drawPicks() {
    const count = picked.count;
    parts.bar.hidden = count === 0;
    parts.home.hidden = count > 0 || shelf.all === 0;
    root.classList.toggle("hw-history-picking", count > 0);
    parts.selected.textContent = `${many(count)} selected`;
    parts.everything.textContent = `Select all ${many(shelf.count)}`;
    parts.everything.hidden = count >= shelf.count;
    label(parts.download, exporting || "Export as zip");
    label(parts.home, exporting || "Download library");
  }

  /** @param {Card} card @param {number} index @param {boolean} on @param {boolean} range */
  async function pick(card, index, on, range) {
    const span = range ? picked.span(index) : null;
    picked.set(index, card.id, on);
    if (span) await pickSpan(span[0], span[1] - span[0] + 1, on);
    drawPicks();
    cards.draw();
    announce(parts.selected.textContent ?? "");
  }

  /** @param {number} offset @param {number} limit @param {boolean} on */
  async function pickSpan(offset, limit, on) {
    const answer = await ask("ids", { filter: shelf.filter, offset, limit });
    if (answer) picked.setAll(answer.fields.ids, on);
  }

  async function pickEverything() {
    await pickSpan(0, ALL, true);
    drawPicks();
    cards.draw();
  }

  /** @param {Card} card @param {number} index */
  function openCard(card, index) {
    openIndex = index;
    ask("open", { job: card.id });
  }

  function close() {
    showOpened(null);
    if (openIndex >= 0) cards.focus(openIndex);
    openIndex = -1;
    ask("close", {});
  }

  /** @param {import("./detail.js").Details | null} details */
  function showOpened(details) {
    const another = details !== null && details.id !== openId;
    openId = details === null ? null : details.id;
    opened.show(details);
    parts.list.hidden = details !== null;
    if (details === null) cards.draw();
    // What had the focus goes with the grid: the next key must find the clip at once.
    else if (another && openIndex >= 0) opened.focus();
  }

  /** @param {string} words */
  function exportStands(words) {
    exporting = words;
    drawPicks();
  }

  /** @param {string} kind @param {object} fields */
  async function download(kind, fields) {
    if (exporting) return;
    exportStands("Packing…");
    await asks.during(async (sign) => {
      const packed = await packedFor(messages, kind, fields, sign);
      await takeParcel(messages, packed, "application/zip", (share) => {
        sign();
        exportStands(`Fetching · ${Math.round(share * 100)} %`);
      });
      announce(`${packed.name} was saved.`);
    }, [parts.download, parts.home]);
    exportStands("");
  }

  listen(parts.none, "click", () => {
    picked.clear();
    drawPicks();
    cards.draw();
  }, signal);
  listen(parts.everything, "click", pickEverything, signal);
  listen(parts.download, "click", () => download("export", { jobs: picked.ids().sort((one, other) => other - one) }), signal);
  listen(parts.home, "click", () => download("backup", {}), signal);

  embed(model, model.get("player"), opened.player, signal);
  follow(model, "homecoming", () => {
    const words = model.get("homecoming");
    parts.homecoming.textContent = words;
    parts.homecoming.hidden = !words;
    if (words) announce(words);
  }, signal);
  follow(model, "facets", () => narrow.offer(model.get("facets")), signal);
  follow(model, "opened", () => showOpened(model.get("opened").id ? model.get("opened") : null), signal);
  follow(model, "revision", () => (shelf.known ? shelf.refresh() : shelf.seek(narrow.read())), signal);
}

export default { render };
