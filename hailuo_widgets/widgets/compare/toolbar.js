/** What one does with a comparison, by control and by key: look, move, mark, save. */

import { Commands } from "./commands.js";
import { ContactSheet } from "./saving/contact_sheet.js";
import { keysDialog } from "./help.js";
import { loopControls } from "./playback/loop.js";
import { ModePointer } from "./modes/mode_pointer.js";
import { Modes } from "./modes/modes.js";
import { PairPicker } from "./modes/pair_picker.js";
import { PointerZoom } from "./modes/pointer_zoom.js";
import { Reverse } from "./playback/reverse.js";
import { SaveControls } from "./saving/save.js";
import { button, el, listen } from "../page/dom.js";
import { HELP, IN, OUT } from "../page/icons.js";
import { WHOLE, zoomBy } from "./modes/zoom.js";

/** By how much one press zooms. */
const NEARER = 1.25;

/** @typedef {import("./modes/modes.js").Desk} Desk */

export class Toolbar {
  /** @param {Desk} desk @param {HTMLElement} bar */
  constructor(desk, bar) {
    const { root, frame, state, transport, announce, signal } = desk;
    this.state = state;
    this.announce = announce;
    this.modes = new Modes(desk);
    this.picker = new PairPicker(desk, this.modes);
    this.saving = new SaveControls(desk, this.modes);
    this.sheet = new ContactSheet(desk, this.modes);
    this.loop = loopControls(desk);
    this.keys = keysDialog(root, signal);
    this.note = el("span", { class: "hw-compare-note-of-speed", role: "note" });
    this.reverse = new Reverse({ state, transport, onNote: (words) => (this.note.textContent = words), signal });
    new ModePointer(desk, this.modes, new PointerZoom(desk));
    this.farther = button("Farther", { icon: OUT, title: "Farther (−)" });
    this.whole = button("Whole picture", { class: "hw-quiet hw-compare-figure", title: "The whole picture (Z)" });
    this.nearer = button("Nearer", { icon: IN, title: "Nearer (+)" });
    this.listKeys = button("Keys", { icon: HELP, label: "Keys", title: "Keys (?)" });
    bar.append(...this.rows());
    new Commands(desk, this);
    listen(frame, "pointerdown", () => this.reverse.stop(), signal);
    listen(this.farther, "click", () => this.zoomBy(-1), signal);
    listen(this.nearer, "click", () => this.zoomBy(1), signal);
    listen(this.whole, "click", () => this.zoomBy(0), signal);
    listen(this.listKeys, "click", () => this.keys.open(), signal);
    state.subscribe((now, before) => now.zoom !== before.zoom && this.drawZoom(), signal);
    this.drawZoom();
  }

  rows() {
    const { modes, picker, saving, sheet } = this;
    const zoom = el("div", { class: "hw-compare-zoom", role: "group", "aria-label": "Zoom" }, this.farther, this.whole, this.nearer);
    const keep = el("div", { class: "hw-compare-take", role: "group", "aria-label": "Keep" }, saving.frames, sheet.opener, saving.film, this.listKeys);
    return [
      el("div", { class: "hw-compare-look" }, modes.element, picker.pair),
      el("div", { class: "hw-compare-more" }, zoom, picker.offset, picker.slider, this.note, keep),
    ];
  }

  drawZoom() {
    const { scale } = this.state.get().zoom;
    const words = `${Math.round(scale * 100)} %`;
    this.whole.replaceChildren(words);
    this.whole.setAttribute("aria-label", `Zoom ${words}: show the whole picture`);
    this.whole.disabled = this.farther.disabled = scale === 1;
  }

  /** @param {number} way 1 nearer, -1 farther, 0 all of it */
  zoomBy(way) {
    this.state.set({ zoom: way === 0 ? WHOLE : zoomBy(this.state.get().zoom, NEARER ** way) });
    this.announce(`Zoom ${Math.round(this.state.get().zoom.scale * 100)} %.`);
  }

  /** Draw anew after cells have come, gone or changed. */
  update() {
    this.modes.draw();
    this.picker.draw();
    this.saving.draw();
  }
}
