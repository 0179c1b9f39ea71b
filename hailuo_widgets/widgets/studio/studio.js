/** The form: pictures and a prompt in, a clip out. */

import { asker } from "../page/asker.js";
import { confirm, confirmBox } from "../page/confirm.js";
import { announcer, button, el, isDisconnected, follow, listen, showPicture } from "../page/dom.js";
import { embed } from "../page/embed.js";
import { keyboard } from "../page/keyboard.js";
import { channel } from "../shared/rpc.js";
import { kernelClock, jobLines, describeForScreenReader } from "../shared/job_line.js";
import { promptBox } from "./prompt_box.js";

/** @typedef {import("../page/dom.js").Context} Context */
/** @typedef {{ sha256: string, draft: boolean, prompt: string }} Clip */

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
    homecoming: el("div", { class: "hw-studio-home", role: "status", hidden: true }),
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

class Studio {
  /** @param {Context} context */
  constructor({ model, el: root, signal }) {
    this.model = model;
    this.signal = signal;
    this.messages = channel(model, signal, () => isDisconnected(root));
    this.parts = build();
    this.asker = asker({ messages: this.messages, signal });
    this.prompt = promptBox(model, {
      ask: (kind, fields, pressed) => this.ask(kind, fields, pressed),
      submit: () => this.renderDraft(),
      signal,
    });
    this.announced = "";
    this.layOut(root);
    this.announce = announcer(root);
    this.drawLines = jobLines(this.parts.lines, {
      read: () => model.get("lines"),
      now: kernelClock(this.messages),
      decide: (line, decision, pressed) => this.ask("decide", { key: line.key, ...decision }, pressed),
      signal,
    });
    this.listen();
    this.followModel();
  }

  /** @param {HTMLElement} root */
  layOut(root) {
    const { parts, prompt } = this;
    root.classList.add("hw", "hw-studio");
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", "Studio");
    keyboard(root, this.signal);
    const form = el(
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
      this.asker.element,
      parts.lines,
    );
    const frames = el("div", { class: "hw-studio-frames" }, parts.start, parts.end);
    root.append(parts.homecoming, el("div", { class: "hw-studio-grid" }, frames, form, el("div", { class: "hw-studio-clip" }, parts.player, parts.strip)));
  }

  listen() {
    const { model, parts, signal } = this;
    listen(parts.draft, "click", () => this.renderDraft(), signal);
    listen(parts.run, "click", () => this.pay({}), signal);
    listen(parts.another, "click", () => this.pay({ another: true }), signal);
    listen(parts.takes, "change", () => {
      model.set("takes", Number(parts.takes.value));
      model.save_changes();
    }, signal);
    listen(parts.expansion, "change", () => {
      model.set("enable_prompt_expansion", parts.expansion.checked);
      model.save_changes();
    }, signal);
    signal.addEventListener("abort", () => this.releasePosters());
  }

  followModel() {
    const { model, parts, signal } = this;
    for (const name of /** @type {const} */ (["start", "end", "preview", "player"])) embed(model, model.get(name), parts[name], signal);
    follow(model, "enable_prompt_expansion", () => (parts.expansion.checked = model.get("enable_prompt_expansion")), signal);
    follow(model, "blocker paid takes", () => this.drawActions(), signal);
    follow(model, "homecoming", () => this.drawHomecoming(), signal);
    follow(model, "lines", () => this.onLines(), signal);
    follow(model, "clips", () => this.drawStrip(), signal);
  }

  /**
   * Ask the kernel, with the form as it is seen just now.
   * @param {string} kind @param {object} [fields] @param {HTMLElement} [pressed]
   */
  async ask(kind, fields = {}, pressed) {
    const form = { prompt: this.prompt.text.value, expansion: this.parts.expansion.checked };
    const answer = await this.asker.ask(kind, { ...form, ...fields }, { pressed: [pressed ?? null] });
    return answer && answer.fields;
  }

  renderDraft() {
    if (this.model.get("blocker")) return;
    this.prompt.send();
    this.ask("run", { service: "emulator" }, this.parts.draft);
  }

  /**
   * Ask for something that may cost; the kernel refuses any other amount than the one shown here.
   * @param {{ another?: boolean, confirmed?: boolean }} how
   */
  pay(how) {
    const { model, parts } = this;
    const paid = model.get("paid");
    const pressed = how.another ? parts.another : parts.run;
    const amount = how.another ? paid.price : paid.total;
    const question = how.another ? paid.confirm_another : paid.confirm;
    parts.confirm.hidden = true;
    if (question && !how.confirmed) {
      confirm(parts.confirm, { question, yes: `Yes, run for ${amount}`, back: pressed, act: () => this.pay({ ...how, confirmed: true }) });
      this.announce(question);
      return;
    }
    this.prompt.send();
    this.ask("run", { service: "wavespeed", takes: model.get("takes"), amount, ...how }, pressed);
  }

  drawActions() {
    const { model, parts } = this;
    const { draft, run, another, takes, money } = parts;
    const blocker = model.get("blocker");
    const paid = model.get("paid");
    draft.disabled = Boolean(blocker);
    run.hidden = takes.hidden = money.hidden = !paid.price;
    run.disabled = Boolean(blocker || paid.why);
    run.textContent = paid.run ?? "";
    another.hidden = !paid.another;
    another.disabled = Boolean(blocker || paid.why_another);
    another.textContent = paid.another ?? "";
    takes.value = String(model.get("takes"));
    money.textContent = [paid.money, paid.note].filter(Boolean).join(" · ");
    const why = paid.why || (paid.another && paid.why_another);
    parts.reason.textContent = [blocker, why].filter(Boolean).join(" ");
    // What was to be confirmed is another thing now.
    parts.confirm.hidden = true;
  }

  onLines() {
    this.drawLines();
    const newest = this.model.get("lines").at(-1);
    const words = newest ? describeForScreenReader(newest) : "";
    if (words && words !== this.announced) this.announce(words);
    this.announced = words;
  }

  drawStrip() {
    const { strip } = this.parts;
    const clips = /** @type {Clip[]} */ (this.model.get("clips"));
    this.releasePosters();
    strip.hidden = clips.length < 2;
    if (!strip.hidden) strip.replaceChildren(...clips.map((clip, index) => this.clipButton(clip, index)));
  }

  /** @param {Clip} clip @param {number} index */
  clipButton({ sha256, draft, prompt }, index) {
    const picture = el("img", { alt: "" });
    const name = `${draft ? "Draft" : "Clip"} ${index + 1}: ${prompt || "no prompt"}`;
    const press = el("button", { type: "button", class: "hw-studio-made", title: name, "aria-label": name }, picture, el("span", {}, String(index + 1)));
    listen(press, "click", () => this.ask("show", { sha256 }, press), this.signal);
    this.messages.ask("poster", { sha256 }).answer.then(
      ({ buffers }) => showPicture(picture, /** @type {BlobPart} */ (buffers[0])),
      () => {},
    );
    return press;
  }

  releasePosters() {
    for (const image of this.parts.strip.querySelectorAll("img")) showPicture(image, null);
  }

  drawHomecoming() {
    const { homecoming } = this.parts;
    homecoming.textContent = this.model.get("homecoming");
    homecoming.hidden = !this.model.get("homecoming");
  }
}

/** @param {Context} context */
function render(context) {
  new Studio(context);
}

export default { render };
