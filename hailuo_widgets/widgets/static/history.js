/** A library, browsable: what was made, what is on its way, and what became of it. */

import { catalogue } from "./catalogue.js";
import { announcer, button, el, embed, follow, keepKeys, label, listen } from "./dom.js";
import { detail } from "./history_detail.js";
import { filters } from "./history_filters.js";
import { grid } from "./history_grid.js";
import { CLOSE, DOWNLOAD } from "./icons.js";
import { WAITING, channel, patiently } from "./messages.js";
import { takeParcel } from "./parcel.js";
import { picks } from "./picks.js";
import { kernelClock } from "./progress.js";
import { studioBelow } from "./studio_below.js";
import { thumbs } from "./thumbs.js";

/** @typedef {import("./dom.js").Context} Context */
/** @typedef {import("./history_card.js").Card} Card */
/** @typedef {import("./history_filters.js").Filter} Filter */

const ALL = 1e6;

/** @param {number} count */
const many = (count) => count.toLocaleString("en");

/** @param {Context} context */
function render({ model, el: root, signal }) {
  const messages = channel(model, signal);
  const now = kernelClock(messages);
  const pictures = thumbs(messages, signal);
  /** @type {import("./picks.js").Picks<number>} */
  const picked = picks();
  let openIndex = -1;
  /** @type {number | null} */
  let openId = null;
  let exporting = "";

  const parts = {
    homecoming: el("div", { class: "hw-box hw-history-homecoming", hidden: true }),
    trouble: el("div", { class: "hw-box hw-box-bad", hidden: true }),
    count: el("div", { class: "hw-history-count" }),
    bar: el("div", { class: "hw-row hw-history-bar-of-picks", role: "toolbar", "aria-label": "Selection", hidden: true }),
    selected: el("span", { class: "hw-history-selected" }),
    download: button("Export as zip", { icon: DOWNLOAD, label: "Export as zip" }),
    everything: button("Select all", { class: "hw-quiet" }),
    home: button("Take it all home", {
      icon: DOWNLOAD,
      label: "Take it all home",
      class: "hw-quiet",
      title: "The whole library as one zip: unpacked beside a notebook, it goes on from there",
    }),
    none: button("Clear selection", { icon: CLOSE, label: "Clear", class: "hw-quiet" }),
    nothing: el("div", { class: "hw-history-nothing", hidden: true }),
    list: el("div", { class: "hw-history-list" }),
  };

  /** @param {string} sentence */
  function trouble(sentence) {
    parts.trouble.textContent = sentence;
    parts.trouble.hidden = !sentence;
    if (sentence) announce(sentence);
  }

  /**
   * Ask the kernel to do something; its refusal is shown.
   * @param {string} kind @param {object} fields
   */
  async function ask(kind, fields) {
    trouble("");
    try {
      return await patiently(messages.ask(kind, fields).answer, (slow) => trouble(slow ? WAITING : ""));
    } catch (reason) {
      if (!signal.aborted) trouble(/** @type {Error} */ (reason).message);
      return null;
    }
  }

  /** @type {ReturnType<typeof catalogue<Card, Filter>>} */
  const shelf = catalogue(
    {
      look: async (filter, offset, limit) => /** @type {any} */ ((await messages.ask("look", { filter, offset, limit }).answer).fields),
      changed(fresh) {
        if (signal.aborted) return;
        if (fresh) {
          picked.moved();
          cards.toTop();
        }
        drawList();
        if (fresh) announce(parts.count.textContent ?? "");
      },
      failed: (reason) => !signal.aborted && trouble(reason.message),
    },
    { words: "", state: "", service: "", frame: "", tag: "", starred: false },
  );

  const narrow = filters({ changed: () => shelf.seek(narrow.read()), pictures, signal });

  const cards = grid({
    count: () => shelf.count,
    card: (index) => shelf.card(index),
    need: (first, last) => shelf.need(first, last),
    picked: (id) => picked.has(id),
    now,
    pictures,
    open: (card, index) => openCard(card, index),
    pick,
    star: (card) => ask("star", { job: card.id, on: !card.starred }),
    signal,
  });

  const opened = detail({
    ask: async (kind, fields) => {
      below.meant(kind === "reuse");
      return (await ask(kind, fields)) !== null;
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

  const below = studioBelow({ model, label: "Studio with this request", close: () => ask("close_studio", {}), signal });

  parts.bar.append(parts.selected, parts.download, parts.everything, parts.none);
  parts.list.append(narrow.element, el("div", { class: "hw-row hw-history-status" }, parts.count, parts.home, parts.bar), cards.element, parts.nothing);
  root.classList.add("hw", "hw-history");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "History");
  keepKeys(root, signal);
  root.append(
    parts.homecoming,
    parts.trouble,
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
    parts.home.disabled = Boolean(exporting);
    root.classList.toggle("hw-history-picking", count > 0);
    parts.selected.textContent = `${many(count)} selected`;
    parts.everything.textContent = `Select all ${many(shelf.count)}`;
    parts.everything.hidden = count >= shelf.count;
    parts.download.disabled = Boolean(exporting);
    label(parts.download, exporting || "Export as zip");
    label(parts.home, exporting || "Take it all home");
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

  /** @param {import("./history_detail.js").Details | null} details */
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
    exportStands("Packing…");
    const answer = await ask(kind, fields);
    if (answer) {
      const packed = /** @type {{ parcel: string, bytes: number, name: string }} */ (answer.fields);
      try {
        await takeParcel(messages, packed, "application/zip", (share) => exportStands(`Fetching · ${Math.round(share * 100)} %`));
        announce(`${packed.name} was saved.`);
      } catch (reason) {
        if (!signal.aborted) trouble(/** @type {Error} */ (reason).message);
      }
    }
    exportStands("");
  }

  listen(parts.none, "click", () => {
    picked.clear();
    drawPicks();
    cards.draw();
  }, signal);
  listen(parts.everything, "click", pickEverything, signal);
  listen(parts.download, "click", () => download("export", { jobs: picked.ids().sort((one, other) => other - one) }), signal);
  listen(parts.home, "click", () => download("take_home", {}), signal);

  embed(model, model.get("player"), opened.player, signal);
  follow(model, "homecoming", () => {
    const words = model.get("homecoming");
    parts.homecoming.textContent = words;
    parts.homecoming.hidden = !words;
    if (words) announce(words);
  }, signal);
  follow(model, "facets", () => narrow.offer(model.get("facets")), signal);
  follow(model, "opened", () => showOpened(model.get("opened").id ? model.get("opened") : null), signal);
  shelf.seek(narrow.read());
  follow(model, "revision", () => shelf.known && shelf.refresh(), signal);
}

export default { render };
