/** One place of a comparison: a clip on its way or here, or a still picture. */

import { asking, beside } from "../page/asking.js";
import { acquire } from "../page/clip_cache.js";
import { confirm, confirmBox } from "../page/confirm.js";
import { button, el, listen, showPicture } from "../page/dom.js";
import { flipbook } from "./playback/scrub_frames.js";
import { NEXT, PLAY } from "../page/icons.js";
import { patiently } from "../shared/rpc.js";
import { progress, spoken } from "../shared/job_line.js";

/**
 * What the kernel says of a cell.
 * @typedef {object} Said
 * @property {string} id
 * @property {"clip" | "picture"} kind
 * @property {number} number what picks it, from 1; 0 for a picture
 * @property {string} title
 * @property {[string, number][]} words its label in pieces; 0 is in all cells, 1 in some others, 2 in none
 * @property {number} row
 * @property {number} column
 * @property {string} picture names the picture that stands for it; another name, another picture
 * @property {import("../shared/job_line.js").Line | Record<string, never>} line
 * @property {import("../player/player.js").Facts | Record<string, never>} facts
 * @property {string} relpath
 * @property {string} note why there is no clip, or what is odd about it
 * @property {string} about what of its file differs from the others
 * @property {string} retry the words of the button that tries it again; "" without one
 * @property {string} confirm what that button asks first; "" where it does not
 *
 * @typedef {object} Cell
 * @property {string} id
 * @property {"clip" | "picture"} kind
 * @property {HTMLElement} root the whole cell; modes stack it
 * @property {HTMLElement} screen the box of the picture, which zoom moves within
 * @property {HTMLVideoElement | null} video never moved in the page: that would reset it
 * @property {HTMLImageElement} image poster of a clip, or the picture
 * @property {Said} said as the kernel said it last
 * @property {boolean} live whether its video can play along
 * @property {(said: Said) => void} update
 * @property {() => void} picture get its picture, once
 * @property {(yes: boolean) => void} offer whether a press loads it
 * @property {boolean} waits whether its clip is here and was not asked for yet
 * @property {() => Promise<void>} load ends when its first frame is here, or never will be
 * @property {() => void} unload
 * @property {import("./playback/scrub_frames.js").Flipbook | undefined} flip
 * @property {() => Promise<void>} leaf get the small pictures of its frames, once
 *
 * @typedef {object} Ways what a cell does beyond itself
 * @property {import("../shared/rpc.js").Channel} messages
 * @property {typeof acquire} take
 * @property {() => number} now the kernel's clock, seconds since 1970
 * @property {() => void} changed
 * @property {(id: string) => void} ask
 * @property {() => boolean} chainable
 * @property {(words: string) => void} announce
 * @property {AbortSignal} signal
 */

const LONG_WORDS = 150;
const MEDIA_ERROR = "This clip's file cannot be played here.";

/**
 * Text in pieces: what no other has is marked, what all have recedes.
 * @param {[string, number][]} words
 */
export function pieces(words) {
  return words.map(([text, differs]) => {
    if (!differs) return text;
    return differs === 1 ? el("span", { class: "hw-compare-shared" }, text) : el("mark", { class: "hw-compare-differs" }, text);
  });
}

/**
 * A text of any length: a long one is cut until it is opened.
 * @param {[string, number][]} words
 * @param {string} kind
 */
export function wording(words, kind) {
  const text = el("div", { class: "hw-compare-words", dir: "auto" }, ...pieces(words));
  const place = el("div", { class: kind }, text);
  if (words.reduce((sum, [piece]) => sum + piece.length, 0) > LONG_WORDS) {
    const more = button("More", { class: "hw-quiet hw-compare-more-words" });
    more.setAttribute("aria-expanded", "false");
    more.addEventListener("click", () => {
      const open = text.classList.toggle("hw-compare-words-open");
      more.setAttribute("aria-expanded", String(open));
      more.replaceChildren(open ? "Less" : "More");
    });
    place.append(more);
  }
  return place;
}

/**
 * @param {Said} first
 * @param {Ways} ways
 * @returns {Cell}
 */
export function compareCell(first, { messages, take, now, changed, ask, chainable, announce, signal }) {
  const video = first.kind === "clip" ? el("video", { class: "hw-compare-video", playsinline: true, preload: "auto", tabindex: -1 }) : null;
  const image = el("img", { class: "hw-compare-image", alt: "", hidden: true });
  const badge = el("span", { class: "hw-compare-badge" }, "Draft");
  const number = el("span", { class: "hw-compare-number", "aria-hidden": "true" }, String(first.number || ""));
  const note = el("div", { class: "hw-compare-note", role: "note" });
  const lines = el("div", { class: "hw-compare-lines" });
  const told = beside("hw-compare-trouble");
  const again = button("Try again", { class: "hw-compare-again" });
  const sure = confirmBox();
  const along = button("Play along", { icon: PLAY, label: "Play along", class: "hw-compare-ask" });
  const chain = button("Use last frame", { icon: NEXT, title: "Use the last frame as the next start", class: "hw-compare-chain" });
  const screen = el("div", { class: "hw-compare-screen" });
  const about = el("div", { class: "hw-compare-about" });
  const root = el("div", { class: "hw-compare-cell", role: "group", "data-id": first.id, "data-kind": first.kind });
  let name = wording(first.words, "hw-compare-label");
  if (video) {
    // Chromium wants the property, not only the attribute, before it lets a video start by itself.
    video.muted = true;
    screen.append(video);
  }
  screen.append(image, badge, number, note, along, chain);
  root.append(screen, name, lines, told.element, again, sure, about);

  const asks = asking({ messages, show: told.show, signal });
  /** @type {(() => void) | null} */
  let release = null;
  let pictured = "";
  let loads = "";
  let heardLast = "";
  let words = JSON.stringify(first.words);

  const drawLines = progress(lines, {
    read: () => (cell.said.line.state ? [/** @type {import("../shared/job_line.js").Line} */ (cell.said.line)] : []),
    now,
    decide: (_, word, pressed) => press("decide", word, pressed),
    signal,
  });

  /** @param {string} kind @param {object} fields @param {HTMLElement} pressed */
  async function press(kind, fields, pressed) {
    const answer = await asks.ask(kind, { cell: first.id, ...fields }, { pressed: [pressed] });
    if (answer && kind === "last_frame") announce("The last frame is the next start frame.");
  }

  /** @param {string} sentence */
  function fail(sentence) {
    if (!signal.aborted) note.textContent = sentence;
  }

  /** What became of the file: the kernel can tell more than the browser. */
  async function explain() {
    fail(MEDIA_ERROR);
    try {
      const { fields } = await messages.ask("examine", { cell: first.id }).answer;
      if (fields.sentence) fail(fields.sentence);
    } catch {
      // What is said already stays.
    }
  }

  /** @type {Cell} */
  const cell = {
    id: first.id,
    kind: first.kind,
    root,
    screen,
    video,
    image,
    said: first,
    live: false,
    flip: video ? flipbook(video, signal) : undefined,
    update(said) {
      const { facts, line } = said;
      cell.said = said;
      root.setAttribute("aria-label", said.number ? `${said.number}: ${said.title}` : said.title);
      root.dataset.state = facts.sha256 ? "here" : line.error || said.note ? "without" : line.state ? "going" : "empty";
      if (JSON.stringify(said.words) !== words) {
        words = JSON.stringify(said.words);
        const fresh = wording(said.words, "hw-compare-label");
        name.replaceWith(fresh);
        name = fresh;
      }
      badge.hidden = !facts.draft;
      note.textContent = said.note;
      about.textContent = said.about;
      about.hidden = !said.about;
      again.hidden = !said.retry;
      if (!said.retry) sure.hidden = true;
      again.replaceChildren(said.retry);
      chain.hidden = !facts.sha256 || !chainable();
      lines.hidden = Boolean(facts.sha256) || !line.state;
      drawLines();
      const heard = line.state ? spoken(/** @type {import("../shared/job_line.js").Line} */ (line)) : "";
      if (heard && heardLast && heard !== heardLast) announce(`${said.title}. ${heard}`);
      heardLast = heard || heardLast;
      if (facts.width) root.style.setProperty("--hw-aspect", `${facts.width} / ${facts.height}`);
      if (loads && facts.sha256 !== loads) cell.unload();
    },
    picture() {
      const wanted = cell.said.picture;
      if (wanted === pictured) return;
      pictured = wanted;
      if (!wanted) return showPicture(image, null);
      messages.ask(cell.said.kind === "clip" ? "poster" : "picture", { cell: cell.id }).answer.then(
        ({ buffers }) => {
          if (cell.said.picture !== wanted || signal.aborted || !buffers[0]?.byteLength) return;
          showPicture(image, /** @type {BlobPart} */ (buffers[0]));
          image.hidden = cell.live;
        },
        () => {},
      );
    },
    async leaf() {
      const { sha256 } = cell.said.facts;
      if (!cell.live || !sha256) return;
      try {
        await cell.flip?.fill(sha256, (page) => messages.ask("flipbook", { cell: cell.id, first: page }).answer);
      } catch {
        // Without them the videos themselves are dragged.
      }
    },
    offer(yes) {
      along.hidden = !yes;
    },
    get waits() {
      return Boolean(video && cell.said.facts.sha256 && !release);
    },
    async load() {
      const { facts, relpath } = cell.said;
      if (!video || !facts.sha256 || release) return;
      const mine = (loads = facts.sha256);
      /** @type {import("../shared/rpc.js").Channel} */
      const forCell = { ...messages, ask: (kind, fields) => messages.ask(kind, { ...fields, cell: cell.id, sha256: mine }) };
      const held = take({ sha256: mine, bytes: facts.bytes, relpath, messages: forCell }, (share) => {
        if (loads === mine && !cell.live) note.textContent = `Loading · ${Math.round(share * 100)} %`;
      });
      release = held.release;
      try {
        const address = await patiently(held.address, (slow) => loads === mine && !cell.live && (note.textContent = slow || cell.said.note));
        if (loads !== mine || signal.aborted) return;
        note.textContent = cell.said.note;
        video.src = address;
        await new Promise((resolve) => {
          for (const type of ["loadeddata", "error", "emptied"]) video.addEventListener(type, resolve, { once: true, signal });
          signal.addEventListener("abort", resolve);
        });
      } catch (reason) {
        if (loads === mine) fail(/** @type {Error} */ (reason).message);
      }
    },
    unload() {
      if (!release) return;
      release();
      release = null;
      loads = "";
      cell.flip?.close();
      video?.removeAttribute("src");
      video?.load();
      image.hidden = !image.src;
      if (cell.live) {
        cell.live = false;
        changed();
      }
    },
  };

  if (video) {
    listen(video, "loadeddata", () => {
      if (!loads || !video.videoWidth) return;
      image.hidden = true;
      cell.live = true;
      changed();
    }, signal);
    listen(video, "error", () => {
      if (!loads || !video.src) return;
      cell.live = false;
      image.hidden = !image.src;
      explain();
      changed();
    }, signal);
  }
  listen(again, "click", () => {
    const { retry: words, confirm: question } = cell.said;
    if (!question) press("retry", { words }, again);
    else confirm(sure, { question, yes: words, back: again, act: () => press("retry", { words, confirmed: true }, again) });
  }, signal);
  listen(chain, "click", () => press("last_frame", { sha256: cell.said.facts.sha256 }, chain), signal);
  listen(along, "click", () => ask(cell.id), signal);
  signal.addEventListener("abort", () => {
    showPicture(image, null);
    video?.pause();
    video?.removeAttribute("src");
    release?.();
  });
  along.hidden = true;
  cell.update(first);
  return cell;
}
