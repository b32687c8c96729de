import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ARM64,
  buildImage,
  descriptor,
  digestOf,
  json,
  OCI_INDEX,
  OCI_MANIFEST,
} from "../../../../test/harness/images.ts";
import { makeTempDirectory } from "../../../../test/harness/temp-directory.ts";
import { importLayout } from "./import-layout.ts";
import {
  bytesOf,
  type Committed,
  commitTree,
  indexOf,
  layoutOf,
  pathOf,
  type Tree,
} from "./layout.fixture.ts";
import { LayoutRefused } from "./layout-refused.ts";

const { signal } = new AbortController();

const stack = new AsyncDisposableStack();
let home: string;
let hostile: Promise<Committed> | undefined;
const image = buildImage();

beforeAll(async () => {
  home = stack.use(await makeTempDirectory("layout")).path;
});

afterAll(() => stack.disposeAsync());

/** With another manifest in place of its own. */
function withManifest(change: (manifest: Record<string, unknown>) => unknown): Tree {
  const before = JSON.parse(image.manifest.bytes.toString("utf8"));
  return layoutOf({ ...image, manifest: json(OCI_MANIFEST, change(before)) });
}

async function commit(tree: Tree): Promise<Committed> {
  return await commitTree(home, tree);
}

async function importFrom(
  { repository, gitCommit }: Committed,
  {
    file = "index.json",
    directory = "oci",
    limitBytes = 1e6,
    platform = "linux/amd64",
  }: { file?: string; directory?: string; limitBytes?: number; platform?: string } = {},
) {
  const into = await makeTempFolder();
  const wish = { platform, limitBytes, into, signal };
  return await importLayout(repository, { gitCommit, directory, file }, wish);
}

async function importTree(tree: Tree, wish?: Parameters<typeof importFrom>[1]) {
  return await importFrom(await commit(tree), wish);
}

async function makeTempFolder(): Promise<string> {
  return await mkdtemp(join(home, "into-"));
}

async function refusalOf(...wish: Parameters<typeof importFrom>): Promise<string> {
  const refused: unknown = await importFrom(...wish).catch((cause: unknown) => cause);
  if (!(refused instanceof LayoutRefused))
    throw new Error("it was not refused", { cause: refused });
  return `${refused.fault}: ${refused.message.replace("the OCI layout is not imported: ", "")}`;
}

test("the image of a layout is taken byte for byte, as a builder would have left it", async () => {
  const { digest, folder } = await importTree(layoutOf(image));
  expect(digest).toBe(image.manifest.digest);
  expect(await readFile(join(folder, "manifest.json"))).toEqual(image.manifest.bytes);
  const blobs = [image.config, ...image.layers];
  const names = blobs.map((blob) => blob.digest.slice("sha256:".length));
  expect(new Set(await readdir(folder))).toEqual(new Set(["manifest.json", "version", ...names]));
  for (const [at, blob] of blobs.entries())
    expect(await readFile(join(folder, names[at] ?? ""))).toEqual(blob.bytes);
});

test("blobs that are links within the layout are what they lead to, as in Debian's", async () => {
  const [layer] = image.layers;
  if (layer === undefined) throw new Error("the image has no layer");
  const tree = layoutOf(image, {
    [pathOf(layer)]: "../rootfs.tar.gz",
    "oci/blobs/rootfs.tar.gz": layer.bytes,
    linked: "oci",
  });
  expect(await importTree(tree, { directory: "linked" })).toMatchObject({
    digest: image.manifest.digest,
  });
});

test("a File of another name is the descriptor itself", async () => {
  const tree = layoutOf(image, { "oci/one.json": bytesOf(descriptor(image.manifest)) });
  expect(await importTree(tree, { file: "one.json" })).toMatchObject({
    digest: image.manifest.digest,
  });
  expect(await refusalOf(await commit(tree), { file: "oci-layout" })).toMatch(
    /^unreadable: .*digest is missing/,
  );
});

const [first = image.config] = image.layers;
const pointer = Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
const changed = Buffer.from(first.bytes);
changed.writeUInt8(changed.readUInt8(changed.length - 9) ^ 1, changed.length - 9);
const arm = buildImage({ platform: ARM64 });
const odd = json("application/vnd.oci.image.config.v1+json", {
  ...{ os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: [] } },
});

interface Hostile {
  readonly tree: Tree;
  readonly refusal: RegExp;
  readonly wish?: Parameters<typeof importFrom>[1];
}

const HOSTILE: Readonly<Record<string, Hostile>> = {
  "content that is not what its digest says": {
    tree: layoutOf(image, { [pathOf(first)]: changed }),
    refusal: /^digest: the content of blobs\/sha256\/\w+ is not what its digest says$/,
  },
  "a blob of another size": {
    tree: layoutOf(image, { [pathOf(first)]: Buffer.from("short") }),
    refusal: /^size: blobs\/\S+ has 5 bytes, and its descriptor says \d+$/,
  },
  "a blob that is missing": {
    tree: Object.fromEntries(
      Object.entries(layoutOf(image)).filter(([path]) => path !== pathOf(first)),
    ),
    refusal: /^missing: it has no blobs\/sha256\/\w+$/,
  },
  "a blob that Git LFS keeps elsewhere": {
    tree: layoutOf(image, { [pathOf(first)]: pointer }),
    refusal: /^pointer: .*commit the blob itself$/,
  },
  "a blob that is a link out of the repository": {
    tree: layoutOf(image, { [pathOf(first)]: "/etc/passwd" }),
    refusal: /^outside: blobs\/sha256\/\w+ leads out of it$/,
  },
  "a blob that is a link out of the layout, to the right bytes": {
    tree: layoutOf(image, { [pathOf(first)]: "../../../secret", secret: first.bytes }),
    refusal: /^outside: /,
  },
  "blobs that are a link to a folder elsewhere": {
    tree: {
      "other/oci-layout": bytesOf({ imageLayoutVersion: "1.0.0" }),
      "other/index.json": indexOf(descriptor(image.manifest)),
      "other/blobs": "../oci/blobs",
      ...layoutOf(image),
    },
    refusal: /^outside: /,
    wish: { directory: "other" },
  },
  "a blob that is a link to itself": {
    tree: layoutOf(image, { [pathOf(first)]: first.digest.slice("sha256:".length) }),
    refusal: /^missing: /,
  },
  "a blob that is a link into more folders than anybody has": {
    tree: layoutOf(image, {
      [pathOf(first)]: `../../${"deep/".repeat(100)}blob`,
      [`${"deep/".repeat(100)}blob`]: first.bytes,
    }),
    refusal: /^missing: /,
  },
  "a blob that is a folder": {
    tree: {
      ...Object.fromEntries(
        Object.entries(layoutOf(image)).filter(([path]) => path !== pathOf(first)),
      ),
      [`${pathOf(first)}/x`]: first.bytes,
    },
    refusal: /^missing: its blobs\/sha256\/\w+ is no file$/,
  },
  "a File that climbs": {
    tree: layoutOf(image, { "x.json": bytesOf(descriptor(image.manifest)) }),
    refusal: /^outside: \.\.\/x\.json/,
    wish: { file: "../x.json" },
  },
  "a Directory that climbs": {
    tree: layoutOf(image),
    refusal: /^missing: .*\/\.\.\/\.\. is no folder/,
    wish: { directory: "../.." },
  },
  "two manifests": {
    tree: layoutOf(image, {
      "oci/index.json": indexOf(descriptor(image.manifest), descriptor(arm.manifest)),
    }),
    refusal: /^manifests: its index\.json names 2 manifests, and exactly one is imported$/,
  },
  "no manifest": {
    tree: layoutOf(image, { "oci/index.json": indexOf() }),
    refusal: /^manifests: .*names 0/,
  },
  "an index that is too large": {
    tree: layoutOf(image, { "oci/index.json": Buffer.alloc(5 * 1024 * 1024, " ") }),
    refusal: /^too large: index\.json has 5242880 bytes, and no more than 4194304 are read$/,
  },
  "a manifest that is too large": {
    tree: layoutOf(image, {
      "oci/index.json": indexOf({ ...descriptor(image.manifest), size: 5_000_000 }),
    }),
    refusal: /^too large: sha256:\w+ has 5000000 bytes/,
  },
  "blobs that are too large together": {
    tree: layoutOf(image),
    refusal: /^too large: its blobs have more than 0 MiB \(builds\.disk\)$/,
    wish: { limitBytes: 1000 },
  },
  "an image for another architecture": {
    tree: layoutOf(arm),
    refusal: /^platform: its configuration is for linux\/arm64, and the entry for linux\/amd64$/,
  },
  "an index that calls it an image for another architecture": {
    tree: layoutOf(image, {
      "oci/index.json": indexOf({ ...descriptor(image.manifest), platform: ARM64 }),
    }),
    refusal: /^platform: index\.json is for linux\/arm64/,
  },
  "an index within the index": {
    tree: layoutOf(image, {
      "oci/index.json": indexOf({ ...descriptor(image.manifest), mediaType: OCI_INDEX }),
    }),
    refusal:
      /^type: index\.json is of the type application\/vnd\.oci\.image\.index\.v1\+json, and not /,
  },
  "another version of layouts": {
    tree: layoutOf(image, { "oci/oci-layout": bytesOf({ imageLayoutVersion: "2.0.0" }) }),
    refusal: /^version: its oci-layout says "2\.0\.0"/,
  },
  "an oci-layout that says nothing": {
    tree: layoutOf(image, { "oci/oci-layout": Buffer.from("null") }),
    refusal: /^version: its oci-layout says nothing/,
  },
  "an index that is no JSON": {
    tree: layoutOf(image, { "oci/index.json": Buffer.from("{") }),
    refusal: /^unreadable: index\.json: /,
  },
  "a digest that is none": {
    tree: layoutOf(image, {
      "oci/index.json": indexOf({ ...descriptor(image.manifest), digest: "sha256:../../../etc" }),
    }),
    refusal: /^unreadable: .*is not a sha256 or sha512 digest/,
  },
  "blobs that are named by another algorithm": {
    tree: layoutOf(image, {
      "oci/index.json": indexOf({
        ...descriptor(image.manifest),
        digest: digestOf(image.manifest.bytes, "sha512"),
      }),
    }),
    refusal: /^digest: .*is no sha256 digest/,
  },
  "layers that lie elsewhere": {
    tree: withManifest((manifest) => ({
      ...manifest,
      layers: [{ ...descriptor(first), urls: ["https://example.com/layer"] }],
    })),
    refusal: /^type: the manifest's layers\[0\] names urls/,
  },
  "an artifact": {
    tree: withManifest((manifest) => ({ ...manifest, artifactType: "application/vnd.example" })),
    refusal: /^type: .*artifact/,
  },
  "what is attached to another image": {
    tree: withManifest((manifest) => ({ ...manifest, subject: descriptor(arm.manifest) })),
    refusal: /^type: .*artifact/,
  },
  "a manifest that does not say what it is": {
    tree: withManifest(({ mediaType: _, ...manifest }) => manifest),
    refusal: /^type: its manifest does not say its mediaType$/,
  },
  "more layers than run": {
    tree: withManifest((manifest) => ({
      ...manifest,
      layers: Array.from({ length: 128 }, () => descriptor(first)),
    })),
    refusal: /^too large: it has 128 layers/,
  },
  "a configuration of other layers": {
    tree: {
      ...withManifest((manifest) => ({ ...manifest, config: descriptor(odd) })),
      [pathOf(odd)]: odd.bytes,
    },
    refusal: /^layers: its configuration names 0 layers, and its manifest 2$/,
  },
};

test.each(Object.entries(HOSTILE))("refuses %s", async (name, { refusal, wish = {} }) => {
  // All of them are one commit: most of the time would go into making so many.
  hostile ??= commit(
    Object.fromEntries(
      Object.entries(HOSTILE).flatMap(([one, { tree }]) =>
        Object.entries(tree).map(([path, content]) => [`${one}/${path}`, content]),
      ),
    ),
  );
  const directory = `${name}/${wish.directory ?? "oci"}`;
  expect(await refusalOf(await hostile, { ...wish, directory })).toMatch(refusal);
});

test("a variant need not be said, and is no other than the entry's", async () => {
  const imageFor = (platform: object) => buildImage({ platform: { ...ARM64, ...platform } });
  const arm7 = imageFor({ architecture: "arm", variant: "v7" });
  for (const [one, platform] of [
    [arm, "linux/arm64"],
    [imageFor({ variant: "v8" }), "linux/arm64"],
    [arm7, "linux/arm/v7"],
    [imageFor({ architecture: "arm" }), "linux/arm/v5"],
  ] as const)
    expect(await importTree(layoutOf(one), { platform })).toMatchObject({
      digest: one.manifest.digest,
    });
  expect(await refusalOf(await commit(layoutOf(arm7)), { platform: "linux/arm/v5" })).toMatch(
    /^platform: .* for linux\/arm\/v7, and the entry for linux\/arm\/v5$/,
  );
  const newer = imageFor({ architecture: "amd64", variant: "v3" });
  expect(await refusalOf(await commit(layoutOf(newer)))).toMatch(/^platform: /);
});

test("what was begun ends with whoever wants it", async () => {
  const { repository, gitCommit } = await commit(layoutOf(image));
  const into = await makeTempFolder();
  const wish = { platform: "linux/amd64", limitBytes: 1e6, into, signal: AbortSignal.abort() };
  const source = { gitCommit, directory: "oci", file: "index.json" };
  await expect(importLayout(repository, source, wish)).rejects.toThrow(/abort/i);
});
