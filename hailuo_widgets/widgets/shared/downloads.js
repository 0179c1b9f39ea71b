/** A file that the kernel packs: fetched in pieces, saved under its name, then let go of. */

import { saveBlob } from "../page/save_file.js";
import { pull } from "./pull.js";

/**
 * Have the kernel pack a file.
 * @param {import("./rpc.js").Channel} messages
 * @param {string} kind @param {object} fields
 * @param {import("../page/asker.js").Heartbeat} heartbeat
 * @param {(share: number) => void} [onProgress] from 0 to 1, where the kernel sends it
 */
export async function packDownload(messages, kind, fields, heartbeat, onProgress) {
  const { answer } = messages.ask(kind, fields, ({ share }) => {
    heartbeat(true);
    if (typeof share === "number") onProgress?.(share);
  });
  const packed = await answer;
  heartbeat();
  return /** @type {{ parcel: string, bytes: number, name: string } & Record<string, any>} */ (packed.fields);
}

/**
 * Fetch and save a packed file.
 * @param {import("./rpc.js").Channel} messages
 * @param {{ parcel: string, bytes: number, name: string }} packed what the kernel answered
 * @param {string} type of the file
 * @param {(share: number) => void} onProgress from 0 to 1
 */
export async function saveDownload(messages, { parcel, bytes, name }, type, onProgress) {
  try {
    const pieces = await pull(
      bytes,
      async (offset, length) => /** @type {BlobPart} */ ((await messages.ask("piece", { parcel, offset, length }).answer).buffers[0]),
      onProgress,
    );
    saveBlob(new Blob(pieces, { type }), name);
  } finally {
    messages.ask("exported", { parcel }).answer.catch(() => {});
  }
}
