/** What is kept of a strip: the whole as one film, and the frame that is seen. */

import { isAsking } from "../page/asking.js";
import { button, el, label, listen } from "../page/dom.js";
import { FILM, PICTURE } from "../page/icons.js";
import { packedFor, saveBlob, takeParcel } from "../shared/downloads.js";

const WHOLE = "Save as one MP4";

/**
 * @param {object} about
 * @param {import("../shared/rpc.js").Channel} about.messages
 * @param {() => string[]} about.order the clips as they stand
 * @param {() => { video: HTMLVideoElement, name: string, frame: number } | null} about.seen
 * @param {import("../page/asking.js").Asking} about.asks
 * @param {(words: string) => void} about.announce
 * @param {AbortSignal} about.signal
 */
export function keeping({ messages, order, seen, asks, announce, signal }) {
  const still = button("Save frame", { icon: PICTURE, label: "Save frame", title: "Save this frame as PNG" });
  const film = button(WHOLE, { icon: FILM, label: WHOLE });
  const saved = el("div", { class: "hw-box hw-strip-saved", hidden: true });
  let may = false;

  async function saveFilm() {
    if (isAsking(film)) return;
    saved.hidden = true;
    label(film, "Joining…");
    const keys = order();
    await asks.during(async (sign) => {
      const packed = await packedFor(messages, "export", { keys, known: keys }, sign, (share) => label(film, `Joining · ${Math.round(share * 100)} %`));
      await takeParcel(messages, packed, "video/mp4", (share) => {
        sign();
        label(film, `Fetching · ${Math.round(share * 100)} %`);
      });
      saved.textContent = `Saved ${packed.name}: ${packed.words}`;
      saved.classList.toggle("hw-box-care", !packed.copied);
      saved.hidden = false;
      announce(saved.textContent);
    }, [film]);
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
      film.disabled = !may && !isAsking(film);
      film.title = waiting ? "Some clips are not here yet" : "All clips as one film, with the sound";
      still.disabled = here === 0;
    },
  };
}
