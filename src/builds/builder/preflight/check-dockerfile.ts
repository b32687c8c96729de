import {
  Arg,
  Copy,
  DockerfileParser,
  type Flag,
  From,
  type Instruction,
  type ModifiableInstruction,
  Run,
} from "dockerfile-ast";
import { BuildFailed } from "../build-failed.ts";
import { expand } from "./expand.ts";
import { type ImageName, localNameOf, parseImageName, printImageName } from "./image-name.ts";
import { ownPlatform } from "./own-platform.ts";
import { LONGEST_DOCKERFILE } from "./read-dockerfile.ts";

/** An image from elsewhere that a Dockerfile names. */
export interface NamedBase {
  readonly name: ImageName;
  /** What stands for it in the text that is built. */
  readonly localName: string;
  /** Of `--platform`; undefined for that of the build. */
  readonly platform: string | undefined;
}

/** What a stage begins with: a stage before it, an image from elsewhere, or nothing (`scratch`). */
export interface StageBase {
  readonly name: string | undefined;
  readonly from: number | string | undefined;
}

export interface CheckedDockerfile {
  readonly bases: readonly NamedBase[];
  readonly stages: readonly StageBase[];
  /** The Dockerfile, with the whole names of images. */
  readonly text: string;
}

type Range = ReturnType<Instruction["getRange"]>;

interface Edit {
  readonly range: Range;
  readonly text: string;
}

/** What stands for an image in the text that is built; the platform is that of `--platform`. */
export type NameBase = (name: ImageName, platform: string | undefined) => string;

const MOST_BASES = 50;
const CACHE_ID = /^\w[\w.-]*$/;

/**
 * Which images are needed, before anything is built or pulled. What is not an image of a registry, a stage or a number is refused: files
 * and programs of the machine, names that nobody can know yet, caches of others. Throws BuildFailed.
 */
export function checkDockerfile(
  text: string,
  args: Readonly<Record<string, string>>,
  nameBase: NameBase = localNameOf,
): CheckedDockerfile {
  if (text.length > LONGEST_DOCKERFILE)
    throw new BuildFailed(`a Dockerfile has ${LONGEST_DOCKERFILE} bytes at most`);
  const check = new DockerfileCheck(args, nameBase);
  for (const instruction of DockerfileParser.parse(text).getInstructions()) check.read(instruction);
  return { bases: check.bases, stages: check.stages, text: applyEdits(text, check.edits) };
}

class DockerfileCheck {
  readonly bases: NamedBase[] = [];
  readonly edits: Edit[] = [];
  readonly #given: Readonly<Record<string, string>>;
  readonly #nameBase: NameBase;
  /** Those before the first FROM, which alone are known in one. */
  readonly #global = new Map<string, string>();
  readonly stages: StageBase[] = [];
  /** Of the stage that is being read. */
  #known = new Map<string, string>();

  constructor(given: Readonly<Record<string, string>>, nameBase: NameBase) {
    this.#given = given;
    this.#nameBase = nameBase;
  }

  read(instruction: Instruction): void {
    if (instruction instanceof Arg) this.#readArg(instruction);
    if (instruction instanceof From) this.#readFrom(instruction);
    if (instruction instanceof Copy)
      for (const flag of flagsNamed(instruction, "from"))
        this.#readSource(flag, flag.getValue() ?? "");
    if (instruction instanceof Run)
      for (const flag of flagsNamed(instruction, "mount")) this.#readMount(flag);
  }

  #readArg(arg: Arg): void {
    const known = this.stages.length === 0 ? this.#global : this.#known;
    for (const word of arg.getArgumentsContent()?.split(/\s+/) ?? []) {
      const [, name, value] = /^(\w+)(?:=(.*))?$/.exec(word) ?? [];
      if (name === undefined) continue;
      const standing = value === undefined ? this.#global.get(name) : expand(unquote(value), known);
      const chosen = this.#given[name] ?? standing;
      if (chosen !== undefined) known.set(name, chosen);
    }
  }

  #readFrom(from: From): void {
    const written = from.getImage() ?? "";
    const platform = from.getPlatformFlag()?.getValue() ?? undefined;
    const name = expand(unquote(written), this.#global);
    const stage = this.#findStage(name);
    const isElsewhere = name !== "scratch" && stage === undefined;
    if (isElsewhere) this.#edit(from.getImageRange(), written, this.#need(name, platform));
    this.stages.push({
      name: from.getBuildStage()?.toLowerCase(),
      from: isElsewhere ? printImageName(parseImageName(name)) : stage,
    });
    this.#known = new Map();
  }

  #readMount(flag: Flag): void {
    const value = flag.getValue() ?? "";
    for (const option of value.split(",")) {
      const [, key = "", text = ""] = /^([^=]*)=?(.*)$/s.exec(option) ?? [];
      if (key.trim().toLowerCase() === "from") this.#readSource(flag, unquote(text));
      if (key.trim().toLowerCase() === "id" && !CACHE_ID.test(unquote(text)))
        throw new BuildFailed(
          `id=${JSON.stringify(text.slice(0, 200))} of a mount has to be a plain name`,
        );
    }
  }

  /** A stage, the number of one, or an image from elsewhere. */
  #readSource(flag: Flag, written: string): void {
    const known = new Map([...this.#global, ...this.#known]);
    const name = expand(unquote(written), known);
    if (/^\d+$/.test(name)) {
      if (Number(name) < this.stages.length) return;
      throw new BuildFailed(`there is no stage ${name.slice(0, 20)} before it is used`);
    }
    if (this.#findStage(name) !== undefined) return;
    const localName = this.#need(name, undefined);
    const whole = flag.getValue() ?? "";
    // Of a mount only what follows `from=` is put in.
    const at = whole.lastIndexOf(written);
    this.#edit(
      flag.getValueRange(),
      whole,
      whole.slice(0, at) + localName + whole.slice(at + written.length),
    );
  }

  #need(written: string, platformFlag: string | undefined): string {
    const name = parseImageName(written);
    const platform = platformFlag === undefined ? undefined : this.#platformOf(platformFlag);
    const localName = this.#nameBase(name, platform);
    const isNew = !this.bases.some(
      (one) => one.localName === localName && one.platform === platform,
    );
    if (isNew) this.bases.push({ name, localName, platform });
    if (this.bases.length > MOST_BASES)
      throw new BuildFailed(`a Dockerfile may name ${MOST_BASES} images at most`);
    return localName;
  }

  #findStage(name: string): number | undefined {
    const at = this.stages.findIndex((stage) => stage.name === name.toLowerCase());
    return at === -1 ? undefined : at;
  }

  /** `$BUILDPLATFORM` is that of the machine; `$TARGETPLATFORM` is that of the build. */
  #platformOf(flag: string): string | undefined {
    const known = new Map([["BUILDPLATFORM", ownPlatform()], ...this.#global]);
    const platform = expand(unquote(flag), known);
    if (platform === "") return undefined;
    if (/^[a-z0-9]+\/[a-z0-9_]+(\/v\d+)?$/.test(platform)) return platform;
    throw new BuildFailed(`${JSON.stringify(platform.slice(0, 100))} is not a platform`);
  }

  #edit(range: Range | null, written: string, text: string): void {
    if (written === text) return;
    if (range === null || range.start.line !== range.end.line)
      throw new BuildFailed(`${written} has to stand on one line`);
    this.edits.push({ range, text });
  }
}

function flagsNamed(instruction: ModifiableInstruction, name: string): Flag[] {
  return instruction.getFlags().filter((flag) => flag.getName().toLowerCase() === name);
}

function unquote(text: string): string {
  return text.replace(/^(["'])(.*)\1$/s, "$2");
}

/** The last first, so that the others stay where they are. */
function applyEdits(text: string, edits: readonly Edit[]): string {
  const lines = text.split("\n");
  const inOrder = [...edits].sort(
    (a, b) =>
      b.range.start.line - a.range.start.line || b.range.start.character - a.range.start.character,
  );
  for (const { range, text: put } of inOrder) {
    const { line, character } = range.start;
    const old = lines[line] ?? "";
    lines[line] = old.slice(0, character) + put + old.slice(range.end.character);
  }
  return lines.join("\n");
}
