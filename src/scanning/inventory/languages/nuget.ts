import { fileNameOf, isInDependencyFolder } from "./dependency-folder.ts";
import { createLanguageAnalyser, LIST_BYTES } from "./language-analyser.ts";
import { objectOf, parseJson, textOf } from "./untrusted-json.ts";

/** What `dotnet publish` writes beside a program; entries of type `project` are the program itself. */
export const nugetDeps = createLanguageAnalyser({
  name: "nuget-deps",
  maxBytes: LIST_BYTES,
  wants: (path) => path.endsWith(".deps.json"),
  *read(content) {
    for (const [key, value] of Object.entries(objectOf(parseJson(content).libraries))) {
      const at = key.lastIndexOf("/");
      if (objectOf(value).type !== "package" || at === -1) continue;
      yield { type: "nuget", name: key.slice(0, at), version: key.slice(at + 1) };
    }
  },
});

/** packages.lock.json: for each framework what was resolved. */
export const nugetLock = createLanguageAnalyser({
  name: "nuget-lock",
  maxBytes: LIST_BYTES,
  wants: (path) => fileNameOf(path) === "packages.lock.json" && !isInDependencyFolder(path),
  *read(content) {
    for (const framework of Object.values(objectOf(parseJson(content).dependencies))) {
      for (const [name, value] of Object.entries(objectOf(framework))) {
        const { type, resolved } = objectOf(value);
        if (type === "Project") continue;
        yield { type: "nuget", name, version: textOf(resolved), locked: true };
      }
    }
  },
});
