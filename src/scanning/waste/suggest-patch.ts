import type { AdviceId } from "./advice-rules.ts";

interface Place {
  /** Of the layer that advice is about. */
  readonly instruction: string;
  /** Of the layer above that hides its files, or nothing. */
  readonly above: string;
  readonly cleanings: readonly string[];
}

/** What to change in the Dockerfile, where its lines are known from the history and simple enough. */
export function suggestPatch(id: AdviceId, place: Place): string | undefined {
  const { instruction, above, cleanings } = place;
  if (id === "metadata-copy") return onCopy(instruction, above);
  if (id === "deleted-above" || id === "replaced-above") {
    if (!isRun(instruction) || !isRun(above)) return undefined;
    return change([instruction, above], `${instruction} && ${above.slice("RUN ".length)}`);
  }
  if (id === "package-cache" && isRun(instruction)) {
    if (cleanings.length === 0) return undefined;
    return change([instruction], [instruction, ...cleanings].join(" && "));
  }
  return id === "repository-copied" ? "in .dockerignore:\n+.git" : undefined;
}

/** Commands that remove these caches. */
export function cleaningsFor(files: readonly { readonly path: string }[]): readonly string[] {
  const fitting = CLEANING.filter(([path]) => files.some((file) => path.test(file.path)));
  return fitting.map(([, words]) => words);
}

const CLEANING: readonly [path: RegExp, words: string][] = [
  [/^var\/lib\/apt\/lists\//, "rm -rf /var/lib/apt/lists/*"],
  [/^var\/cache\/apt\//, "apt-get clean"],
  [/^var\/cache\/apk\//, "rm -rf /var/cache/apk/*"],
  [/^var\/cache\/(?:dnf|libdnf5)\//, "dnf clean all"],
  [/^var\/cache\/yum\//, "yum clean all"],
  [/^var\/cache\/zypp\//, "zypper clean --all"],
  [/\.cache\/pip\//, "pip cache purge"],
  [/\.npm\/_cacache\//, "npm cache clean --force"],
];

/** `RUN chmod 755 /app` after `COPY app /app`. */
function onCopy(copy: string, run: string): string | undefined {
  const [, program, value] = /^RUN (chmod|chown)(?: -R)? ([\w:.-]+) [^&|;]+$/.exec(run) ?? [];
  const isNumeric = program === "chown" || /^[0-7]{3,4}$/.test(value ?? "");
  if (program === undefined || value === undefined || !isNumeric) return undefined;
  if (!/^(?:COPY|ADD) (?!.*--(?:chmod|chown))/.test(copy)) return undefined;
  // Builders write what was copied as a hash in front of the path.
  if (/^(?:COPY|ADD) (?:file|dir|multi):/.test(copy)) return undefined;
  return change([copy, run], copy.replace(/^(\w+) /, `$1 --${program}=${value} `));
}

function isRun(instruction: string): boolean {
  // Arguments of the build stand before the command there, and are not part of the line.
  return instruction.startsWith("RUN ") && !instruction.startsWith("RUN |");
}

function change(from: readonly string[], to: string): string {
  return [...from.map((line) => `-${line}`), `+${to}`].join("\n");
}
