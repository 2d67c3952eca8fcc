/** Rows of text as aligned columns; the last column is not padded. */
export const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

/** `web1, web2 and web3`, or `all 30 hosts`. */
export const hostList = (hosts: readonly string[], all: number): string =>
  hosts.length === all && all > 1 ? `all ${all} hosts` : hosts.join(', ');

export const short = (commit: string | null | undefined): string => (commit ?? '-').slice(0, 10);

export const time = (iso: string | Date): string =>
  (typeof iso === 'string' ? iso : iso.toISOString()).slice(0, 16).replace('T', ' ');
