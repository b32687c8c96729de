/** One line of a table (RFC 4180), with its end. */
export function toCsvRow(cells: readonly string[]): string {
  return `${cells.map(quote).join(",")}\r\n`;
}

/** Spreadsheets run what begins like a formula; an apostrophe before it makes it text (CWE-1236). */
function quote(cell: string): string {
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
