/** A well for one picture: drop, paste, pick or name it; or a clip, whose request is taken up. */

import { asker } from "../page/asker.js";
import { announcer, button, el, isDisconnected, follow, icon, listen, showPicture } from "../page/dom.js";
import { CLOSE, LINK, PICTURE } from "../page/icons.js";
import { keyboard } from "../page/keyboard.js";
import { channel } from "../shared/rpc.js";
import { ACCEPTED, readPicture, acceptPictures, reasonUnreadable } from "./image_input.js";
import { megabytes, upload } from "../shared/transfer.js";

/**
 * @typedef {import("../page/dom.js").Context} Context
 * @typedef {{ name: string, width: number, height: number, kind: string, bytes: number, sha256: string, problems: string[] }} Facts
 * @typedef {Facts & { what: "mended" | "last frame" }} Offer a picture that could be used instead
 */

/** The words of each kind of offer, and of the two presses about it. */
const OFFERS = {
  mended: { alt: "The mended picture", name: "Mended", yes: "Use mended", no: "Keep original out", title: "Take the picture out of the well again", kind: "clear" },
  "last frame": { alt: "The video's last frame", name: "Last frame", yes: "Use last frame", no: "Not now", title: "Keep the well as it is", kind: "drop_offer" },
};

/** @param {string} label */
function build(label) {
  const parts = {
    label: el("span", { class: "hw-well-label" }, label),
    remove: button(`Remove ${label.toLowerCase()}`, { icon: CLOSE, class: "hw-well-remove" }),
    file: el("input", { type: "file", accept: ACCEPTED, class: "hw-unseen", tabindex: -1, "aria-label": `${label} file` }),
    picture: el("img", { class: "hw-well-picture", alt: "" }),
    invite: el("span", { class: "hw-well-invite" }),
    drop: el("div", { class: "hw-well-drop", role: "button", tabindex: 0 }),
    bar: el("progress", { class: "hw-well-bar", max: 1 }),
    doing: el("span", { class: "hw-well-doing" }),
    cancel: button("Cancel", { class: "hw-quiet" }),
    work: el("div", { class: "hw-well-work", hidden: true }),
    facts: el("div", { class: "hw-well-facts" }),
    problems: el("ul", { class: "hw-well-problems" }),
    offerPicture: el("img", { class: "hw-well-offer-picture", alt: "" }),
    offerFacts: el("span", {}),
    use: button("Use", { class: "hw-primary" }),
    discard: button("Not now"),
    offer: el("div", { class: "hw-well-offer", hidden: true }),
    note: el("div", { class: "hw-well-message hw-box" }),
    address: el("input", { type: "url", class: "hw-input", placeholder: "https://…", "aria-label": `${label} address` }),
    fetch: button("Fetch"),
    name: button(`${label} from an address`, { icon: LINK, title: "From an address (URL)" }),
    form: el("form", { class: "hw-well-form", hidden: true }),
    samples: el("div", { class: "hw-well-samples", role: "group", "aria-label": "Sample pictures" }),
  };
  parts.drop.append(parts.picture, parts.invite);
  parts.work.append(parts.bar, parts.doing, parts.cancel);
  parts.offer.append(
    parts.offerPicture,
    el("div", { class: "hw-well-offer-words" }, parts.offerFacts, el("div", { class: "hw-row" }, parts.use, parts.discard)),
  );
  parts.form.append(parts.address, parts.fetch);
  return parts;
}

/** @param {Facts} facts */
function describe({ width, height, kind, bytes }) {
  return `${width} x ${height} · ${kind} · ${megabytes(bytes)}`;
}

class FrameWell {
  /** @param {Context} context */
  constructor({ model, el: root, signal }) {
    this.model = model;
    this.root = root;
    this.signal = signal;
    this.messages = channel(model, signal, () => isDisconnected(root));
    this.asker = asker({ messages: this.messages, signal });
    this.label = model.get("label");
    this.parts = build(this.label);
    this.announce = announcer(root);
    /** @type {AbortController | null} ends the upload that is under way */
    this.sending = null;
    this.layOut();
    this.listen();
    this.listenToForm();
    acceptPictures(root, {
      take: (picked) => this.take(picked),
      takePaths: (paths) => this.takePaths(paths),
      onOver: (over) => root.classList.toggle("hw-well-over", over),
      signal,
    });
    follow(model, "facts optional clips", () => this.drawFrame(), signal);
    follow(model, "offer", () => this.drawOffer(), signal);
    follow(model, "samples", () => this.drawSamples(), signal);
    follow(model, "busy", () => this.drawWork(), signal);
    follow(model, "note facts", () => this.drawNote(), signal);
    follow(model, "message facts", () => this.asker.refuse(model.get("message")), signal);
  }

  layOut() {
    const { root, parts, label } = this;
    root.classList.add("hw", "hw-well");
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", label);
    keyboard(root, this.signal);
    root.prepend(
      el("div", { class: "hw-well-head" }, parts.label, parts.name, parts.remove),
      parts.form,
      parts.drop,
      parts.work,
      parts.facts,
      parts.problems,
      parts.note,
      this.asker.element,
      parts.offer,
      parts.samples,
      parts.file,
    );
  }

  listen() {
    const { model, root, signal } = this;
    const { drop, file, remove, cancel, use, discard } = this.parts;
    listen(drop, "click", () => file.click(), signal);
    listen(drop, "keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      file.click();
    }, signal);
    listen(file, "change", () => {
      const chosen = file.files?.[0];
      file.value = "";
      if (chosen) this.send(chosen);
    }, signal);
    listen(remove, "click", () => this.ask("clear", {}, remove), signal);
    listen(cancel, "click", () => this.cancel(), signal);
    listen(use, "click", () => this.ask("use_offer", {}, use), signal);
    listen(discard, "click", () => {
      /** @type {Partial<Offer>} */
      const { what } = model.get("offer");
      this.ask(OFFERS[what ?? "mended"].kind, {}, discard);
    }, signal);
    signal.addEventListener("abort", () => {
      this.sending?.abort();
      for (const image of root.querySelectorAll("img")) showPicture(image, null);
    });
  }

  /** The form for an address. */
  listenToForm() {
    const { name, form, address, fetch } = this.parts;
    const { signal } = this;
    listen(name, "click", () => {
      form.hidden = !form.hidden;
      name.setAttribute("aria-expanded", String(!form.hidden));
      if (!form.hidden) address.focus();
    }, signal);
    listen(fetch, "click", () => form.requestSubmit(), signal);
    listen(form, "submit", (event) => {
      event.preventDefault();
      this.ask("url", { url: address.value }, fetch);
    }, signal);
  }

  /** @param {string} kind @param {Record<string, unknown>} [fields] @param {HTMLElement} [pressed] */
  ask(kind, fields, pressed) {
    return this.asker.ask(kind, fields, { pressed: [pressed ?? null] });
  }

  // Taking a picture.

  /** @param {File} file */
  async send(file) {
    const { asker, messages } = this;
    const trouble = reasonUnreadable(file);
    if (trouble) return asker.refuse(trouble);
    this.sending?.abort();
    const mine = (this.sending = new AbortController());
    this.showWork(`Sending ${file.name}`, 0);
    await asker.during(async (heartbeat) => {
      try {
        await upload(messages, file, file.name, (share) => {
          heartbeat(share === 1);
          if (this.sending === mine) this.showWork(`Sending ${file.name} · ${Math.round(share * 100)} %`, share);
        }, mine.signal);
      } catch (reason) {
        // What has taken its place shows how that one went.
        if (this.sending === mine) throw reason;
      }
    });
    if (this.sending !== mine) return;
    this.sending = null;
    this.drawWork();
  }

  cancel() {
    this.sending?.abort();
    this.sending = null;
    this.drawWork();
    this.asker.refuse("Cancelled; the picture before it is kept.");
  }

  /** @param {import("./image_input.js").Transferred} picked */
  async take({ picture, count, why }) {
    const { asker } = this;
    asker.note("");
    if (picture === null) return asker.refuse(why);
    try {
      const found = await readPicture(picture);
      if (typeof found === "string") this.ask("url", { url: found });
      else this.send(found);
    } catch (reason) {
      return asker.refuse(/** @type {Error} */ (reason).message);
    }
    if (count > 1) asker.note(`One picture of the ${count} was taken: there is room for one.`);
  }

  /** @param {string[]} paths */
  takePaths([path = "", ...others]) {
    this.ask("path", { path });
    if (others.length > 0) this.asker.note(`One file of the ${others.length + 1} was taken: there is room for one.`);
  }

  // Drawing.

  /** @param {string} words @param {number} [share] */
  showWork(words, share) {
    const { work, doing, cancel, bar } = this.parts;
    work.hidden = false;
    doing.textContent = words;
    cancel.hidden = share === undefined;
    if (share === undefined) bar.removeAttribute("value");
    else bar.value = share;
  }

  drawWork() {
    if (this.sending) return;
    const busy = this.model.get("busy");
    this.parts.work.hidden = !busy;
    if (busy) this.showWork(`${busy}…`);
  }

  drawFrame() {
    const { model, root, label } = this;
    const { remove, picture, invite, drop, facts, problems } = this.parts;
    /** @type {Facts} */
    const frame = model.get("facts");
    const empty = !frame.sha256;
    const optional = model.get("optional");
    root.classList.toggle("hw-well-empty", empty);
    root.classList.toggle("hw-well-optional", optional);
    remove.hidden = picture.hidden = empty;
    invite.replaceChildren(icon(PICTURE), el("span", {}, optional ? "Drop, paste or choose" : "Drop a picture, paste it, or choose a file"));
    drop.title = model.get("clips") ? "A clip made with this kit brings its request back" : "";
    drop.setAttribute("aria-label", `${label}: ${empty ? "" : "replace, "}drop, paste or choose a picture`);
    drop.style.aspectRatio = empty ? "" : String(Math.max(1, Math.min(frame.width / frame.height, 2)));
    facts.replaceChildren();
    problems.replaceChildren(...(frame.problems ?? []).map((sentence) => el("li", {}, sentence)));
    if (empty) showPicture(picture, null);
    else this.drawFacts(frame);
  }

  /** @param {Facts} frame */
  drawFacts(frame) {
    const { label } = this;
    const { facts, picture } = this.parts;
    const { name, width, height, problems } = frame;
    const verdict = problems.length ? "needs mending" : "ok";
    facts.append(`${describe(frame)} · `, el("span", { class: problems.length ? "hw-bad" : "hw-good" }, verdict));
    facts.title = name;
    picture.alt = `${label}: ${name}`;
    this.announce(`${label}: ${name}, ${width} by ${height} pixels, ${verdict}. ${problems.join(" ")}`);
    this.showThumbnail(picture, { which: "frame" });
  }

  drawNote() {
    const { note } = this.parts;
    const words = this.model.get("note");
    // Of an empty well it asks for something.
    note.classList.toggle("hw-box-care", !this.model.get("facts").sha256);
    if (note.textContent === words) return;
    note.textContent = words;
    if (words) this.announce(words);
  }

  drawOffer() {
    const { offer: box, offerFacts, offerPicture, use, discard } = this.parts;
    /** @type {Offer} */
    const offer = this.model.get("offer");
    box.hidden = !offer.sha256;
    if (!offer.sha256) return showPicture(offerPicture, null);
    const { alt, name, yes, no, title } = OFFERS[offer.what];
    offerFacts.textContent = `${name}: ${describe(offer)}`;
    offerPicture.alt = alt;
    use.textContent = yes;
    discard.textContent = no;
    discard.title = title;
    this.showThumbnail(offerPicture, { which: "offer" });
  }

  /** @param {HTMLImageElement} image @param {Record<string, string>} which */
  async showThumbnail(image, which) {
    try {
      const { buffers } = await this.messages.ask("picture", which).answer;
      showPicture(image, /** @type {BlobPart} */ (buffers[0]));
    } catch {
      showPicture(image, null);
    }
  }

  drawSamples() {
    const { samples } = this.parts;
    const names = /** @type {string[]} */ (this.model.get("samples"));
    samples.hidden = names.length === 0;
    samples.replaceChildren(
      ...names.map((name) => {
        const picture = el("img", { alt: "" });
        const press = el("button", { type: "button", class: "hw-well-sample", title: `Use the sample picture “${name}”`, "aria-label": `Sample picture ${name}` }, picture);
        listen(press, "click", () => this.ask("sample", { name }, press), this.signal);
        this.showThumbnail(picture, { which: "sample", name });
        return press;
      }),
    );
  }
}

/** @param {Context} context */
function render(context) {
  new FrameWell(context);
}

export default { render };
