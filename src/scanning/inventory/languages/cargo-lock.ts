import { parse as parseToml } from "smol-toml";
import { fileNameOf, isInDependencyFolder } from "./dependency-folder.ts";
import { createLanguageAnalyser, LIST_BYTES } from "./language-analyser.ts";
import { type JsonObject, listOf, objectOf, textOf } from "./untrusted-json.ts";

/** Cargo.lock; what has no source is the workspace itself. */
export const cargoLock = createLanguageAnalyser({
  name: "cargo-lock",
  maxBytes: LIST_BYTES,
  wants: (path) => fileNameOf(path) === "Cargo.lock" && !isInDependencyFolder(path),
  *read(content) {
    const lock: JsonObject = parseToml(content.toString("utf8"));
    for (const entry of listOf(lock.package)) {
      const { name, version, source } = objectOf(entry);
      if (source === undefined) continue;
      yield { type: "cargo", name: textOf(name), version: textOf(version), locked: true };
    }
  },
});
