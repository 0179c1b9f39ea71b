/** A job as a cell's output: its progress, then its clip. */

import { asker } from "../page/asker.js";
import { announcer, el, isDisconnected, follow } from "../page/dom.js";
import { embed } from "../page/embed.js";
import { keyboard } from "../page/keyboard.js";
import { channel } from "../shared/rpc.js";
import { kernelClock, jobLines, describeForScreenReader } from "../shared/job_line.js";

/** @param {import("../page/dom.js").Context} context */
function render({ model, el: root, signal }) {
  const lines = el("div", { class: "hw-job-lines" });
  const player = el("div", { class: "hw-job-player" });
  root.classList.add("hw", "hw-job");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Job");
  keyboard(root, signal);
  root.append(el("div", { class: "hw-job-prompt", dir: "auto" }, model.get("prompt")), lines, player);
  const announce = announcer(root);
  const messages = channel(model, signal, () => isDisconnected(root));
  const { ask, element: status } = asker({ messages, signal });
  lines.after(status);
  const drawLines = jobLines(lines, {
    read: () => [model.get("line")],
    now: kernelClock(messages),
    decide: (_, decision, pressed) => ask("decide", decision, { pressed: [pressed] }),
    signal,
  });

  embed(model, model.get("player"), player, signal);
  follow(model, "line", () => {
    const line = model.get("line");
    drawLines();
    announce(describeForScreenReader(line));
    player.hidden = !line.ended || Boolean(line.error);
  }, signal);
}

export default { render };
