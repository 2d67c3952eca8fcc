/** Stands in for node:crypto's randomBytes: the same bytes again for every schedule. */
export const entropy = {
  drawn: 0,
  bytes(size: number): Buffer {
    this.drawn += 1;
    const bytes = Buffer.alloc(size);
    for (let at = 0; at < size; at += 1) bytes[at] = (this.drawn * 2654435761) >>> ((at % 4) * 8);
    return bytes;
  },
};
