/** A file that the kernel has packed: fetched in pieces, saved under its name, then let go of. */

import { save } from "./dom.js";
import { pull } from "./transfer.js";

/**
 * @param {import("./messages.js").Channel} messages
 * @param {{ parcel: string, bytes: number, name: string }} packed what the kernel answered
 * @param {string} type of the file
 * @param {(share: number) => void} tell from 0 to 1
 */
export async function takeParcel(messages, { parcel, bytes, name }, type, tell) {
  try {
    const pieces = await pull(
      bytes,
      async (offset, length) => /** @type {BlobPart} */ ((await messages.ask("piece", { parcel, offset, length }).answer).buffers[0]),
      tell,
    );
    saveBlob(new Blob(pieces, { type }), name);
  } finally {
    messages.ask("exported", { parcel }).answer.catch(() => {});
  }
}

/**
 * @param {Blob} blob
 * @param {string} name
 */
export function saveBlob(blob, name) {
  const address = URL.createObjectURL(blob);
  save(address, name);
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
