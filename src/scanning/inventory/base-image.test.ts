import { expect, test } from "vitest";
import { type BaseImage, chainIdsOf, findBaseImage } from "../index.ts";

const DEBIAN = `sha256:${"1".repeat(64)}`;
const NODE = `sha256:${"2".repeat(64)}`;
const APP = `sha256:${"3".repeat(64)}`;

function imageOf(name: string, ...diffIds: readonly string[]): BaseImage {
  return { name, chainId: chainIdsOf(diffIds).at(-1) ?? "", digest: `digest of ${name}` };
}

const IMAGES = [
  imageOf("debian:12", DEBIAN),
  imageOf("node:24-bookworm", DEBIAN, NODE),
  imageOf("node:24", DEBIAN, NODE),
  imageOf("app:1", DEBIAN, NODE, APP),
  imageOf("other:1", NODE),
];

const known = {
  listByChainIds: async (chainIds: readonly string[]) =>
    IMAGES.filter(({ chainId }) => chainIds.includes(chainId)),
};

test.each([
  [[DEBIAN, NODE, APP], "node:24", 2],
  [[DEBIAN, NODE], "debian:12", 1],
  [[DEBIAN, APP], "debian:12", 1],
])(
  "an image is built on the tallest known stack beneath its own layers",
  async (diffIds, name, layers) => {
    expect(await findBaseImage(diffIds, known)).toMatchObject({ image: { name }, layers });
  },
);

test.each([[[]], [[DEBIAN]], [[APP, DEBIAN]], [[APP, DEBIAN, NODE]]])(
  "layers that lie elsewhere are no base",
  async (diffIds) => {
    expect(await findBaseImage(diffIds, known)).toBeUndefined();
  },
);

test("chain ids are those of the specification", () => {
  // image-spec, config.md: ChainID(L0|L1) = Digest(ChainID(L0) + " " + DiffID(L1)); by `printf | sha256sum`.
  expect(chainIdsOf([DEBIAN, NODE])).toEqual([
    DEBIAN,
    "sha256:9932074217c35353d2e03a3f5a86549f7c67bfeb0ba53e23d69f4d4c8f7958f5",
  ]);
});
