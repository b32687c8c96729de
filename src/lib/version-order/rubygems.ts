import { compareDigits } from "./digits.ts";

/** RubyGems' order (Gem::Version). A gem's platform ("1.5.0-arm-linux") is no part of its version. */
export function compareGem(a: string, b: string): number {
  const [left, right] = [toSegments(a), toSegments(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const difference = compareSegments(left[at] ?? "0", right[at] ?? "0");
    if (difference !== 0) return difference;
  }
  return 0;
}

const PLATFORM =
  /-(?:java|jruby|(?:x86|x64|x86_64|amd64|aarch64|arm|arm64|armv\d\w*|universal|mswin\w*|mingw\w*|i[3-6]86)(?:-.*)?)$/;

/** Zeros at the end say nothing, nor do those before the first word. */
function toSegments(version: string): readonly string[] {
  const text = version.trim().replace(PLATFORM, "").replaceAll("-", ".pre.");
  const segments: string[] = text.match(/\d+|[a-z]+/gi) ?? [];
  const word = segments.findIndex((segment) => /^\D/.test(segment));
  const numbers = word < 0 ? segments : segments.slice(0, word);
  return [...withoutZeros(numbers), ...withoutZeros(word < 0 ? [] : segments.slice(word))];
}

function withoutZeros(segments: readonly string[]): readonly string[] {
  return segments.slice(0, segments.findLastIndex((segment) => !/^0+$/.test(segment)) + 1);
}

function compareSegments(a: string, b: string): number {
  const [isNumber, isOtherNumber] = [/^\d/.test(a), /^\d/.test(b)];
  if (isNumber && isOtherNumber) return compareDigits(a, b);
  if (isNumber !== isOtherNumber) return isNumber ? 1 : -1;
  return a === b ? 0 : a < b ? -1 : 1;
}
