import { readFile, stat } from "node:fs/promises";
import { parse, YAMLError } from "yaml";
import { z } from "zod";
import { BuildFailed } from "../builder/build-failed.ts";
import { resolveWithin } from "../builder/source-path.ts";
import { splitWords } from "./split-words.ts";

const LARGEST_BYTES = 64 * 1024;

const words = z.union([z.string(), z.array(z.string())]);
const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const service = z.strictObject({
  build: z
    .union([
      z.string(),
      z.strictObject({ context: z.string().optional(), dockerfile: z.string().optional() }),
    ])
    .optional(),
  image: z.string().optional(),
  command: words.optional(),
  entrypoint: words.optional(),
  environment: z.union([z.array(z.string()), z.record(z.string(), text.nullable())]).optional(),
  depends_on: z.unknown().optional(),
  working_dir: z.string().optional(),
  user: text.optional(),
});

/** The service `sut`: what is run in the image that was built. */
export interface ImageTest {
  readonly command: readonly string[] | undefined;
  readonly entrypoint: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string | undefined;
  readonly user: string | undefined;
}

/** Reads a file such as `docker-compose.test.yml`. What one image alone cannot do is refused by name. Throws BuildFailed. */
export async function readTest(
  source: string,
  path: string,
  given: { readonly dockerfile: string; readonly variables: Readonly<Record<string, string>> },
): Promise<ImageTest> {
  try {
    const file = await resolveWithin(source, path);
    const { size } = await stat(file);
    if (size > LARGEST_BYTES) throw new BuildFailed(`it has more than ${LARGEST_BYTES} bytes`);
    return toTest(findService(parse(await readFile(file, "utf8"))), given);
  } catch (cause) {
    if (!(cause instanceof BuildFailed) && !(cause instanceof YAMLError)) throw cause;
    throw new BuildFailed(`${path}: ${cause.message}`, { cause });
  }
}

/** With `services`, or as the first version of the format had it. */
function findService(document: unknown): z.output<typeof service> {
  const all = z.record(z.string(), z.unknown()).safeParse(document).data ?? {};
  const services = z.record(z.string(), z.unknown()).safeParse(all.services).data ?? all;
  if (services.sut === undefined) throw new BuildFailed("it has no service sut");
  const read = service.safeParse(services.sut);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const name = issue?.code === "unrecognized_keys" ? issue.keys[0] : issue?.path.join(".");
  throw new BuildFailed(
    issue?.code === "unrecognized_keys"
      ? `${JSON.stringify(name)} of sut is not supported`
      : `${JSON.stringify(name)} of sut cannot be read`,
  );
}

function toTest(
  sut: z.output<typeof service>,
  given: { readonly dockerfile: string; readonly variables: Readonly<Record<string, string>> },
): ImageTest {
  if (isAny(sut.depends_on))
    throw new BuildFailed("sut needs other services (depends_on), which takes a container engine");
  assertOwnImage(sut, given);
  const fill = (one: string) => fillIn(one, given.variables);
  const split = (one: string | string[]) =>
    typeof one === "string" ? splitWords(fill(one)) : one.map(fill);
  const { command, entrypoint, working_dir: folder, user } = sut;
  return {
    command: command === undefined ? undefined : split(command),
    entrypoint: entrypoint === undefined ? undefined : split(entrypoint),
    environment: readEnvironment(sut.environment, fill),
    workingDirectory: folder === undefined ? undefined : oneLine(fill(folder)),
    user: user === undefined ? undefined : oneLine(fill(user)),
  };
}

/** What is tested is what was built. */
function assertOwnImage(
  { build, image }: z.output<typeof service>,
  given: { readonly dockerfile: string; readonly variables: Readonly<Record<string, string>> },
): void {
  const { context = ".", dockerfile } =
    typeof build === "string" ? { context: build } : (build ?? {});
  const isHere = /^\.?\/?$/.test(context);
  const isOwn = dockerfile === undefined || dockerfile.replace(/^\.\//, "") === given.dockerfile;
  if (build !== undefined && isHere && isOwn) return;
  if (build !== undefined)
    throw new BuildFailed(
      "sut is built of something else: only the image of the build itself can be tested (build: .)",
    );
  if (image !== undefined && fillIn(image, given.variables) === given.variables.IMAGE_NAME) return;
  throw new BuildFailed(
    "sut is another image: only the image of the build itself can be tested (build: ., or image: $IMAGE_NAME)",
  );
}

function isAny(dependencies: unknown): boolean {
  if (dependencies === undefined || dependencies === null) return false;
  return typeof dependencies !== "object" || Object.keys(dependencies).length > 0;
}

function readEnvironment(
  written: z.output<typeof service>["environment"],
  fill: (text: string) => string,
): Readonly<Record<string, string>> {
  const pairs = Array.isArray(written)
    ? written.map((one) => {
        const [name = "", ...rest] = one.split("=");
        return [name, rest.length === 0 ? `\${${name}:-}` : rest.join("=")] as const;
      })
    : Object.entries(written ?? {}).map(
        ([name, value]) => [name, value ?? `\${${name}:-}`] as const,
      );
  return Object.fromEntries(
    pairs.map(([name, value]) => {
      if (!/^[A-Za-z_]\w*$/.test(name))
        throw new BuildFailed(`${JSON.stringify(name)} of its environment is no name`);
      return [name, oneLine(fill(value))];
    }),
  );
}

/** `$NAME`, `${NAME}` and `${NAME:-default}`, as compose has them; `$$` is a dollar. */
function fillIn(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(
    /\$(?:\$|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::?-([^}]*))?\})/g,
    (_whole, ...groups: readonly (string | undefined)[]) => {
      const [plain, braced, otherwise = ""] = groups;
      const name = plain ?? braced;
      return name === undefined ? "$" : (variables[name] ?? otherwise);
    },
  );
}

function oneLine(text: string): string {
  if (/[\r\n\0]/.test(text)) throw new BuildFailed("values of sut have to stand on one line");
  return text;
}
