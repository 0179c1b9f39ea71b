/** A file that the kernel has packed: fetched in pieces, saved under its name, then let go of. */

import { saveBlob } from "../page/save_file.js";
import { pull } from "./pull.js";

/**
 * Have the kernel pack a file.
 * @param {import("./rpc.js").Channel} messages
 * @param {string} kind @param {object} fields
 * @param {import("../page/asking.js").Sign} sign
 * @param {(share: number) => void} [tell] from 0 to 1, where the kernel says it
 */
export async function packedFor(messages, kind, fields, sign, tell) {
  const { answer } = messages.ask(kind, fields, ({ share }) => {
    sign(true);
    if (typeof share === "number") tell?.(share);
  });
  const packed = await answer;
  sign();
  return /** @type {{ parcel: string, bytes: number, name: string } & Record<string, any>} */ (packed.fields);
}

/**
 * @param {import("./rpc.js").Channel} messages
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
