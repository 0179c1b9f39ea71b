/** A well for one picture: drop, paste, pick or name it; or a clip, whose request is taken up. */

import { asking, beside } from "../page/asking.js";
import { announcer, button, el, ended, follow, icon, listen, megabytes, showPicture } from "../page/dom.js";
import { CLOSE, LINK, PICTURE } from "../page/icons.js";
import { keyboard } from "../page/keyboard.js";
import { channel } from "../shared/rpc.js";
import { ACCEPTED, readable, receive, whyNot } from "./image_input.js";
import { upload } from "../shared/transfer.js";

/** @typedef {import("../page/dom.js").Context} Context */
/** @typedef {import("../shared/rpc.js").Channel} Channel */
/** @typedef {{ name: string, width: number, height: number, kind: string, bytes: number, sha256: string, problems: string[] }} Facts */
/** @typedef {Facts & { what: "mended" | "last frame" }} Offer */

/** What is said of a picture that could be used instead, and the two presses about it. */
const OFFERS = {
  mended: { alt: "The mended picture", says: "Mended", yes: "Use mended", no: "Keep original out", title: "Take the picture out of the well again", kind: "clear" },
  "last frame": { alt: "The video's last frame", says: "Last frame", yes: "Use last frame", no: "Not now", title: "Keep the well as it is", kind: "drop_offer" },
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
function inWords(facts) {
  return `${facts.width} x ${facts.height} · ${facts.kind} · ${megabytes(facts.bytes)}`;
}

/** @param {Context} context */
function render({ model, el: root, signal }) {
  const messages = channel(model, signal, () => ended(root));
  const told = beside();
  const asks = asking({ messages, show: told.show, signal });
  const label = model.get("label");
  const parts = build(label);
  const announce = announcer(root);
  /** @type {AbortController | null} */
  let sending = null;

  root.classList.add("hw", "hw-well");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", label);
  keyboard(root, signal);
  root.prepend(
    el("div", { class: "hw-well-head" }, parts.label, parts.name, parts.remove),
    parts.form,
    parts.drop,
    parts.work,
    parts.facts,
    parts.problems,
    parts.note,
    told.element,
    parts.offer,
    parts.samples,
    parts.file,
  );

  /** @param {string} kind @param {Record<string, unknown>} [fields] @param {HTMLElement} [pressed] */
  const ask = (kind, fields, pressed) => asks.ask(kind, fields, { pressed: [pressed ?? null] });

  /** @param {File} file */
  async function send(file) {
    const reason = whyNot(file);
    if (reason) return asks.refuse(reason);
    sending?.abort();
    const mine = (sending = new AbortController());
    showWork(`Sending ${file.name}`, 0);
    await asks.during(async (sign) => {
      try {
        await upload(messages, file, file.name, (share) => {
          sign(share === 1);
          if (sending === mine) showWork(`Sending ${file.name} · ${Math.round(share * 100)} %`, share);
        }, mine.signal);
      } catch (reason) {
        // What has taken its place says how that one went.
        if (sending === mine) throw reason;
      }
    });
    if (sending !== mine) return;
    sending = null;
    drawWork();
  }

  /** @param {import("./image_input.js").Offered} given */
  async function take({ picture, count, why }) {
    asks.note("");
    if (picture === null) return asks.refuse(why);
    try {
      const found = await readable(picture);
      if (typeof found === "string") ask("url", { url: found });
      else send(found);
    } catch (reason) {
      return asks.refuse(/** @type {Error} */ (reason).message);
    }
    if (count > 1) asks.note(`One picture of the ${count} was taken: there is room for one.`);
  }

  /** @param {string[]} paths */
  function takePaths([path = "", ...others]) {
    ask("path", { path });
    if (others.length > 0) asks.note(`One file of the ${others.length + 1} was taken: there is room for one.`);
  }

  /** @param {string} doing @param {number} [share] */
  function showWork(doing, share) {
    parts.work.hidden = false;
    parts.doing.textContent = doing;
    parts.cancel.hidden = share === undefined;
    if (share === undefined) parts.bar.removeAttribute("value");
    else parts.bar.value = share;
  }

  function drawWork() {
    if (sending) return;
    const busy = model.get("busy");
    parts.work.hidden = !busy;
    if (busy) showWork(`${busy}…`);
  }

  function drawFrame() {
    /** @type {Partial<Facts>} */
    const facts = model.get("facts");
    const problems = facts.problems ?? [];
    const empty = !facts.sha256;
    root.classList.toggle("hw-well-empty", empty);
    root.classList.toggle("hw-well-optional", model.get("optional"));
    parts.remove.hidden = empty;
    parts.picture.hidden = empty;
    parts.invite.replaceChildren(
      icon(PICTURE),
      el("span", {}, model.get("optional") ? "Drop, paste or choose" : "Drop a picture, paste it, or choose a file"),
    );
    parts.drop.title = model.get("clips") ? "A clip made with this kit brings its request back" : "";
    parts.drop.setAttribute("aria-label", `${label}: ${empty ? "" : "replace, "}drop, paste or choose a picture`);
    parts.facts.replaceChildren();
    parts.problems.replaceChildren(...problems.map((sentence) => el("li", {}, sentence)));
    parts.drop.style.aspectRatio = "";
    if (empty) return showPicture(parts.picture, null);
    const held = /** @type {Facts} */ (facts);
    parts.drop.style.aspectRatio = String(Math.max(1, Math.min(held.width / held.height, 2)));
    const verdict = problems.length ? "needs mending" : "ok";
    parts.facts.append(`${inWords(held)} · `, el("span", { class: problems.length ? "hw-bad" : "hw-good" }, verdict));
    parts.facts.title = held.name;
    parts.picture.alt = `${label}: ${held.name}`;
    announce(`${label}: ${held.name}, ${held.width} by ${held.height} pixels, ${verdict}. ${problems.join(" ")}`);
    showThumbnail(parts.picture, { which: "frame" });
  }

  function drawNote() {
    const note = model.get("note");
    // Said of an empty well it asks for something.
    parts.note.classList.toggle("hw-box-care", !model.get("facts").sha256);
    if (parts.note.textContent === note) return;
    parts.note.textContent = note;
    if (note) announce(note);
  }

  function drawOffer() {
    /** @type {Partial<Offer>} */
    const given = model.get("offer");
    parts.offer.hidden = !given.sha256;
    if (!given.sha256) return showPicture(parts.offerPicture, null);
    const offer = /** @type {Offer} */ (given);
    const words = OFFERS[offer.what];
    parts.offerFacts.textContent = `${words.says}: ${inWords(offer)}`;
    parts.offerPicture.alt = words.alt;
    parts.use.textContent = words.yes;
    parts.discard.textContent = words.no;
    parts.discard.title = words.title;
    showThumbnail(parts.offerPicture, { which: "offer" });
  }

  /** @param {HTMLImageElement} image @param {Record<string, string>} which */
  async function showThumbnail(image, which) {
    try {
      const { buffers } = await messages.ask("picture", which).answer;
      showPicture(image, /** @type {BlobPart} */ (buffers[0]));
    } catch {
      showPicture(image, null);
    }
  }

  function drawSamples() {
    const names = /** @type {string[]} */ (model.get("samples"));
    parts.samples.hidden = names.length === 0;
    parts.samples.replaceChildren(
      ...names.map((name) => {
        const picture = el("img", { alt: "" });
        const press = el("button", { type: "button", class: "hw-well-sample", title: `Use the sample picture “${name}”`, "aria-label": `Sample picture ${name}` }, picture);
        listen(press, "click", () => ask("sample", { name }, press), signal);
        showThumbnail(picture, { which: "sample", name });
        return press;
      }),
    );
  }

  listen(parts.drop, "click", () => parts.file.click(), signal);
  listen(parts.drop, "keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    parts.file.click();
  }, signal);
  listen(parts.file, "change", () => {
    const file = parts.file.files?.[0];
    parts.file.value = "";
    if (file) send(file);
  }, signal);
  listen(parts.remove, "click", () => ask("clear", {}, parts.remove), signal);
  listen(parts.cancel, "click", () => {
    sending?.abort();
    sending = null;
    drawWork();
    asks.refuse("Cancelled; the picture before it is kept.");
  }, signal);
  listen(parts.use, "click", () => ask("use_offer", {}, parts.use), signal);
  listen(parts.discard, "click", () => {
    /** @type {Partial<Offer>} */
    const { what } = model.get("offer");
    ask(OFFERS[what ?? "mended"].kind, {}, parts.discard);
  }, signal);
  listen(parts.name, "click", () => {
    parts.form.hidden = !parts.form.hidden;
    parts.name.setAttribute("aria-expanded", String(!parts.form.hidden));
    if (!parts.form.hidden) parts.address.focus();
  }, signal);
  listen(parts.fetch, "click", () => parts.form.requestSubmit(), signal);
  listen(parts.form, "submit", (event) => {
    event.preventDefault();
    ask("url", { url: parts.address.value }, parts.fetch);
  }, signal);

  receive(root, { take, takePaths, over: (yes) => root.classList.toggle("hw-well-over", yes), signal });
  signal.addEventListener("abort", () => {
    sending?.abort();
    for (const image of root.querySelectorAll("img")) showPicture(image, null);
  });

  follow(model, "facts optional clips", drawFrame, signal);
  follow(model, "offer", drawOffer, signal);
  follow(model, "samples", drawSamples, signal);
  follow(model, "busy", drawWork, signal);
  follow(model, "note facts", drawNote, signal);
  follow(model, "message facts", () => asks.refuse(model.get("message")), signal);
}

export default { render };
