/** A byte of a log. A build that is begun once more has another file: what was read of the one before is no place in it. */
export interface LogPlace {
  /** Its number in the file system, which no other file has while this one is there. */
  readonly file: string;
  readonly byte: number;
}

export function printLogPlace({ file, byte }: LogPlace): string {
  return `${file}-${byte}`;
}

/** Undefined for anything else: then a log is read from its beginning. */
export function parseLogPlace(text: string): LogPlace | undefined {
  const [, file, byte] = /^(\d{1,20})-(\d{1,15})$/.exec(text) ?? [];
  if (file === undefined || byte === undefined) return undefined;
  return { file, byte: Number(byte) };
}
