import { isBaseFor } from "../base-for.ts";
import type { BuildBase, BuildJob } from "../builder.ts";
import { printWatch } from "./watch-script.ts";

interface ScriptOrder {
  readonly job: BuildJob;
  /** Below the sandbox's root. */
  readonly context: string;
  readonly dockerfile: string;
  readonly ignoreFile: string | undefined;
  readonly runtime: string;
}

const IMAGE = "localhost/berth-build";
/** Images come from files that the hub has put there, and from what this store holds: never from a network. */
export const PULL_POLICY = policyOf(["dir", "containers-storage"]);
export const BUILD_POLICY = policyOf(["containers-storage"]);

function policyOf(transports: readonly string[]): string {
  const accepted = { "": [{ type: "insecureAcceptAnything" }] };
  return JSON.stringify({
    default: [{ type: "reject" }],
    transports: Object.fromEntries(transports.map((one) => [one, accepted])),
  });
}

/** What runs in the sandbox: it leaves the image of each platform in `/image/INDEX`. */
export function printBuildScript(order: ScriptOrder): string {
  const { job } = order;
  const platforms = job.platforms.length === 0 ? [undefined] : job.platforms;
  return [
    "set -eu",
    "mkdir -p /store/tmp",
    // Whatever a build before left that was killed; the caches of RUN --mount=type=cache stay.
    "find /store/tmp -mindepth 1 -maxdepth 1 ! -name 'buildah-cache*' -exec rm -rf {} +",
    'b() { buildah --root "/store/$layers" --runroot "/run/$layers" "$@"; }',
    "if [ -e /store/busy ]; then",
    "  cd /store; for layers in layers*; do if [ -d $layers ]; then b rm --all >/dev/null; fi; done; cd /",
    "fi",
    ": >/store/busy",
    ...(job.watch === undefined ? [] : [printWatch(job.watch)]),
    ...platforms.flatMap((platform, index) => printPlatform(order, platform, index)),
    "rm /store/busy",
  ].join("\n");
}

function printPlatform(order: ScriptOrder, platform: string | undefined, index: number): string[] {
  const { job } = order;
  const image = quote(`${IMAGE}:${index}`);
  const bases = job.bases.flatMap((base, at) =>
    isBaseFor(platform, base, job.bases) ? printBase(base, at) : [],
  );
  const options = [
    ...["--isolation", "oci", "--runtime", order.runtime, "--network", "host", "--pull-never"],
    ...["--format", "docker", "--signature-policy", "/in/build-policy.json"],
    job.cache === undefined ? "--no-cache" : "--layers",
    ...(platform === undefined ? [] : ["--platform", platform]),
    ...(job.target === undefined ? [] : ["--target", job.target]),
    ...(order.ignoreFile === undefined ? [] : ["--ignorefile", order.ignoreFile]),
    ...Object.entries(job.args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
    ...job.secrets.flatMap(({ id }, at) => ["--secret", `id=${id},src=/secrets/${at}`]),
    ...["--file", order.dockerfile],
  ];
  // Its cache takes a layer upon nothing for that of any platform.
  const layers = platform === undefined ? "layers" : `layers-${platform.replaceAll("/", "-")}`;
  return [
    `layers=${quote(layers)}; mkdir -p "/store/$layers"`,
    ...bases,
    `code=0; b bud ${options.map(quote).join(" ")} --tag ${image} ${quote(order.context)} || code=$?`,
    ...(job.watch === undefined ? [] : [": >/run/built; wait $watcher || :"]),
    "if [ $code != 0 ]; then rm -f /store/busy; exit $code; fi",
    `b push --quiet --disable-compression --signature-policy /in/build-policy.json ${image} dir:/image/${index}`,
  ];
}

/** A base that an earlier build used is there already. */
function printBase(
  { reference, localName = reference, digest, platform }: BuildBase,
  index: number,
): string[] {
  const kept = quote(`localhost/berth-base:${`${digest}-${platform}`.replaceAll(/[:/]/g, "-")}`);
  const pull = `b pull --quiet --signature-policy /in/pull-policy.json dir:/bases/${index}`;
  return [
    `b inspect --type image ${kept} >/dev/null 2>&1 || b tag "$(${pull})" ${kept}`,
    `b tag ${kept} ${quote(localName)}`,
  ];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
