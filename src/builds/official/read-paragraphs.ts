import { type DefinitionProblem, READABLE } from "./definition-problem.ts";

/** One `Name: value`, whose value may go on over lines that begin with a blank. */
export interface Field {
  readonly name: string;
  readonly value: string;
  readonly line: number;
  /** Where the value begins. */
  readonly column: number;
}

export interface Paragraph {
  readonly line: number;
  readonly fields: ReadonlyMap<string, Field>;
}

const NAME = /^([A-Za-z0-9][A-Za-z0-9-]*):[ \t]*(.*)$/;

/** Paragraphs of RFC 2822 as in Debian's control files: a blank line ends one, and lines that begin with `#` do not count. */
export function readParagraphs(text: string): {
  readonly paragraphs: readonly Paragraph[];
  readonly problems: readonly DefinitionProblem[];
} {
  const reader = new ParagraphReader();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (!line.startsWith("#")) reader.read(line, index + 1);
  }
  return reader;
}

class ParagraphReader {
  readonly paragraphs: Paragraph[] = [];
  readonly problems: DefinitionProblem[] = [];
  #fields: Map<string, Field> | undefined;
  #last: Field | undefined;

  read(text: string, line: number): void {
    if (text.trim() === "") {
      this.#fields = undefined;
      this.#last = undefined;
    } else if (/^[ \t]/.test(text)) this.#goOn(text.trim(), line);
    else this.#begin(text, line);
  }

  #goOn(text: string, line: number): void {
    const last = this.#last;
    if (last === undefined) {
      this.#refuse(line, "a line that goes on must follow a field");
      return;
    }
    this.#last = { ...last, value: `${last.value}\n${text}`.trim() };
    this.#fields?.set(last.name, this.#last);
  }

  #begin(text: string, line: number): void {
    const [, name, value = ""] = NAME.exec(text) ?? [];
    if (name === undefined) {
      this.#refuse(line, "it is no `Name: value`");
      return;
    }
    if (this.#fields === undefined) {
      this.#fields = new Map();
      this.paragraphs.push({ line, fields: this.#fields });
    }
    if (this.#fields.has(name)) this.#refuse(line, `${name} stands twice in one entry`);
    this.#last = { name, value: value.trim(), line, column: text.length - value.length + 1 };
    this.#fields.set(name, this.#last);
  }

  #refuse(line: number, message: string): void {
    this.problems.push({ line, column: 1, message, check: READABLE });
  }
}
