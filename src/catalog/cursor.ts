/** Where a page ended: the number that it is in order of, and the name, which no two entries share. */
export interface Cursor {
  readonly weight: number;
  readonly name: string;
}

/** Neither repositories nor tags have it in their names. */
const SEPARATOR = "~";

export function printCursor({ weight, name }: Cursor): string {
  return `${weight}${SEPARATOR}${name}`;
}

/** Of what the contract let through. */
export function parseCursor(text: string | undefined): Cursor | undefined {
  if (text === undefined) return undefined;
  const [weight = "", name = ""] = text.split(SEPARATOR);
  return { weight: Number(weight), name };
}
