/** What is kept of a comparison: the frames as they stand, and one film with labels. */

import { asking, beside, isAsking } from "../../page/asking.js";
import { button, label, listen } from "../../page/dom.js";
import { FILM, PICTURE } from "../../page/icons.js";
import { saveBlob } from "../../page/save_file.js";
import { packedFor, takeParcel } from "../../shared/downloads.js";
import { drawLabel, paper, pictureOf, toPNG } from "./canvas_labels.js";
import { frameDue } from "../playback/playhead.js";
import { stills } from "./sheet_layout.js";

/**
 * @param {import("../toolbar.js").Desk} desk
 * @param {import("../modes.js").Modes} look
 */
export function keeping({ cells, frame, state, transport, messages, announce, signal }, look) {
  const frames = button("Save frames", { icon: PICTURE, label: "Save frames", title: "Save the frames as they stand, as one PNG (S)" });
  const film = button("Save as MP4", { icon: FILM, label: "Save as MP4", class: "hw-compare-film", title: "One film of the whole comparison, with labels" });
  const told = beside("hw-compare-film-trouble");
  const { during } = asking({ messages, show: told.show, signal });

  /** What is seen now. */
  function seen() {
    const { mode } = state.get();
    const { a, b } = look.pair();
    if (mode !== "grid") return [a, b].flatMap((id) => cells.get(id) ?? []);
    return look.all().filter(({ kind }) => kind === "clip");
  }

  /** As many beside each other as on the screen. @param {import("../cell.js").Cell[]} all */
  function columns(all) {
    const top = all[0]?.root.offsetTop;
    return state.get().mode === "grid" ? Math.max(1, all.filter(({ root }) => root.offsetTop === top).length) : 2;
  }

  /** @param {import("../cell.js").Cell} cell */
  function frameOf({ id, kind, said }) {
    if (kind === "picture") return "";
    const { fps, frames } = /** @type {import("../../player/player.js").Facts} */ (said.facts);
    return `frame ${frameDue({ fps, frames, offset: state.get().offsets[id] ?? 0 }, state.get().time) + 1}`;
  }

  async function saveFrames() {
    // A step may be on its way still.
    await transport.settled();
    const all = seen();
    const shown = all.flatMap((cell) => {
      const picture = pictureOf(cell);
      return picture ? [{ cell, ...picture }] : [];
    });
    if (shown.length === 0) return announce("There is no picture to save yet.");
    const across = Math.min(shown.length, columns(all));
    const draw = (/** @type {number} */ lines) => {
      const plan = stills(shown, across, lines);
      const { canvas, pen } = paper(plan.width, plan.height);
      const needed = shown.map(({ cell, source, poster }, index) => {
        const { picture, label } = plan.places[index];
        pen.drawImage(source, picture.x, picture.y, picture.width, picture.height);
        const draft = Boolean(cell.said.facts.draft);
        return drawLabel(pen, label, { name: look.nameOf(cell.id), draft, more: poster ? "poster" : frameOf(cell), scale: plan.scale, lines });
      });
      return { canvas, needed: Math.max(...needed) };
    };
    const first = draw(1);
    const { canvas } = first.needed > 1 ? draw(2) : first;
    saveBlob(await toPNG(canvas), `comparison-${state.get().time.toFixed(2)}s.png`);
    announce("The frames were saved.");
  }

  async function saveFilm() {
    const { loop, offsets } = state.get();
    const clips = seen().filter(({ kind, said }) => kind === "clip" && said.facts.sha256);
    if (isAsking(film)) return;
    const wish = {
      cells: clips.map(({ id }) => id),
      columns: columns(clips),
      loop: loop ? [loop.in, loop.out] : null,
      offsets: clips.map(({ id }) => offsets[id] ?? 0),
    };
    label(film, "Making it…");
    await during(async (sign) => {
      const packed = await packedFor(messages, "export", wish, sign, (share) => label(film, `Making it · ${Math.round(share * 100)} %`));
      await takeParcel(messages, packed, "video/mp4", (share) => {
        sign();
        label(film, `Fetching · ${Math.round(share * 100)} %`);
      });
      announce(`${packed.name} was saved.`);
    }, [film]);
    label(film, "Save as MP4");
    draw();
  }

  function draw() {
    film.disabled = !seen().some(({ kind, said }) => kind === "clip" && said.facts.sha256);
  }

  listen(frames, "click", saveFrames, signal);
  listen(film, "click", saveFilm, signal);
  frame.after(told.element);
  return { frames, film, saveFrames, draw };
}
