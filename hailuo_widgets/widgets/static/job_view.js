/** A job as a cell's output: its progress, then its clip. */

import { announcer, el, embed, follow, keepKeys } from "./dom.js";
import { channel } from "./messages.js";
import { kernelClock, progress, spoken } from "./progress.js";

/** @param {import("./dom.js").Context} context */
function render({ model, el: root, signal }) {
  const lines = el("div", { class: "hw-job-lines" });
  const player = el("div", { class: "hw-job-player" });
  root.classList.add("hw", "hw-job");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Job");
  keepKeys(root, signal);
  root.append(el("div", { class: "hw-job-prompt", dir: "auto" }, model.get("prompt")), lines, player);
  const trouble = el("div", { class: "hw-box hw-box-bad", hidden: true });
  lines.after(trouble);
  const announce = announcer(root);
  const messages = channel(model, signal);
  const drawLines = progress(lines, {
    read: () => [model.get("line")],
    now: kernelClock(messages),
    decide: async (_, { act, prediction }) => {
      trouble.hidden = true;
      try {
        await messages.ask("decide", { act, prediction }).answer;
      } catch (reason) {
        trouble.textContent = /** @type {Error} */ (reason).message;
        trouble.hidden = signal.aborted;
      }
    },
    signal,
  });

  embed(model, model.get("player"), player, signal);
  follow(model, "line", () => {
    const line = model.get("line");
    drawLines();
    announce(spoken(line));
    player.hidden = !line.ended || Boolean(line.error);
  }, signal);
}

export default { render };
