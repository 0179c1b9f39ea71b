/** How fast many videos can go together on this machine: measured at every picture while they play. Pure. */

import { FAR_SECONDS, STARTING_PACE, QUICK_GAIN, SLOW_GAIN, roundToStep, nextLateness, nextPace, watchablePace } from "./playhead.js";

export class Pace {
  constructor() {
    this.pace = STARTING_PACE;
    this.gain = QUICK_GAIN;
    /** Frames between the first and the last of all, at the last look. */
    this.spread = 0;
    /** Milliseconds until the next look, probably. */
    this.late = 0;
  }

  /** Begin slowly, unless it is known what the machine keeps up with. */
  begin() {
    if (this.gain === QUICK_GAIN) this.pace = STARTING_PACE;
  }

  /**
   * Return the share of the wanted speed at which all go on.
   * @param {number[]} near positions of the videos that play, in seconds of the playhead
   * @param {number} steps frames a second
   * @param {number} rate that is wanted
   * @param {number} since milliseconds since the last look
   */
  measure(near, steps, rate, since) {
    const spread = near.length > 1 ? (Math.max(...near) - Math.min(...near)) * steps : 0;
    const pace = nextPace(this.pace, spread, this.spread, since, this.gain);
    if (pace < this.pace) this.gain = SLOW_GAIN;
    this.pace = pace;
    this.spread = spread;
    this.late = nextLateness(this.late, since);
    return roundToStep(Math.min(pace, watchablePace(this.late, steps * rate)));
  }

  /** Whether a low share means that the machine is slow: soon after a start it is low on purpose. */
  get isMeasured() {
    return this.gain === SLOW_GAIN;
  }
}

/** Return the positions that are near enough to meet by playing on. @param {number[]} positions @param {number} time */
export function nearPositions(positions, time) {
  return positions.filter((position) => Math.abs(position - time) < FAR_SECONDS);
}
