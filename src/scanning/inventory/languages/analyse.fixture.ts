import { readFile } from "node:fs/promises";
import type { FileReport, LayerFile } from "../model.ts";
import { LANGUAGE_ANALYSERS } from "./analysers.ts";

const FIXTURES = new URL("../../../../test/data/languages/", import.meta.url);

export function readFixture(name: string): Promise<Buffer> {
  return readFile(new URL(name, FIXTURES));
}

/** What the one analyser says that wants the file; undefined where none does. */
export function analyse(path: string, content: Buffer, mode = 0o644): FileReport | undefined {
  const file: LayerFile = { path, size: content.length, mode };
  const analyser = LANGUAGE_ANALYSERS.find(
    ({ wants, magic }) =>
      wants(file) &&
      (magic ?? [Buffer.alloc(0)]).some((bytes) => content.subarray(0, bytes.length).equals(bytes)),
  );
  return analyser?.analyse(file, content);
}

/** "name version", in the order of the file. */
export function listed(report: FileReport | undefined): string[] {
  return (report?.packages ?? []).map(({ name, version }) => `${name} ${version}`);
}
