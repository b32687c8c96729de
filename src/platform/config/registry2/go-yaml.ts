import { parse, Scalar, type ScalarTag } from "yaml";
import { parseDuration } from "../../../lib/duration.ts";

/** YAML 1.1 wrote booleans in more ways than `true` and `false`; distribution's reader still takes them. */
const BOOLEAN_WORDS: ScalarTag = {
  tag: "tag:yaml.org,2002:bool",
  default: true,
  test: /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/,
  resolve: (text) => new Scalar(/^(?:y|on)/i.test(text)),
};

/** Reads YAML as distribution does (Go's yaml.v2): a key given twice counts once, `<<` merges, `yes` is true. */
export function parseGoYaml(text: string): unknown {
  return parse(text, {
    schema: "core",
    merge: true,
    uniqueKeys: false,
    logLevel: "error",
    customTags: (tags) => [BOOLEAN_WORDS, ...tags],
  });
}

/** The same for a field that takes a text, where `0123` and `yes` are what they look like. Undefined if it is none. */
export function parseGoText(text: string): string | undefined {
  if (/^\s*(?:~|null|Null|NULL)?\s*$/.test(text)) return "";
  const value: unknown = parse(text, { schema: "failsafe", logLevel: "error" });
  return typeof value === "string" ? value : undefined;
}

/** Milliseconds of a Go duration: `1m30s`, or a bare number of nanoseconds. Undefined for anything else. */
export function parseGoDuration(value: unknown): number | undefined {
  if (Number.isInteger(value)) return Number(value) / 1e6;
  if (typeof value !== "string" || value.includes("d")) return undefined;
  return parseDuration(value);
}

/** In Berth's way of writing durations. */
export function toDuration(value: unknown): string | undefined {
  const milliseconds = parseGoDuration(value);
  return milliseconds === undefined ? undefined : `${milliseconds.toFixed(6)}ms`;
}
