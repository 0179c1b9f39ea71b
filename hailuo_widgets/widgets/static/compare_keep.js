/** What is kept of a comparison: the frames as they stand, and one film with labels. */

import { button, el, listen } from "./dom.js";
import { FILM, PICTURE } from "./icons.js";
import { saveBlob, takeParcel } from "./parcel.js";
import { drawLabel, paper, pictureOf, toPNG } from "./pen.js";
import { frameDue } from "./playhead.js";
import { stills } from "./sheet.js";

/**
 * @param {import("./compare_tools.js").Desk} desk
 * @param {import("./compare_modes.js").Modes} look
 */
export function keeping({ cells, frame, state, transport, messages, announce, signal }, look) {
  const frames = button("Save frames", { icon: PICTURE, label: "Save frames", title: "Save the frames as they stand, as one PNG (S)" });
  const film = button("Save as MP4", { icon: FILM, label: "Save as MP4", class: "hw-compare-film", title: "One film of the whole comparison, with labels" });
  const trouble = el("span", { class: "hw-compare-film-trouble hw-bad", role: "alert" });

  /** What is seen now. */
  function seen() {
    const { mode } = state.get();
    const { a, b } = look.pair();
    if (mode !== "grid") return [a, b].flatMap((id) => cells.get(id) ?? []);
    return look.all().filter(({ kind }) => kind === "clip");
  }

  /** As many beside each other as on the screen. @param {import("./compare_cell.js").Cell[]} all */
  function columns(all) {
    const top = all[0]?.root.offsetTop;
    return state.get().mode === "grid" ? Math.max(1, all.filter(({ root }) => root.offsetTop === top).length) : 2;
  }

  /** @param {import("./compare_cell.js").Cell} cell */
  function frameOf({ id, kind, said }) {
    if (kind === "picture") return "";
    const { fps, frames } = /** @type {import("./player.js").Facts} */ (said.facts);
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
    const label = /** @type {HTMLElement} */ (film.querySelector(".hw-button-label"));
    const { loop, offsets } = state.get();
    const clips = seen().filter(({ kind, said }) => kind === "clip" && said.facts.sha256);
    trouble.textContent = "";
    film.disabled = true;
    label.textContent = "Making it…";
    try {
      const { fields } = await messages.ask("export", {
        cells: clips.map(({ id }) => id),
        columns: columns(clips),
        loop: loop ? [loop.in, loop.out] : null,
        offsets: clips.map(({ id }) => offsets[id] ?? 0),
      }, ({ share }) => (label.textContent = `Making it · ${Math.round(share * 100)} %`)).answer;
      const packed = /** @type {{ parcel: string, bytes: number, name: string }} */ (fields);
      await takeParcel(messages, packed, "video/mp4", (share) => (label.textContent = `Fetching · ${Math.round(share * 100)} %`));
      announce(`${packed.name} was saved.`);
    } catch (reason) {
      if (!signal.aborted) trouble.textContent = /** @type {Error} */ (reason).message;
    }
    label.textContent = "Save as MP4";
    draw();
  }

  function draw() {
    film.disabled = !seen().some(({ kind, said }) => kind === "clip" && said.facts.sha256);
  }

  listen(frames, "click", saveFrames, signal);
  listen(film, "click", saveFilm, signal);
  frame.after(trouble);
  return { frames, film, trouble, saveFrames, draw };
}
