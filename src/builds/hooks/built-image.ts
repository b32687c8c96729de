import { execFile } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { assertPlain } from "../builder/assert-plain.ts";

const run = promisify(execFile);
const descriptor = z.object({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) });
const manifestSchema = z.object({ config: descriptor, layers: z.array(descriptor) });
const list = z.array(z.string()).nullish();
const configSchema = z.object({
  config: z.object({ Entrypoint: list, Cmd: list }).nullish(),
});

/** What an image runs by itself. */
export async function readCommand(
  folder: string,
): Promise<{ readonly entrypoint: readonly string[]; readonly command: readonly string[] }> {
  const { config } = await readManifest(folder);
  const bytes = await readFile(join(folder, config.digest.slice(7)), "utf8");
  const { Entrypoint, Cmd } = configSchema.parse(JSON.parse(bytes)).config ?? {};
  return { entrypoint: Entrypoint ?? [], command: Cmd ?? [] };
}

/** The files of an image that was made `FROM scratch` by one COPY. Whoever ran in it may have made anything of them. Throws BuildFailed. */
export async function unpackImage(
  folder: string,
  into: string,
  signal: AbortSignal,
): Promise<void> {
  const { layers } = await readManifest(folder);
  const options = { env: { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C" }, signal };
  await mkdir(into, { recursive: true });
  for (const { digest } of layers) {
    const order = ["-x", "--no-same-owner", "--no-same-permissions"];
    const layer = join(folder, digest.slice(7));
    await run("tar", [...order, "-f", layer, "-C", into], options);
  }
  await run("chmod", ["-R", "u+rwX,go+rX", into], options);
  await assertPlain(into);
}

async function readManifest(folder: string): Promise<z.output<typeof manifestSchema>> {
  return manifestSchema.parse(JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")));
}
