/**
 * Files from the kernel in pieces. One message may hold at most 10 MB on an unmodified Jupyter server,
 * and proxies allow less: so a file crosses in pieces of 1 MiB, a few of them on the way at a time.
 */

export const PIECE = 1024 * 1024;
export const WINDOW = 4;

/**
 * Fetch all pieces of something whose size is known, in order of arrival, put together in order.
 * @template Piece
 * @param {number} size bytes
 * @param {(offset: number, length: number) => Promise<Piece>} fetchPiece
 * @param {(share: number) => void} [onProgress] from 0 to 1
 * @returns {Promise<Piece[]>}
 */
export async function pull(size, fetchPiece, onProgress = () => {}) {
  const count = Math.ceil(size / PIECE);
  /** @type {Piece[]} */
  const pieces = new Array(count);
  let next = 0;
  let arrived = 0;
  async function lane() {
    while (next < count) {
      const mine = next++;
      const offset = mine * PIECE;
      pieces[mine] = await fetchPiece(offset, Math.min(PIECE, size - offset));
      arrived += 1;
      onProgress(arrived / count);
    }
  }
  await Promise.all(Array.from({ length: Math.min(WINDOW, count) }, lane));
  return pieces;
}
