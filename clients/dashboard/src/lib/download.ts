/** Gives the reader a file that was made here. */

/** Offer content for download under a name. */
export function download(filename: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = filename;
  link.click();
  // What is large is still being written when this returns.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
