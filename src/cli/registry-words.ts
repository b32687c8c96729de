import { parseArgs } from "node:util";

const CONFIGURATION = /\.ya?ml$/;

/**
 * Turns the command lines of registry:2 into Berth's, so that compose files and crontabs written for its image go on working:
 * `registry serve FILE`, `serve FILE`, `FILE` alone, and `registry garbage-collect`, which Berth does while serving.
 */
export function translateRegistryWords(words: readonly string[]): readonly string[] {
  const [first = "", second = ""] = words;
  if (first === "registry") return translateRegistryCommand(words.slice(1));
  if (CONFIGURATION.test(first) && !first.startsWith("-")) return serve(words);
  if (first === "serve" && CONFIGURATION.test(second) && !second.startsWith("-")) {
    return serve(words.slice(1));
  }
  return words;
}

function translateRegistryCommand(words: readonly string[]): readonly string[] {
  const [first, ...rest] = words;
  if (first === "garbage-collect") return collect(rest);
  if (first === "--version" || first === "-v") return ["version"];
  return translateRegistryWords(words);
}

function serve([file = "", ...rest]: readonly string[]): readonly string[] {
  return ["serve", "--registry-config", file, ...rest];
}

/** The configuration file is dropped: the hub that is running knows its own. */
function collect(words: readonly string[]): readonly string[] {
  const { values } = parseArgs({
    args: [...words],
    strict: false,
    options: { "dry-run": { type: "boolean", short: "d" } },
  });
  return values["dry-run"] === true ? ["collect", "--dry-run"] : ["collect"];
}
