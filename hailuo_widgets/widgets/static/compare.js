/** Many clips under one playhead. The browser owns it; nothing per frame goes to the kernel. */

import { acquire } from "./clips.js";
import { compareCell } from "./compare_cell.js";
import { tools } from "./compare_tools.js";
import { announcer, button, el, follow, listen } from "./dom.js";
import { PLAY } from "./icons.js";
import { lockstep } from "./lockstep.js";
import { channel } from "./messages.js";
import { store } from "./store.js";
import { WHOLE } from "./zoom.js";

/**
 * What all parts of a comparison know together.
 * @typedef {object} State
 * @property {"grid" | "wipe" | "flip" | "onion" | "difference"} mode
 * @property {string} a id of the first of a pair; "" when none is chosen
 * @property {string} b id of the second
 * @property {number} time seconds of the playhead
 * @property {boolean} playing
 * @property {number} rate 1 is the clips' own speed
 * @property {import("./playhead.js").Span | null} loop null plays the whole
 * @property {Record<string, number>} offsets seconds a clip runs ahead, by id
 * @property {import("./zoom.js").Zoom} zoom of all cells alike
 * @property {"a" | "b"} shown which of the pair a flip shows
 * @property {number} wipe share of the width that shows A
 * @property {number} onion opacity of B
 * @property {number} difference how many times brighter it is drawn
 */

const LIVE_AT_MOST = 9;

/** @param {import("./dom.js").Context} context */
function render({ model, el: root, signal }) {
  const messages = channel(model, signal);
  /** A page that holds its clips itself brings its own way to them. */
  const take = /** @type {{ acquire?: typeof acquire }} */ (model).acquire ?? acquire;
  /** @type {import("./store.js").Store<State>} */
  const state = store(/** @type {State} */ ({
    mode: "grid",
    a: "",
    b: "",
    time: 0,
    playing: false,
    rate: 1,
    loop: null,
    offsets: {},
    zoom: WHOLE,
    shown: "a",
    wipe: 0.5,
    onion: 0.5,
    difference: 4,
  }));
  const head = el("div", { class: "hw-compare-head" });
  const stage = el("div", { class: "hw-compare-stage" });
  /** What lies over the clips hangs here: the stage's children are cells alone. */
  const frame = el("div", { class: "hw-compare-frame", tabindex: 0, role: "group", "aria-label": "Clips" }, stage);
  const bar = el("div", { class: "hw-compare-bar", role: "toolbar", "aria-label": "Comparison" });
  root.classList.add("hw", "hw-compare");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Comparison");
  root.setAttribute("data-lm-suppress-shortcuts", "true");
  root.append(head, frame, bar);
  const announce = announcer(root);

  /** @type {Map<string, import("./compare_cell.js").Cell>} */
  const cells = new Map();
  const transport = lockstep({
    clips: () =>
      [...cells.values()].flatMap(({ id, video, live, said }) =>
        video && live ? [{ id, video, fps: said.facts.fps, frames: said.facts.frames }] : [],
      ),
    state,
    signal,
  });

  const play = button("Play", { icon: PLAY });
  bar.append(play);
  listen(play, "click", transport.toggle, signal);

  const handled = tools({ root, frame, stage, cells, state, transport, messages, take, announce, signal }, bar);

  function draw() {
    for (const said of model.get("cells")) {
      const known = cells.get(said.id);
      if (known) {
        known.update(said);
      } else {
        const made = compareCell(said, { messages, take, changed: transport.changed, signal });
        cells.set(said.id, made);
        stage.append(made.root);
      }
    }
    [...cells.values()].slice(0, LIVE_AT_MOST).forEach((cell) => cell.load());
    handled.update();
  }

  follow(model, "cells", draw, signal);
}

export default { render };
