/**
 * One video that is led: it goes where it is sent, one seek at a time and the newest wish next, and
 * knows which frame the browser has truly presented.
 */

import { frameAt, middleOf, presentedTime } from "../../page/frame_time.js";
import { frameDue } from "./playhead.js";

/**
 * @typedef {object} Locked
 * @property {string} id
 * @property {HTMLVideoElement} video
 * @property {number} fps
 * @property {number} frames
 * @property {import("./scrub_frames.js").Flipbook} [flip] small pictures to show until the video is there
 *
 * @typedef {ReturnType<typeof follower>} Follower
 */

// A video out of sight, or one that shows the frame already, may present nothing after a seek.
const PRESENTS_WITHIN_MS = 2000;
// A seek that never lands, as in a damaged file, keeps nobody waiting for longer.
const LANDS_WITHIN_MS = 4000;
// A playhead that is dragged is followed by the small pictures alone, until it rests so long.
const LINGERS_MS = 90;
// How far a frame's own time may be from where an even rate would put it, in frames.
const EVEN = 0.2;

/**
 * @param {Locked} locked
 * @param {() => void} landed called when it has come where it was sent last
 * @param {AbortSignal} signal
 */
export function follower({ id, video, fps, frames, flip }, landed, signal) {
  // One that was led before shows its frame already, and presents nothing when it is sent there.
  /** @type {number | null} the presented frame's own time */
  let shown = video.readyState >= video.HAVE_CURRENT_DATA && !video.seeking && video.currentTime > 0 ? video.currentTime : null;
  /** @type {number | null} seconds that a seek under way aims at */
  let target = null;
  /** @type {number | null} */
  let wish = null;
  let arrived = false;
  let uneven = false;
  let gone = false;
  let ran = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let patience;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let lingering;

  const frameOf = (/** @type {number} */ seconds) => frameAt(seconds, fps, frames);

  function watch() {
    video.requestVideoFrameCallback((_, { mediaTime }) => {
      if (gone || signal.aborted) return;
      shown = presentedTime(mediaTime, video.duration, fps, frames);
      const place = shown * fps;
      if (Math.abs(place - Math.round(place)) > EVEN) uneven = true;
      look();
      watch();
    });
  }

  /** @param {number} milliseconds */
  function wait(milliseconds) {
    clearTimeout(patience);
    patience = setTimeout(finish, milliseconds);
  }

  function onSeeked() {
    if (target === null || video.seeking) return;
    arrived = true;
    wait(PRESENTS_WITHIN_MS);
    look();
  }

  /** Whether the seek has come to its end in what is seen. */
  function look() {
    if (target === null || !arrived || shown === null) return;
    const there = uneven ? shown <= target : frameOf(shown) === frameOf(target);
    if (there) finish();
  }

  function finish() {
    if (target === null) return;
    clearTimeout(patience);
    target = null;
    const next = wish;
    wish = null;
    if (next === null || !begin(next)) rest();
  }

  /** Nothing is on its way any more, unless the playhead is being dragged. */
  function rest() {
    if (lingering !== undefined) return;
    flip?.hide();
    landed();
  }

  /** @param {number} seconds */
  function send(seconds) {
    if (target !== null) wish = seconds;
    else if (!begin(seconds)) rest();
  }

  /** Start a seek, unless the frame is there. @param {number} seconds */
  function begin(seconds) {
    // A video that has just been stopped may present one more frame.
    const there = !ran && !video.seeking && shown !== null && frameOf(video.currentTime) === frameOf(seconds) && frameOf(shown) === frameOf(seconds);
    if (there && !uneven) return false;
    ran = false;
    target = seconds;
    arrived = false;
    video.currentTime = seconds;
    wait(LANDS_WITHIN_MS);
    return true;
  }

  video.addEventListener("seeked", onSeeked, { signal });
  watch();

  return {
    id,
    video,
    fps,
    frames,
    /** Whether it is on its way somewhere. */
    get coming() {
      return target !== null || lingering !== undefined;
    },
    /** Whether its frames do not come at an even rate. */
    get uneven() {
      return uneven;
    },
    /** @param {number} offset @returns {import("./playhead.js").Track} */
    track: (offset) => ({ fps, frames, offset }),
    /**
     * Go to the frame that is due.
     * @param {number} time the playhead's
     * @param {number} offset
     * @param {boolean} [dragged] whether the next wish is probably on its way
     */
    go(time, offset, dragged = false) {
      const frame = frameDue({ fps, frames, offset }, time);
      // Frames of uneven length have no middle that could be told beforehand.
      const seconds = uneven ? Math.max(0, Math.min(time + offset, frames / fps)) : middleOf(frame, fps);
      const pictured = !uneven && video.paused && flip?.has(frame);
      clearTimeout(lingering);
      lingering = undefined;
      if (pictured) flip?.show(frame);
      else flip?.hide();
      if (!pictured || !dragged) return send(seconds);
      lingering = setTimeout(() => {
        lingering = undefined;
        send(seconds);
      }, LINGERS_MS);
    },
    /**
     * Its own time: the video's clock, held back to what it has presented.
     * @returns {number}
     */
    position() {
      const clock = video.currentTime;
      return shown === null ? clock : Math.max(shown, Math.min(clock, shown + 1.5 / fps));
    },
    /** @param {number} rate 0 waits without stopping */
    speed(rate) {
      if (video.playbackRate !== rate) video.playbackRate = rate;
    },
    run() {
      ran = true;
      if (video.paused) video.play().catch(() => {});
    },
    rest() {
      if (!video.paused) video.pause();
    },
    leave() {
      gone = true;
      target = wish = null;
      clearTimeout(patience);
      clearTimeout(lingering);
      lingering = undefined;
      flip?.hide();
      video.removeEventListener("seeked", onSeeked);
      if (!video.paused) video.pause();
    },
  };
}
