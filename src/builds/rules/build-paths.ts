import { BuildRuleError } from "./build-rule-error.ts";

/** From the root of the repository, without a leading slash. */
export interface BuildPaths {
  /** `.` is the root. */
  readonly context: string;
  readonly dockerfile: string;
}

/** Where Docker Hub looks: the Dockerfile below the context, and without a context, the context beside the Dockerfile. */
export function resolveBuildPaths({
  context = "/",
  dockerfile = "",
}: {
  readonly context?: string | undefined;
  readonly dockerfile?: string | undefined;
}): BuildPaths {
  const file = segmentsOf(dockerfile, "the Dockerfile location");
  if (file.length === 0 || dockerfile.trim().endsWith("/")) file.push("Dockerfile");
  if (context.trim() === "") return { context: join(file.slice(0, -1)), dockerfile: join(file) };
  const directory = segmentsOf(context, "the build context");
  return { context: join(directory), dockerfile: join([...directory, ...file]) };
}

function join(segments: readonly string[]): string {
  return segments.length === 0 ? "." : segments.join("/");
}

function segmentsOf(path: string, what: string): string[] {
  const segments = path
    .trim()
    .split("/")
    .filter((segment) => segment !== "" && segment !== ".");
  // Refused and not resolved: a link in the repository would lead elsewhere than the path reads.
  if (segments.includes("..")) throw new BuildRuleError(`${what} must not contain ".."`);
  if (path.includes("\0")) throw new BuildRuleError(`${what} must not contain a NUL`);
  return segments;
}
