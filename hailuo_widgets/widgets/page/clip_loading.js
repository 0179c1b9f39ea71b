/** Waiting for a clip that may be slow to come. */

import { waitNotices } from "../shared/rpc.js";

/**
 * Show notices while something is slow to come.
 * @template Value
 * @param {Promise<Value>} answer
 * @param {(notice: string) => void} show "" when it has come
 * @returns {Promise<Value>}
 */
export async function withNotices(answer, show) {
  const notices = waitNotices(show);
  try {
    return await answer;
  } finally {
    notices.end();
  }
}
