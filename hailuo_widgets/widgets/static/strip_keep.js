/** What is kept of a strip: the whole as one film, and the frame that is seen. */

import { button, el, label, listen } from "./dom.js";
import { FILM, PICTURE } from "./icons.js";
import { patiently } from "./messages.js";
import { saveBlob, takeParcel } from "./parcel.js";

const WHOLE = "Save as one MP4";

/**
 * @param {object} about
 * @param {import("./messages.js").Channel} about.messages
 * @param {() => string[]} about.order the clips as they stand
 * @param {() => { video: HTMLVideoElement, name: string, frame: number } | null} about.seen
 * @param {(words: string) => void} about.trouble
 * @param {(words: string) => void} about.announce
 * @param {AbortSignal} about.signal
 */
export function keeping({ messages, order, seen, trouble, announce, signal }) {
  const still = button("Save frame", { icon: PICTURE, label: "Save frame", title: "Save this frame as PNG" });
  const film = button(WHOLE, { icon: FILM, label: WHOLE });
  const saved = el("div", { class: "hw-box hw-strip-saved", hidden: true });
  let busy = false;
  let may = false;

  async function saveFilm() {
    trouble("");
    saved.hidden = true;
    busy = film.disabled = true;
    label(film, "Joining…");
    const keys = order();
    try {
      const asked = messages.ask("export", { keys, known: keys }, ({ share }) => {
        trouble("");
        label(film, `Joining · ${Math.round(share * 100)} %`);
      });
      const { fields } = await patiently(asked.answer, (slow) => label(film, slow ? "Waiting for the kernel…" : "Joining…"));
      const packed = /** @type {{ parcel: string, bytes: number, name: string }} */ (fields);
      await takeParcel(messages, packed, "video/mp4", (share) => label(film, `Fetching · ${Math.round(share * 100)} %`));
      saved.textContent = `Saved ${packed.name}: ${fields.words}`;
      saved.classList.toggle("hw-box-care", !fields.copied);
      saved.hidden = false;
      announce(saved.textContent);
    } catch (reason) {
      if (!signal.aborted) trouble(/** @type {Error} */ (reason).message);
    }
    busy = false;
    film.disabled = !may;
    label(film, WHOLE);
  }

  function saveFrame() {
    const now = seen();
    if (!now?.video.videoWidth) return;
    const canvas = el("canvas", { width: now.video.videoWidth, height: now.video.videoHeight });
    canvas.getContext("2d")?.drawImage(now.video, 0, 0);
    canvas.toBlob((picture) => picture && saveBlob(picture, `${now.name}-frame-${String(now.frame + 1).padStart(4, "0")}.png`), "image/png");
  }

  listen(still, "click", saveFrame, signal);
  listen(film, "click", saveFilm, signal);

  return {
    element: el("div", { class: "hw-strip-group hw-strip-keep" }, still, film),
    saved,
    /** @param {number} here clips @param {number} waiting clips that are not here yet */
    draw(here, waiting) {
      may = here > 0 && waiting === 0;
      film.disabled = busy || !may;
      film.title = waiting ? "Some clips are not here yet" : "All clips as one film, with the sound";
      still.disabled = here === 0;
    },
  };
}
