/** The form: pictures and a prompt in, a clip out. */

import { asking, beside } from "../page/asking.js";
import { confirm, confirmBox } from "../page/confirm.js";
import { announcer, button, el, embed, ended, follow, listen, showPicture } from "../page/dom.js";
import { keyboard } from "../page/keyboard.js";
import { channel } from "../shared/rpc.js";
import { kernelClock, progress, spoken } from "../shared/job_line.js";
import { promptBox } from "./prompt_box.js";

/** @typedef {import("../page/dom.js").Context} Context */
/** @typedef {{ sha256: string, draft: boolean, prompt: string }} Made */

const MOST_TAKES = 10;

function build() {
  const parts = {
    start: el("div", { class: "hw-studio-start" }),
    end: el("div", { class: "hw-studio-end" }),
    expansion: el("input", { type: "checkbox" }),
    draft: button("Render draft · free", { class: "hw-primary", title: "Render a free draft on this machine (Ctrl+Enter)" }),
    run: button("Run", { class: "hw-studio-run" }),
    another: button("Another take"),
    takes: el("select", { class: "hw-select hw-studio-takes", "aria-label": "Takes at one press" }),
    money: el("div", { class: "hw-studio-money" }),
    home: el("div", { class: "hw-studio-home", role: "status", hidden: true }),
    confirm: confirmBox(),
    reason: el("div", { class: "hw-studio-reason", id: `hw-reason-${Math.random().toString(36).slice(2)}` }),
    lines: el("div", { class: "hw-studio-lines" }),
    strip: el("div", { class: "hw-studio-strip", role: "group", "aria-label": "Clips of this session" }),
    preview: el("div", { class: "hw-studio-preview" }),
    player: el("div", { class: "hw-studio-player" }),
  };
  for (let count = 1; count <= MOST_TAKES; count += 1) {
    parts.takes.append(el("option", { value: count }, count === 1 ? "1 take" : `${count} takes`));
  }
  for (const press of [parts.draft, parts.run, parts.another]) press.setAttribute("aria-describedby", parts.reason.id);
  return parts;
}

/** @param {Context} context */
function render({ model, el: root, signal }) {
  const messages = channel(model, signal, () => ended(root));
  const parts = build();
  let spokenLast = "";

  const told = beside();
  const asks = asking({ messages, show: told.show, signal });

  /**
   * Ask the kernel, with the form as it is seen just now.
   * @param {string} kind @param {object} [fields] @param {HTMLElement} [pressed]
   */
  async function ask(kind, fields = {}, pressed) {
    const form = { prompt: prompt.text.value, expansion: parts.expansion.checked };
    const answer = await asks.ask(kind, { ...form, ...fields }, { pressed: [pressed ?? null] });
    return answer && answer.fields;
  }

  function draft() {
    if (model.get("blocker")) return;
    prompt.send();
    ask("run", { service: "emulator" }, parts.draft);
  }

  /**
   * Ask for something that may cost; the kernel refuses any other amount than the one shown here.
   * @param {{ another?: boolean, confirmed?: boolean }} how
   */
  function pay(how) {
    const paid = model.get("paid");
    const amount = how.another ? paid.price : paid.total;
    const question = how.another ? paid.confirm_another : paid.confirm;
    parts.confirm.hidden = true;
    if (question && !how.confirmed) {
      const back = how.another ? parts.another : parts.run;
      confirm(parts.confirm, { question, yes: `Yes, run for ${amount}`, back, act: () => pay({ ...how, confirmed: true }) });
      announce(question);
      return;
    }
    prompt.send();
    ask("run", { service: "wavespeed", takes: model.get("takes"), amount, ...how }, how.another ? parts.another : parts.run);
  }

  const prompt = promptBox(model, { ask, submit: draft, signal });

  root.classList.add("hw", "hw-studio");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Studio");
  keyboard(root, signal);
  root.append(
    parts.home,
    el(
      "div",
      { class: "hw-studio-grid" },
      el("div", { class: "hw-studio-frames" }, parts.start, parts.end),
      el(
        "div",
        { class: "hw-studio-form" },
        el("div", { class: "hw-studio-head" }, el("span", { class: "hw-studio-label" }, "Prompt"), prompt.count),
        prompt.text,
        prompt.chips,
        prompt.hints,
        parts.preview,
        el("label", { class: "hw-studio-expansion" }, parts.expansion, "Prompt expansion (and safety check)"),
        el("div", { class: "hw-row hw-studio-actions" }, parts.draft, parts.run, parts.another, parts.takes),
        parts.money,
        parts.reason,
        parts.confirm,
        told.element,
        parts.lines,
      ),
      el("div", { class: "hw-studio-clip" }, parts.player, parts.strip),
    ),
  );
  const announce = announcer(root);

  function drawActions() {
    const blocker = model.get("blocker");
    const paid = model.get("paid");
    parts.draft.disabled = Boolean(blocker);
    parts.run.hidden = parts.takes.hidden = parts.money.hidden = !paid.price;
    parts.run.disabled = Boolean(blocker || paid.why);
    parts.run.textContent = paid.run ?? "";
    parts.another.hidden = !paid.another;
    parts.another.disabled = Boolean(blocker || paid.why_another);
    parts.another.textContent = paid.another ?? "";
    parts.takes.value = String(model.get("takes"));
    parts.money.textContent = [paid.money, paid.note].filter(Boolean).join(" · ");
    const why = paid.why || (paid.another && paid.why_another);
    parts.reason.textContent = [blocker, why].filter(Boolean).join(" ");
    // What was to be confirmed is another thing now.
    parts.confirm.hidden = true;
  }

  const drawLines = progress(parts.lines, {
    read: () => model.get("lines"),
    now: kernelClock(messages),
    decide: (line, word, pressed) => ask("decide", { key: line.key, ...word }, pressed),
    signal,
  });

  function linesChanged() {
    drawLines();
    const newest = model.get("lines").at(-1);
    const words = newest ? spoken(newest) : "";
    if (words && words !== spokenLast) announce(words);
    spokenLast = words;
  }

  function drawStrip() {
    const clips = /** @type {Made[]} */ (model.get("clips"));
    for (const image of parts.strip.querySelectorAll("img")) showPicture(image, null);
    parts.strip.hidden = clips.length < 2;
    if (parts.strip.hidden) return;
    parts.strip.replaceChildren(
      ...clips.map((clip, index) => {
        const picture = el("img", { alt: "" });
        const name = `${clip.draft ? "Draft" : "Clip"} ${index + 1}: ${clip.prompt || "no prompt"}`;
        const press = el("button", { type: "button", class: "hw-studio-made", title: name, "aria-label": name }, picture, el("span", {}, String(index + 1)));
        listen(press, "click", () => ask("show", { sha256: clip.sha256 }, press), signal);
        messages.ask("poster", { sha256: clip.sha256 }).answer.then(
          ({ buffers }) => showPicture(picture, /** @type {BlobPart} */ (buffers[0])),
          () => {},
        );
        return press;
      }),
    );
  }

  function drawHome() {
    parts.home.textContent = model.get("homecoming");
    parts.home.hidden = !model.get("homecoming");
  }

  listen(parts.draft, "click", draft, signal);
  listen(parts.run, "click", () => pay({}), signal);
  listen(parts.another, "click", () => pay({ another: true }), signal);
  listen(parts.takes, "change", () => {
    model.set("takes", Number(parts.takes.value));
    model.save_changes();
  }, signal);
  listen(parts.expansion, "change", () => {
    model.set("enable_prompt_expansion", parts.expansion.checked);
    model.save_changes();
  }, signal);
  signal.addEventListener("abort", () => {
    for (const image of parts.strip.querySelectorAll("img")) showPicture(image, null);
  });

  for (const name of /** @type {const} */ (["start", "end", "preview", "player"])) embed(model, model.get(name), parts[name], signal);
  follow(model, "enable_prompt_expansion", () => (parts.expansion.checked = model.get("enable_prompt_expansion")), signal);
  follow(model, "blocker paid takes", drawActions, signal);
  follow(model, "homecoming", drawHome, signal);
  follow(model, "lines", linesChanged, signal);
  follow(model, "clips", drawStrip, signal);
}

export default { render };
