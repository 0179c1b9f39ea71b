/** The arithmetic of frames and seconds. Pure: no page, no clock of its own. */

// Presentation times are rounded to microseconds, so a frame may seem to begin a little late.
const SLACK = 0.05;

/**
 * Return which frame is shown at a time.
 * @param {number} seconds
 * @param {number} fps
 * @param {number} count frames in the clip
 * @returns {number} counted from 0
 */
export function frameAt(seconds, fps, count) {
  return clampFrame(Math.floor(seconds * fps + SLACK), count);
}

/**
 * Return a presented frame's own time within its clip. Firefox counts on where a video begins anew: in its
 * third round a clip of five seconds presents frames at ten and more.
 * @param {number} mediaTime seconds, as `requestVideoFrameCallback` has it
 * @param {number} duration of the video; what it does not know yet is NaN
 * @param {number} fps
 * @param {number} count frames in the clip
 * @returns {number} seconds
 */
export function presentedTime(mediaTime, duration, fps, count) {
  const length = Number.isFinite(duration) && duration > 0 ? duration : count / fps;
  const rounds = Math.floor((mediaTime + SLACK / fps) / length);
  return rounds > 0 ? Math.max(0, mediaTime - rounds * length) : mediaTime;
}

/**
 * Return which frame the browser has presented.
 * @param {number} mediaTime
 * @param {number} duration
 * @param {number} fps
 * @param {number} count
 * @returns {number} counted from 0
 */
export function presentedFrame(mediaTime, duration, fps, count) {
  return Math.max(0, frameAt(presentedTime(mediaTime, duration, fps, count), fps, count));
}

/**
 * Return the time to seek to for a frame: its middle, so that no rounding falls into a neighbour.
 * @param {number} frame
 * @param {number} fps
 */
export function middleOf(frame, fps) {
  return (frame + 0.5) / fps;
}

/**
 * @param {number} frame
 * @param {number} count
 */
export function clampFrame(frame, count) {
  return Math.max(0, Math.min(frame, count - 1));
}

/**
 * Return minutes, seconds and hundredths, as `00:02.13`.
 * @param {number} frame
 * @param {number} fps
 */
export function timecode(frame, fps) {
  const hundredths = Math.round((frame / fps) * 100);
  const minutes = Math.floor(hundredths / 6000);
  const rest = ((hundredths % 6000) / 100).toFixed(2).padStart(5, "0");
  return `${String(minutes).padStart(2, "0")}:${rest}`;
}

/**
 * Return where a key takes the playhead, or null for a key that does not move it.
 * @param {{ key: string, shiftKey: boolean }} press
 * @param {number} frame
 * @param {number} fps
 * @param {number} count
 */
export function frameAfterKey(press, frame, fps, count) {
  const stride = press.shiftKey ? Math.round(fps) : 1;
  if (press.key === "ArrowLeft") return clampFrame(frame - stride, count);
  if (press.key === "ArrowRight") return clampFrame(frame + stride, count);
  if (press.key === "Home") return 0;
  if (press.key === "End") return count - 1;
  return null;
}

/**
 * Seeks take time, and a held key asks faster than they land. At most one is on its way; when it
 * lands, only the newest request is followed.
 * @param {(frame: number) => void} seek starts one
 */
export function seeker(seek) {
  /** @type {number | null} */
  let underWay = null;
  /** @type {number | null} */
  let next = null;
  return {
    /** @param {number} frame */
    want(frame) {
      if (underWay === null) {
        underWay = frame;
        seek(frame);
      } else {
        next = frame;
      }
    },
    landed() {
      underWay = null;
      if (next === null) return;
      const frame = next;
      next = null;
      this.want(frame);
    },
    /** Forget everything, as when the clip is replaced. */
    reset() {
      underWay = next = null;
    },
    /** The frame that was asked for last and is not shown yet. */
    get pending() {
      return next ?? underWay;
    },
  };
}
