/** The part that is played again and again: where it begins, where it ends, and all of it. */

import { frameAt } from "../../page/frame_time.js";
import { loopAfter } from "../keys.js";
import { button, el, listen } from "../../page/dom.js";
import { CLOSE, LOOP_BEGINS, LOOP_ENDS } from "../../page/icons.js";

/** @param {Pick<import("../modes/modes.js").Desk, "state" | "transport" | "announce" | "signal">} desk */
export function loopControls({ state, transport, announce, signal }) {
  const begin = button("Loop begins here", { icon: LOOP_BEGINS, title: "Loop begins here (I)" });
  const end = button("Loop ends here", { icon: LOOP_ENDS, title: "Loop ends here (O)" });
  const none = button("No loop", { icon: CLOSE, title: "No loop (X)" });
  const element = el("div", { class: "hw-compare-loop-marks", role: "group", "aria-label": "Loop" }, begin, end, none);

  /** @param {"in" | "out" | null} which */
  function mark(which) {
    const { loop, time } = state.get();
    const rate = transport.steps();
    const seen = frameAt(time, rate, Infinity);
    state.set({ loop: loopAfter(loop, which, { begins: seen / rate, ends: (seen + 1) / rate }, transport.length()) });
    const now = state.get().loop;
    announce(now ? `Loop from ${now.in.toFixed(2)} to ${now.out.toFixed(2)} seconds.` : "No loop.");
  }

  const draw = () => (none.disabled = state.get().loop === null);
  listen(begin, "click", () => mark("in"), signal);
  listen(end, "click", () => mark("out"), signal);
  listen(none, "click", () => mark(null), signal);
  state.subscribe((now, before) => now.loop !== before.loop && draw(), signal);
  draw();
  return { element, mark };
}
