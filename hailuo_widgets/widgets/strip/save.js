/** What is saved of a strip: the whole as one film, and the frame that is seen. */

import { isAsking } from "../page/asker.js";
import { setLabel } from "../page/button_label.js";
import { button, el, listen } from "../page/dom.js";
import { FILM, PICTURE } from "../page/icons.js";
import { packDownload, saveDownload } from "../shared/downloads.js";

const WHOLE = "Save as one MP4";

/**
 * @param {object} about
 * @param {import("../shared/rpc.js").Channel} about.messages
 * @param {() => string[]} about.order the clips as they stand
 * @param {() => void} about.saveFrame
 * @param {import("../page/asker.js").Asker} about.asker
 * @param {(words: string) => void} about.announce
 * @param {AbortSignal} about.signal
 */
export function saveControls({ messages, order, saveFrame, asker, announce, signal }) {
  const still = button("Save frame", { icon: PICTURE, label: "Save frame", title: "Save this frame as PNG" });
  const film = button(WHOLE, { icon: FILM, label: WHOLE });
  const saved = el("div", { class: "hw-box hw-strip-saved", hidden: true });
  let complete = false;

  async function saveFilm() {
    if (isAsking(film)) return;
    saved.hidden = true;
    setLabel(film, "Joining…");
    const keys = order();
    await asker.during(async (heartbeat) => {
      const packed = await packDownload(messages, "export", { keys, known: keys }, heartbeat, (share) => setLabel(film, `Joining · ${Math.round(share * 100)} %`));
      await saveDownload(messages, packed, "video/mp4", (share) => {
        heartbeat();
        setLabel(film, `Fetching · ${Math.round(share * 100)} %`);
      });
      saved.textContent = `Saved ${packed.name}: ${packed.words}`;
      saved.classList.toggle("hw-box-care", !packed.copied);
      saved.hidden = false;
      announce(saved.textContent);
    }, [film]);
    film.disabled = !complete;
    setLabel(film, WHOLE);
  }

  listen(still, "click", saveFrame, signal);
  listen(film, "click", saveFilm, signal);

  return {
    element: el("div", { class: "hw-strip-keep" }, still, film),
    saved,
    /** @param {number} here clips @param {number} waiting clips that are not here yet */
    draw(here, waiting) {
      complete = here > 0 && waiting === 0;
      film.disabled = !complete && !isAsking(film);
      film.title = waiting ? "Some clips are not here yet" : "All clips as one film, with the sound";
      still.disabled = here === 0;
    },
  };
}
