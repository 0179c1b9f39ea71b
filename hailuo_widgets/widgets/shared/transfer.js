/** Files to the kernel, which asks for their pieces as it can take them. */

/**
 * Announce a file to the kernel, which then asks for its pieces.
 * @param {import("./rpc.js").Channel} messages
 * @param {Blob} file
 * @param {string} name
 * @param {(share: number) => void} onProgress
 * @param {AbortSignal} cancelled
 */
export async function upload(messages, file, name, onProgress, cancelled) {
  const { id, answer } = messages.ask("upload", { name, size: file.size, type: file.type }, (wanted) => {
    const end = Math.min(wanted.offset + wanted.length, file.size);
    file
      .slice(wanted.offset, end)
      .arrayBuffer()
      .then((piece) => {
        if (cancelled.aborted) return;
        messages.tell(id, "piece", { offset: wanted.offset }, piece);
        onProgress(end / file.size);
      })
      .catch(() => messages.tell(id, "cancel", { why: "unreadable" }));
  });
  cancelled.addEventListener("abort", () => messages.tell(id, "cancel", { why: "person" }));
  return answer;
}

/** Return a size in words, such as `1.5 MB`. @param {number} count bytes */
export function megabytes(count) {
  return count < 1e6 ? `${Math.ceil(count / 1e3)} KB` : `${(count / 1e6).toFixed(1)} MB`;
}
