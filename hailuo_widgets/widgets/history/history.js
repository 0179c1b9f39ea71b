/** A library, browsable: what was made, what is on its way, and what became of it. */

import { asker } from "../page/asker.js";
import { setLabel } from "../page/button_label.js";
import { announcer, button, el, isDisconnected, follow, listen } from "../page/dom.js";
import { embed } from "../page/embed.js";
import { CLOSE, DOWNLOAD } from "../page/icons.js";
import { keyboard } from "../page/keyboard.js";
import { store } from "../page/store.js";
import { inlineStudio } from "../page/inline_studio.js";
import { packDownload, saveDownload } from "../shared/downloads.js";
import { kernelClock } from "../shared/job_line.js";
import { channel } from "../shared/rpc.js";
import { Thumbnails } from "../shared/thumbnails.js";
import { JobDetail } from "./detail.js";
import { Filters } from "./filters.js";
import { CardGrid } from "./grid.js";
import { PagedList } from "./paged_list.js";
import { Selection } from "./selection.js";

/**
 * @typedef {import("../page/dom.js").Context} Context
 * @typedef {import("./card.js").Card} Card
 * @typedef {import("./filters.js").Filter} Filter
 *
 * @typedef {object} State
 * @property {number} index place of the opened job in the list; -1 while none is
 * @property {number | null} id of the opened job
 * @property {string} download how far the download is, in words; "" while there is none
 */

const ALL = 1e6;
/** @type {Filter} */
const NO_FILTER = { words: "", state: "", service: "", frame: "", tag: "", starred: false };
/** @type {State} */
const INITIAL = { index: -1, id: null, download: "" };

/** @param {number} count */
const formatCount = (count) => count.toLocaleString("en");

function build() {
  return {
    homecoming: el("div", { class: "hw-box hw-history-homecoming", hidden: true }),
    count: el("div", { class: "hw-history-count" }),
    bar: el("div", { class: "hw-row hw-history-bar-of-picks", role: "toolbar", "aria-label": "Selection", hidden: true }),
    selected: el("span", { class: "hw-history-selected" }),
    download: button("Export as zip", { icon: DOWNLOAD, label: "Export as zip" }),
    everything: button("Select all", { class: "hw-quiet" }),
    backup: button("Download library", {
      icon: DOWNLOAD,
      label: "Download library",
      class: "hw-quiet",
      title: "The whole library as one zip: unpacked beside a notebook, it goes on from there",
    }),
    none: button("Clear selection", { icon: CLOSE, label: "Clear", class: "hw-quiet" }),
    nothing: el("div", { class: "hw-history-nothing", hidden: true }),
    list: el("div", { class: "hw-history-list" }),
  };
}

class History {
  /** @param {Context} context */
  constructor({ model, el: root, signal }) {
    this.model = model;
    this.root = root;
    this.signal = signal;
    this.messages = channel(model, signal, () => isDisconnected(root));
    this.asker = asker({ messages: this.messages, signal });
    this.now = kernelClock(this.messages);
    this.pictures = new Thumbnails(this.messages, signal);
    this.state = store(INITIAL);
    this.parts = build();
    /** @type {Selection<number>} */
    this.selection = new Selection();
    this.jobs = this.makeList();
    this.filters = new Filters({
      changed: () => this.jobs.search(this.filters.read()),
      tags: async (words) => (await this.ask("tags", { words }))?.fields.tags ?? [],
      pictures: this.pictures,
      signal,
    });
    this.grid = this.makeGrid();
    this.detail = this.makeDetail();
    this.below = inlineStudio({ model, label: "Studio with this request", close: (pressed) => this.ask("close_studio", {}, pressed), signal });
    this.layOut();
    this.announce = announcer(root);
    this.listen();
    this.followModel();
  }

  makeList() {
    /** @type {PagedList<Card, Filter>} */
    const list = new PagedList({
      search: (filter, offset, limit) => this.search(filter, offset, limit),
      changed: (fresh) => this.onListChanged(fresh),
      failed: (reason) => this.asker.refuse(reason.message),
    }, NO_FILTER);
    return list;
  }

  makeGrid() {
    return new CardGrid({
      count: () => this.jobs.count,
      card: (index) => this.jobs.card(index),
      need: (first, last) => this.jobs.need(first, last),
      isSelected: (id) => this.selection.has(id),
      now: this.now,
      pictures: this.pictures,
      open: (card, index) => this.open(card, index),
      select: (card, index, on, range) => this.select(card, index, on, range),
      star: (card, pressed) => this.ask("star", { job: card.id, on: !card.starred }, pressed),
      signal: this.signal,
    });
  }

  makeDetail() {
    return new JobDetail({
      ask: async (kind, fields, pressed) => {
        this.below.expect(kind === "reuse");
        return (await this.ask(kind, fields, pressed)) !== null;
      },
      close: () => this.close(),
      step: (way) => this.step(way),
      canStep: (way) => {
        const { index } = this.state.get();
        return index >= 0 && this.jobs.card(index + way) !== null;
      },
      now: this.now,
      pictures: this.pictures,
      signal: this.signal,
    });
  }

  layOut() {
    const { root, parts, filters, grid } = this;
    parts.bar.append(parts.selected, parts.download, parts.everything, parts.none);
    parts.list.append(filters.element, el("div", { class: "hw-row hw-history-status" }, parts.count, parts.backup, parts.bar), grid.element, parts.nothing);
    root.classList.add("hw", "hw-history");
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", "History");
    keyboard(root, this.signal);
    root.append(parts.homecoming, this.asker.element, el("div", { class: "hw-history-self" }, parts.list, this.detail.element), this.below.element);
  }

  listen() {
    const { parts, selection, signal } = this;
    listen(parts.none, "click", () => {
      selection.clear();
      this.drawSelection();
      this.grid.draw();
    }, signal);
    listen(parts.everything, "click", () => this.selectAll(), signal);
    listen(parts.download, "click", () => this.download("export", { jobs: selection.ids().sort((one, other) => other - one) }), signal);
    listen(parts.backup, "click", () => this.download("backup", {}), signal);
    this.state.subscribe((now, before) => now.download !== before.download && this.drawSelection(), signal);
  }

  followModel() {
    const { model, signal } = this;
    embed(model, model.get("player"), this.detail.parts.player, signal);
    follow(model, "homecoming", () => this.drawHomecoming(), signal);
    follow(model, "facets", () => this.filters.setFacets(model.get("facets")), signal);
    follow(model, "opened", () => this.showOpened(model.get("opened").id ? model.get("opened") : null), signal);
    follow(model, "revision", () => (this.jobs.known ? this.jobs.refresh() : this.jobs.search(this.filters.read())), signal);
  }

  /** @param {string} kind @param {object} fields @param {HTMLElement} [pressed] */
  ask(kind, fields, pressed) {
    return this.asker.ask(kind, fields, { pressed: [pressed ?? null] });
  }

  // The list.

  /** @param {Filter} filter @param {number} offset @param {number} limit */
  async search(filter, offset, limit) {
    const { fields } = await this.asker.waiting(() => this.messages.ask("look", { filter, offset, limit }).answer);
    return /** @type {import("./paged_list.js").Found<Card>} */ (fields);
  }

  /** @param {boolean} fresh whether it is another list now */
  onListChanged(fresh) {
    if (this.signal.aborted) return;
    if (fresh) {
      this.selection.forgetPlaces();
      this.grid.scrollToTop();
    }
    this.drawList();
    if (fresh) this.announce(this.parts.count.textContent ?? "");
  }

  drawList() {
    const { parts, jobs, filters } = this;
    const some = jobs.count > 0;
    parts.count.textContent = !jobs.known ? "" : filters.isNarrow ? `${formatCount(jobs.count)} of ${formatCount(jobs.all)}` : `${formatCount(jobs.all)} in the library`;
    this.grid.element.hidden = !some;
    parts.nothing.hidden = some || !jobs.known;
    filters.element.hidden = jobs.known && jobs.all === 0;
    parts.count.hidden = jobs.all === 0;
    if (!some && jobs.known) this.drawNothing();
    this.drawSelection();
    this.grid.draw();
  }

  drawNothing() {
    const { nothing } = this.parts;
    if (this.jobs.all === 0) {
      nothing.replaceChildren(
        el("strong", {}, "Nothing here yet"),
        el("span", {}, "Every draft and clip you make is kept in ", el("code", {}, this.model.get("name")), " and shows up here, also after the kernel has ended."),
        el("span", {}, "Begin with ", el("code", {}, "hw.Studio()"), ": drafts are free."),
      );
      return;
    }
    const all = button("Show everything");
    listen(all, "click", () => this.filters.clear(), this.signal);
    nothing.replaceChildren(el("strong", {}, "Nothing matches"), el("span", {}, "Every word has to be in the prompt or in the note."), all);
  }

  drawHomecoming() {
    const { homecoming } = this.parts;
    const words = this.model.get("homecoming");
    homecoming.textContent = words;
    homecoming.hidden = !words;
    if (words) this.announce(words);
  }

  // The selection, and what is downloaded.

  drawSelection() {
    const { parts, jobs } = this;
    const { count } = this.selection;
    const { download } = this.state.get();
    parts.bar.hidden = count === 0;
    parts.backup.hidden = count > 0 || jobs.all === 0;
    this.root.classList.toggle("hw-history-picking", count > 0);
    parts.selected.textContent = `${formatCount(count)} selected`;
    parts.everything.textContent = `Select all ${formatCount(jobs.count)}`;
    parts.everything.hidden = count >= jobs.count;
    setLabel(parts.download, download || "Export as zip");
    setLabel(parts.backup, download || "Download library");
  }

  /** @param {Card} card @param {number} index @param {boolean} on @param {boolean} range whether all since the tick before are meant */
  async select(card, index, on, range) {
    const span = range ? this.selection.span(index) : null;
    this.selection.set(index, card.id, on);
    if (span) await this.selectSpan(span[0], span[1] - span[0] + 1, on);
    this.drawSelection();
    this.grid.draw();
    this.announce(this.parts.selected.textContent ?? "");
  }

  /** @param {number} offset @param {number} limit @param {boolean} on */
  async selectSpan(offset, limit, on) {
    const answer = await this.ask("ids", { filter: this.jobs.filter, offset, limit });
    if (answer) this.selection.setAll(answer.fields.ids, on);
  }

  async selectAll() {
    await this.selectSpan(0, ALL, true);
    this.drawSelection();
    this.grid.draw();
  }

  /** @param {string} kind @param {object} fields */
  async download(kind, fields) {
    const { state, messages, parts } = this;
    if (state.get().download) return;
    state.set({ download: "Packing…" });
    await this.asker.during(async (heartbeat) => {
      const packed = await packDownload(messages, kind, fields, heartbeat);
      await saveDownload(messages, packed, "application/zip", (share) => {
        heartbeat();
        state.set({ download: `Fetching · ${Math.round(share * 100)} %` });
      });
      this.announce(`${packed.name} was saved.`);
    }, [parts.download, parts.backup]);
    state.set({ download: "" });
  }

  // The opened job.

  /** @param {Card} card @param {number} index */
  open(card, index) {
    this.state.set({ index });
    this.ask("open", { job: card.id });
  }

  /** Open the previous (-1) or next (+1) one. @param {number} way */
  step(way) {
    const { index } = this.state.get();
    const card = this.jobs.card(index + way);
    if (card) this.open(card, index + way);
  }

  close() {
    const { index } = this.state.get();
    this.showOpened(null);
    if (index >= 0) this.grid.focus(index);
    this.state.set({ index: -1 });
    this.ask("close", {});
  }

  /** @param {import("./detail.js").Details | null} details */
  showOpened(details) {
    const { index, id } = this.state.get();
    this.state.set({ id: details?.id ?? null });
    this.detail.show(details);
    this.parts.list.hidden = details !== null;
    if (details === null) this.grid.draw();
    // What had the focus goes with the grid: the next key must find the clip at once.
    else if (details.id !== id && index >= 0) this.detail.focus();
  }
}

/** @param {Context} context */
function render(context) {
  new History(context);
}

export default { render };
