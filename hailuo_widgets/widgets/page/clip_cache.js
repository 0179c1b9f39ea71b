/**
 * The clips of this page, each held once however many widgets show it.
 *
 * A clip comes by HTTP from Jupyter's own `files/` route when the kernel knows its place there,
 * else in pieces from the kernel. Either way it ends as a blob: streaming videos would take up the
 * browser's few connections and stall JupyterLab.
 */

import { pull } from "../shared/pull.js";

/**
 * @typedef {object} Source
 * @property {string} sha256
 * @property {number} bytes
 * @property {string} relpath below the server's root, or "" when unknown
 * @property {import("../shared/rpc.js").Channel} messages
 * @property {string} [type] of the file; that of clips is `video/mp4`
 *
 * @typedef {object} Held
 * @property {Promise<string>} address
 * @property {number} bytes
 * @property {number} users
 */

const CLIP = "video/mp4";
// A clip that is not shown is kept for a while: going back to it is then immediate.
const IDLE_BYTES = 256e6;

/** @type {Map<string, Held>} in order of last use */
const held = new Map();

/**
 * Get the address of a clip's blob. Call `release` when it is no longer shown.
 * @param {Source} source
 * @param {(share: number) => void} [onProgress]
 * @returns {{ address: Promise<string>, release: () => void }}
 */
export function acquire(source, onProgress) {
  const clip = held.get(source.sha256) ?? { address: load(source, onProgress), bytes: source.bytes, users: 0 };
  clip.users += 1;
  held.delete(source.sha256);
  held.set(source.sha256, clip);
  clip.address.catch(() => {
    if (held.get(source.sha256) === clip) held.delete(source.sha256);
  });
  let released = false;
  return {
    address: clip.address,
    release() {
      if (released) return;
      released = true;
      clip.users -= 1;
      dropIdle();
    },
  };
}

function dropIdle() {
  const idle = [...held].filter(([, clip]) => clip.users === 0);
  let kept = idle.reduce((sum, [, clip]) => sum + clip.bytes, 0);
  for (const [sha256, clip] of idle) {
    if (kept <= IDLE_BYTES) return;
    kept -= clip.bytes;
    held.delete(sha256);
    clip.address.then((address) => URL.revokeObjectURL(address)).catch(() => {});
  }
}

/**
 * @param {Source} source
 * @param {(share: number) => void} [onProgress]
 */
async function load(source, onProgress) {
  const blob = (await fromServer(source)) ?? (await fromKernel(source, onProgress));
  return URL.createObjectURL(blob);
}

/**
 * @param {Source} source
 * @returns {Promise<Blob | null>} null where the server does not have exactly this file
 */
async function fromServer({ relpath, bytes, type = CLIP }) {
  const root = serverRoot();
  if (!relpath || root === null) return null;
  try {
    const path = relpath.split("/").map(encodeURIComponent).join("/");
    const answer = await fetch(`${root}files/${path}`, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return null;
    const blob = await answer.blob();
    return blob.size === bytes ? new Blob([blob], { type }) : null;
  } catch {
    return null;
  }
}

/**
 * @param {Source} source
 * @param {(share: number) => void} [onProgress]
 */
async function fromKernel({ bytes, messages, type = CLIP }, onProgress) {
  const pieces = await pull(
    bytes,
    async (offset, length) => {
      const { buffers } = await messages.ask("piece", { offset, length }).answer;
      return /** @type {BlobPart} */ (buffers[0]);
    },
    onProgress,
  );
  return new Blob(pieces, { type });
}

/** Return where Jupyter's server lies, with a slash at the end; null on a page that is not Jupyter's. */
function serverRoot() {
  try {
    const page = document.getElementById("jupyter-config-data");
    const root = JSON.parse(page?.textContent ?? "{}").baseUrl;
    return typeof root === "string" ? root : null;
  } catch {
    return null;
  }
}
