/**
 * Two videos that play clips one after the other as one: while one plays, the next clip waits under
 * it at its first frame. The browser owns the playhead; nothing per frame goes to the kernel.
 */

import { clampFrame, frameAt, middleOf, presentedFrame, seeker } from "../page/frame_time.js";
import { listen } from "../page/dom.js";
import { numberOf, partAfter, placeOf, whole } from "./timeline.js";

/**
 * @typedef {import("./timeline.js").Place} Place
 *
 * @typedef {object} Shot a clip in its place; one object for as long as it stands in the strip
 * @property {string} key
 * @property {number} fps
 * @property {number} frames
 *
 * @typedef {object} Deck
 * @property {HTMLVideoElement} video
 * @property {Shot | null} shot
 * @property {(() => void) | null} release
 * @property {boolean} ready whether it has a picture
 * @property {number} aim the frame it is to stand at
 * @property {ReturnType<typeof seeker>} seeks
 */

/**
 * @template {Shot} Kind
 * @param {object} about
 * @param {HTMLVideoElement[]} about.videos two, one over the other
 * @param {(shot: Kind, tell: (share: number) => void) => { address: Promise<string>, release: () => void }} about.take
 * @param {(place: Place) => void} about.shown where the playhead is now
 * @param {() => void} about.stands whether it plays may have changed
 * @param {(running: boolean) => void} about.runs whether pictures truly move
 * @param {(words: string) => void} about.note why there is nothing to see; "" when there is
 * @param {(shot: Kind) => void} about.fronted another clip is to be seen
 * @param {AbortSignal} about.signal
 */
export function reel({ videos, take, shown, stands, runs, note, fronted, signal }) {
  /** @type {Deck[]} */
  const decks = videos.map((video) => ({
    video,
    shot: null,
    release: null,
    ready: false,
    aim: 0,
    seeks: seeker((frame) => {
      const { shot } = deckOf(video);
      // A clip that waits for its turn is to show its first frame for as long as that lasts.
      if (shot) video.currentTime = frame === 0 ? 0 : middleOf(frame, shot.fps);
    }),
  }));
  /** @type {Kind[]} */
  let shots = [];
  /** @type {Place} */
  let place = { part: 0, frame: 0 };
  let front = decks[0];
  let meant = false;
  let near = false;
  let loop = true;
  let rate = 1;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let cutTimer;

  const deckOf = (/** @type {HTMLVideoElement} */ video) => /** @type {Deck} */ (decks.find((deck) => deck.video === video));
  const due = () => shots[place.part];
  const back = () => (front === decks[0] ? decks[1] : decks[0]);
  const deckWith = (/** @type {Shot} */ shot) => decks.find((deck) => deck.shot === shot);

  /** @param {Deck} deck */
  function unload(deck) {
    deck.release?.();
    deck.release = deck.shot = null;
    deck.ready = false;
    deck.seeks.reset();
    deck.video.pause();
    if (deck.video.hasAttribute("src")) {
      deck.video.removeAttribute("src");
      deck.video.load();
    }
  }

  /** @param {Deck} deck @param {Kind} shot */
  async function load(deck, shot) {
    unload(deck);
    deck.shot = shot;
    const held = take(shot, (share) => due() === shot && !deck.ready && note(`Loading · ${Math.round(share * 100)} %`));
    deck.release = held.release;
    try {
      const address = await held.address;
      if (deck.shot === shot && !signal.aborted) deck.video.src = address;
    } catch (reason) {
      fail(deck, shot, /** @type {Error} */ (reason).message);
    }
  }

  /** @param {Deck} deck @param {Shot} shot @param {string} words */
  function fail(deck, shot, words) {
    if (deck.shot !== shot || signal.aborted) return;
    // Forgotten, so that it is tried again when it is due again.
    unload(deck);
    if (due() !== shot) return;
    pause();
    note(words);
  }

  /** Send a clip's video to a frame. @param {Kind} shot @param {number} frame */
  function aim(shot, frame) {
    let deck = deckWith(shot);
    if (!deck) {
      // Who is seen stays seen until the other one is there.
      deck = front.shot && shots.includes(/** @type {Kind} */ (front.shot)) && front.ready ? back() : front;
      load(deck, shot);
    }
    deck.aim = frame;
    if (deck.ready) deck.seeks.want(frame);
  }

  /** Its picture is where it was sent. @param {Deck} deck */
  function arrived(deck) {
    if (deck.shot !== due()) return;
    bring(deck);
    if (meant && near) start();
    preload();
  }

  /** @param {Deck} deck */
  function bring(deck) {
    note("");
    if (deck !== front) front.video.pause();
    front = deck;
    for (const each of decks) each.video.classList.toggle("hw-strip-front", each === front);
    fronted(/** @type {Kind} */ (deck.shot));
  }

  /** Let the clip that comes next wait at its first frame. */
  function preload() {
    const next = partAfter(shots.length, place.part, loop);
    if (next === null || shots[next] === front.shot || shots[next] === due() || !near) return;
    const waits = deckWith(shots[next]);
    if (waits && waits.aim === 0) return;
    aim(shots[next], 0);
  }

  function start() {
    front.video.loop = loop && shots.length === 1;
    front.video.playbackRate = rate;
    front.video.play().catch(() => {});
  }

  /** The clip in front has shown its last frame for as long as it lasts. @param {Deck} deck */
  function cut(deck) {
    clearTimeout(cutTimer);
    if (deck !== front || !meant || deck.shot !== due() || deck.video.loop) return;
    const next = partAfter(shots.length, place.part, loop);
    if (next === null) {
      place = { part: place.part, frame: due().frames - 1 };
      pause();
      return;
    }
    place = { part: next, frame: 0 };
    shown(place);
    const waits = deckWith(due());
    if (waits && waits !== front && waits.ready && waits.aim === 0 && waits.seeks.pending === null) {
      arrived(waits);
      return;
    }
    runs(false);
    aim(due(), 0);
  }

  function pause() {
    meant = false;
    clearTimeout(cutTimer);
    front.video.pause();
    runs(false);
    stands();
  }

  function play() {
    if (shots.length === 0) return;
    const { frames } = whole(shots);
    if (numberOf(shots, place) >= frames - 1 && frames > 1) {
      place = { part: 0, frame: 0 };
      shown(place);
    }
    meant = true;
    stands();
    if (!near) return;
    if (front.shot === due() && front.ready && front.seeks.pending === null && shownFrame() === place.frame) start();
    else aim(due(), place.frame);
  }

  function shownFrame() {
    return frameAt(front.video.currentTime, due().fps, due().frames);
  }

  /** What is truly on the screen: the frame's own time, as the browser presented it. @param {Deck} deck */
  function watch(deck) {
    deck.video.requestVideoFrameCallback((_, { mediaTime }) => {
      if (signal.aborted) return;
      watch(deck);
      const { shot } = deck;
      if (!shot || deck !== front || shot !== due() || deck.seeks.pending !== null || deck.video.seeking) return;
      const frame = presentedFrame(mediaTime, deck.video.duration, shot.fps, shot.frames);
      place = { part: place.part, frame };
      shown(place);
      clearTimeout(cutTimer);
      if (meant && frame === shot.frames - 1) cutTimer = setTimeout(() => cut(deck), 1000 / shot.fps / rate);
    });
  }

  for (const deck of decks) {
    const { video } = deck;
    listen(video, "loadeddata", () => {
      if (!deck.shot || !video.videoWidth) return;
      deck.ready = true;
      deck.seeks.reset();
      deck.seeks.want(deck.aim);
    }, signal);
    listen(video, "seeked", () => {
      deck.seeks.landed();
      if (deck.seeks.pending === null && deck.ready) arrived(deck);
    }, signal);
    listen(video, "ended", () => cut(deck), signal);
    listen(video, "playing", () => deck === front && meant && runs(true), signal);
    listen(video, "waiting", () => deck === front && runs(false), signal);
    listen(video, "error", () => deck.shot && video.hasAttribute("src") && fail(deck, deck.shot, "This browser cannot play this clip; the file itself is whole."), signal);
    watch(deck);
  }
  signal.addEventListener("abort", () => {
    clearTimeout(cutTimer);
    for (const deck of decks) unload(deck);
  });

  return {
    get place() {
      return place;
    },
    get playing() {
      return meant;
    },
    get loop() {
      return loop;
    },
    set loop(yes) {
      loop = yes;
      front.video.loop = loop && shots.length === 1;
      preload();
    },
    /** @param {number} speed 1 is as it was shot */
    set rate(speed) {
      rate = speed;
      front.video.playbackRate = rate;
    },
    set muted(/** @type {boolean} */ yes) {
      for (const { video } of decks) video.muted = yes;
    },
    /** The video that is seen, for its pixels. */
    get video() {
      return front.ready && front.shot === due() ? front.video : null;
    },
    play,
    pause,
    toggle: () => (meant ? pause() : play()),
    /** Stop, and show a frame. @param {Place} wish */
    go(wish) {
      if (shots.length === 0) return;
      pause();
      place = { part: wish.part, frame: clampFrame(wish.frame, shots[wish.part].frames) };
      shown(place);
      if (near) aim(due(), place.frame);
    },
    /** Take clips in another order; who is seen stays seen if it is still there. @param {Kind[]} given */
    take(given) {
      const before = shots[place.part];
      shots = given;
      for (const deck of decks) if (deck.shot && !shots.includes(/** @type {Kind} */ (deck.shot))) unload(deck);
      if (shots.length === 0) {
        place = { part: 0, frame: 0 };
        pause();
        note("");
        return;
      }
      const now = shots.indexOf(before);
      place = now >= 0 ? { part: now, frame: place.frame } : placeOf(shots, beginAt(place.part));
      if (now < 0) pause();
      front.video.loop = loop && shots.length === 1;
      shown(place);
      if (near) aimAnew(now < 0);
    },
    /** Load when it comes near, and rest while nobody sees it. @param {boolean} yes */
    awake(yes) {
      near = yes;
      if (!near) {
        front.video.pause();
        runs(false);
      } else if (shots.length > 0) aimAnew(!deckWith(due()) || meant);
    },
  };

  /** The number of the first frame of what stands in a place now. @param {number} part */
  function beginAt(part) {
    return numberOf(shots, { part: Math.min(part, shots.length - 1), frame: 0 });
  }

  /** @param {boolean} moved whether the playhead is to be brought there */
  function aimAnew(moved) {
    if (moved) aim(due(), place.frame);
    else preload();
  }
}
