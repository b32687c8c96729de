import { RE2JS, RE2JSException } from "re2js";
import { estimatePatternSize } from "./pattern-size.ts";

/** Longer than any rule about tags needs, whose names have 128 characters at most. */
export const PATTERN_LENGTH = 255;
/** Steps of the compiled pattern: each character that is looked at costs at most so many. */
const PROGRAM_SIZE = 500;
/** An estimate counts each step a few times. */
const ESTIMATE_LIMIT = 6 * PROGRAM_SIZE;

export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** A regular expression of RE2's syntax, as Go has it; the time it takes grows with the text alone, whatever it says. */
export interface LinearPattern {
  readonly source: string;
  /** Steps that each character costs at most. */
  readonly size: number;
  /** Whether the whole text is what the pattern describes. */
  matches(text: string): boolean;
  /** Groups that it can capture. */
  readonly groups: number;
  /** The first part that the pattern describes, and after it what its groups captured; undefined if there is none. */
  search(text: string): readonly string[] | undefined;
}

/** Throws PatternError with a sentence for whoever wrote the pattern. */
export function compilePattern(source: string): LinearPattern {
  const named = JSON.stringify(source.slice(0, PATTERN_LENGTH));
  if (source === "") throw new PatternError("a pattern must not be empty");
  if (source.length > PATTERN_LENGTH) {
    throw new PatternError(`the pattern ${named}... is longer than ${PATTERN_LENGTH} characters`);
  }
  if (estimatePatternSize(source) > ESTIMATE_LIMIT) throw tooLarge(named);
  const compiled = compile(source, named);
  const size = compiled.programSize();
  if (size > PROGRAM_SIZE) throw tooLarge(named);
  // Not `testExact`: what it learns of the texts it has seen grows to megabytes for each pattern made for that.
  return {
    source,
    size,
    groups: compiled.groupCount(),
    matches: (text) => compiled.matcher(text).matches(),
    search: (text) => {
      const matcher = compiled.matcher(text);
      if (!matcher.find()) return undefined;
      const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, index) => index);
      return groups.map((index) => matcher.group(index) ?? "");
    },
  };
}

function tooLarge(named: string): PatternError {
  return new PatternError(
    `the pattern ${named} is too large: repeat less, or use several patterns`,
  );
}

function compile(source: string, named: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (cause) {
    if (!(cause instanceof RE2JSException)) throw cause;
    const why = cause.message.replace(/^error parsing regexp: /, "");
    throw new PatternError(
      `the pattern ${named} is no regular expression of RE2 (the syntax of Go): ${why}`,
      { cause },
    );
  }
}
