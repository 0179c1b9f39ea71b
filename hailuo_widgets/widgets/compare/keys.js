/**
 * What each key does in a comparison. Pure: no page.
 *
 * The list that is shown (`?`) and the one that keys are looked up in are the same.
 */

/**
 * @typedef {object} Press what a KeyboardEvent has
 * @property {string} key
 * @property {string} [code]
 * @property {boolean} [shiftKey]
 * @property {boolean} [ctrlKey]
 * @property {boolean} [metaKey]
 * @property {boolean} [altKey]
 * @property {boolean} [isComposing]
 * @property {(name: string) => boolean} [getModifierState]
 *
 * @typedef {object} Command
 * @property {string} name
 * @property {any} [to] where to, how far, which one
 * @property {boolean} [held] whether holding the key down does it again and again
 *
 * @typedef {object} Key one way to press it
 * @property {string} key as `KeyboardEvent.key` has it, letters in lower case
 * @property {boolean} [shift]
 * @property {boolean} [alt]
 * @property {Command} does
 *
 * @typedef {object} Row
 * @property {string[]} shown the keys as they are shown
 * @property {string} words what they do
 * @property {Key[]} keys
 *
 * @typedef {{ title: string, rows: Row[] }} Group
 */

/** @param {string} key @param {string} name @param {any} [to] @param {Partial<Key> & { held?: boolean }} [how] @returns {Key} */
function does(key, name, to, { held = false, ...how } = {}) {
  return { key, ...how, does: { name, to, held } };
}

const HELD = { held: true };

/** @type {Group[]} */
export const KEYS = [
  {
    title: "Playing",
    rows: [
      { shown: ["Space"], words: "Play or pause", keys: [does(" ", "toggle")] },
      { shown: ["←", "→"], words: "One frame back or on", keys: [does("ArrowLeft", "step", -1, HELD), does("ArrowRight", "step", 1, HELD)] },
      {
        shown: ["Shift ←", "Shift →"],
        words: "One second back or on",
        keys: [does("ArrowLeft", "jump", -1, { shift: true, held: true }), does("ArrowRight", "jump", 1, { shift: true, held: true })],
      },
      { shown: ["Home", "End"], words: "First or last frame", keys: [does("Home", "end", 0), does("End", "end", 1)] },
      {
        shown: ["J", "K", "L"],
        words: "Backwards, pause, forwards; again is quicker, the other one slows down",
        keys: [does("j", "shuttle", -1), does("k", "pause"), does("l", "shuttle", 1)],
      },
      { shown: ["I", "O"], words: "The loop begins here, ends here", keys: [does("i", "loop", "in"), does("o", "loop", "out")] },
      { shown: ["X", "Backspace"], words: "No loop: all of it again", keys: [does("x", "loop", null), does("Backspace", "loop", null)] },
    ],
  },
  {
    title: "Looking",
    rows: [
      { shown: ["G", "0"], words: "Grid: all clips", keys: [does("g", "mode", "grid"), does("0", "mode", "grid")] },
      { shown: ["W"], words: "Wipe: A left of the line, B right of it", keys: [does("w", "mode", "wipe")] },
      { shown: ["F"], words: "Flip between A and B; held down, a peek at the other", keys: [does("f", "flip")] },
      { shown: ["N"], words: "Onion: B thinly over A", keys: [does("n", "mode", "onion")] },
      { shown: ["D"], words: "Difference: black where A and B are equal", keys: [does("d", "mode", "difference")] },
      {
        shown: ["↑", "↓"],
        words: "Move the line, thicken the onion, brighten the difference",
        keys: [does("ArrowUp", "slide", 1, HELD), does("ArrowDown", "slide", -1, HELD)],
      },
      { shown: ["Esc"], words: "Back to the grid; closes what is open", keys: [does("Escape", "back")] },
    ],
  },
  {
    title: "Clips",
    rows: [
      {
        shown: ["1", "…", "9"],
        words: "This clip is A",
        keys: digits((number) => does(String(number), "pick", { slot: "a", number })),
      },
      {
        shown: ["Shift 1", "…", "9"],
        words: "This clip is B",
        keys: digits((number) => does(String(number), "pick", { slot: "b", number }, { shift: true })),
      },
      { shown: ["B"], words: "A and B change places", keys: [does("b", "swap")] },
      { shown: ["A"], words: "A against the start image, the end image, B again", keys: [does("a", "against")] },
      {
        shown: ["[", "]"],
        words: "A one frame earlier or later than the others",
        keys: [does("[", "offset", -1, HELD), does("]", "offset", 1, HELD)],
      },
    ],
  },
  {
    title: "Close up",
    rows: [
      { shown: ["+", "−"], words: "Nearer or farther, all clips alike", keys: [does("+", "zoom", 1, HELD), does("=", "zoom", 1, HELD), does("-", "zoom", -1, HELD), does("−", "zoom", -1, HELD)] },
      {
        shown: ["Alt ←↑↓→"],
        words: "Look elsewhere in the picture",
        keys: [
          does("ArrowLeft", "pan", [1, 0], { alt: true, held: true }),
          does("ArrowRight", "pan", [-1, 0], { alt: true, held: true }),
          does("ArrowUp", "pan", [0, 1], { alt: true, held: true }),
          does("ArrowDown", "pan", [0, -1], { alt: true, held: true }),
        ],
      },
      { shown: ["Z"], words: "The whole picture again", keys: [does("z", "zoom", 0)] },
    ],
  },
  {
    title: "Keeping",
    rows: [
      { shown: ["S"], words: "Save these frames as one PNG", keys: [does("s", "save")] },
      { shown: ["C"], words: "Contact sheet: the same instants of every clip", keys: [does("c", "sheet")] },
      { shown: ["?"], words: "This list", keys: [does("?", "help")] },
    ],
  },
];

/** What a mouse and fingers do; keys can do all of it too. */
export const BY_HAND = [
  { shown: ["Ctrl wheel"], words: "Nearer or farther; once near, the wheel alone" },
  { shown: ["Drag"], words: "Look elsewhere in the picture, when near" },
  { shown: ["Pinch"], words: "Nearer, farther and elsewhere" },
  { shown: ["Double click"], words: "The whole picture again" },
];

const LOOKUP = KEYS.flatMap(({ rows }) => rows.flatMap(({ keys }) => keys));
// Typed with AltGr, Option or Shift on one keyboard or another: what counts is what they print.
const PRINTED = new Set(["[", "]", "+", "=", "-", "−", "?"]);

/** @param {(number: number) => Key} make */
function digits(make) {
  return Array.from({ length: 9 }, (_, step) => make(step + 1));
}

/**
 * Return what a press asks for; null for a press that is none of ours.
 * @param {Press} press
 * @returns {Command | null}
 */
export function commandOf(press) {
  if (press.isComposing || press.metaKey) return null;
  const printed = LOOKUP.find((each) => PRINTED.has(each.key) && each.key === press.key);
  if (printed) return printsItself(press) ? printed.does : null;
  if (press.ctrlKey) return null;
  const key = keyName(press);
  const shift = Boolean(press.shiftKey);
  const alt = Boolean(press.altKey);
  return LOOKUP.find((each) => each.key === key && (each.shift ?? false) === shift && (each.alt ?? false) === alt)?.does ?? null;
}

/** True if a press prints its sign. Ctrl and + is the browser's; the Ctrl and Alt that stand for AltGr are not. @param {Press} press */
function printsItself(press) {
  return !press.ctrlKey || Boolean(press.altKey) || Boolean(press.getModifierState?.("AltGraph"));
}

/**
 * Return a key by the name it has in the list. The row of digits counts by its place, for Shift turns 1
 * into ! on one keyboard and & into 1 on another; so do letters where none of ours is printed.
 * @param {Press} press
 */
function keyName({ key, code = "" }) {
  if (code.startsWith("Digit")) return code.slice(5);
  if (key.length !== 1) return key;
  if (key > "\x7f" && code.startsWith("Key")) return code.slice(3).toLowerCase();
  return key.toLowerCase();
}

const SPEEDS = [-4, -2, -1, 1, 2, 4];

/**
 * Return the speed after J or L: from rest at its own speed in that direction; while it plays the next one on
 * the ladder, so that the other key first slows down and then turns round.
 * @param {number} speed below 0 when it plays backwards, 0 at rest
 * @param {number} way 1 for L, -1 for J
 */
export function shuttle(speed, way) {
  if (speed === 0) return way;
  const next = way > 0 ? SPEEDS.find((each) => each > speed) : SPEEDS.findLast((each) => each < speed);
  return next ?? speed;
}

/**
 * Return the loop after I, O or X. It begins with the frame that is seen and ends with it; an end before
 * the beginning starts anew.
 * @param {import("./playback/playhead.js").Span | null} loop
 * @param {"in" | "out" | null} which null: no loop
 * @param {{ begins: number, ends: number }} frame the seen frame's seconds
 * @param {number} length seconds of the whole
 */
export function loopAfter(loop, which, { begins, ends }, length) {
  if (which === null) return null;
  const whole = { in: 0, out: length, ...loop };
  if (which === "in") return { in: begins, out: whole.out > begins ? whole.out : length };
  return { in: whole.in < ends ? whole.in : 0, out: ends };
}
