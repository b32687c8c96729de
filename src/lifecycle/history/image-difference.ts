import type { Digest } from "../../oci/digest.ts";
import type { Manifest } from "../../oci/manifest.ts";

/** What there is to say of an image or an index. */
export interface ImageFacts {
  readonly digest: Digest;
  readonly manifest: Manifest;
  /** As JSON; undefined where there is none, or it is no object, or too large. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
}

/** Something that one side has in another way, or not at all. */
interface Change {
  readonly name: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

interface ImageDifference {
  readonly from: Digest;
  readonly to: Digest;
  readonly platforms: Change[];
  readonly layers: Change[];
  readonly config: Change[];
  readonly env: Change[];
  readonly labels: Change[];
  readonly annotations: Change[];
}

type Facts = ReadonlyMap<string, string>;

/** What differs, in byte order of names; layers in the order of the image, the digest being their name. */
export function compareImages(from: ImageFacts, to: ImageFacts): ImageDifference {
  const by = (read: (facts: ImageFacts) => Facts) => compare(read(from), read(to));
  return {
    ...{ from: from.digest, to: to.digest },
    platforms: by(platformsOf),
    layers: compare(layersOf(from), layersOf(to), "as they come"),
    config: by(configOf),
    env: by(envOf),
    labels: by(labelsOf),
    annotations: by(({ manifest }) => new Map(Object.entries(manifest.annotations ?? {}))),
  };
}

function compare(from: Facts, to: Facts, order?: "as they come"): Change[] {
  const names = [...new Set([...from.keys(), ...to.keys()])];
  const changes = names
    .filter((name) => from.get(name) !== to.get(name))
    .map((name) => ({ name, from: from.get(name), to: to.get(name) }));
  if (order !== undefined) return changes;
  return changes.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Of an index: what each platform is. */
function platformsOf({ manifest }: ImageFacts): Facts {
  return new Map(
    manifest.children.map(({ digest, platform }, place) => {
      const { os, architecture, variant } = (platform ?? {}) as Record<string, unknown>;
      const words = [os, architecture, variant].filter((word) => typeof word === "string");
      return [words.join("/") || `entry ${place + 1}`, digest];
    }),
  );
}

function layersOf({ manifest }: ImageFacts): Facts {
  return new Map(manifest.layers.map(({ digest, size }) => [digest, `${size} bytes`]));
}

/** How containers are run, and on what; what has a list of its own is left to that. */
function configOf({ manifest, config }: ImageFacts): Facts {
  const { os, architecture, variant, author } = config ?? {};
  const { Env: _env, Labels: _labels, ...running } = runningOf(config);
  const said = { os, architecture, variant, author, ...running };
  const facts: [string, string][] = [
    ["mediaType", manifest.mediaType],
    ["artifactType", manifest.artifactType ?? ""],
  ];
  for (const [name, value] of Object.entries(said))
    if (value !== undefined && value !== null) facts.push([name, textOf(value)]);
  return new Map(facts);
}

function envOf({ config }: ImageFacts): Facts {
  const { Env: lines } = runningOf(config);
  const given = Array.isArray(lines) ? lines.filter((line) => typeof line === "string") : [];
  return new Map(
    given.map((line: string) => {
      const end = line.indexOf("=");
      return end < 0 ? [line, ""] : [line.slice(0, end), line.slice(end + 1)];
    }),
  );
}

function labelsOf({ config }: ImageFacts): Facts {
  const { Labels: labels } = runningOf(config);
  if (!isObject(labels)) return new Map();
  return new Map(Object.entries(labels).map(([name, value]) => [name, textOf(value)]));
}

function runningOf(config: ImageFacts["config"]): Readonly<Record<string, unknown>> {
  return isObject(config?.config) ? config.config : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
