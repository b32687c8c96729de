/** As of packages of languages: each finding and conflict repeats them. */
const LONGEST_NAME = 512;
const LONGEST_VERSION = 256;

/** Whether no package is called so: somebody wrote it to be stored again and again. */
export function isTooLong({
  name,
  version,
}: {
  readonly name: string;
  readonly version: string;
}): boolean {
  return name.length > LONGEST_NAME || version.length > LONGEST_VERSION;
}

/** What a package says of where it comes from: nothing, if it is longer than any name with its version. */
export function withinLength(text: string | undefined): string | undefined {
  return text !== undefined && text.length <= LONGEST_NAME ? text : undefined;
}
