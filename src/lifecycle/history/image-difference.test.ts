import { expect, test } from "vitest";
import type { Digest } from "../../oci/digest.ts";
import { compareImages, type ImageFacts } from "./image-difference.ts";

const digest = (digit: string) => `sha256:${digit.repeat(64)}` as Digest;
const layer = (digit: string) => ({ mediaType: "layer", digest: digest(digit), size: 7 });

function image(over: Partial<ImageFacts["manifest"]>, config?: ImageFacts["config"]): ImageFacts {
  const manifest = {
    mediaType: "image",
    kind: "image",
    layers: [],
    children: [],
    ...over,
  } as const;
  return { digest: digest("0"), manifest, config };
}

test("of two images, what differs is listed by what it is", () => {
  const from = image(
    { layers: [layer("1"), layer("2")], annotations: { a: "1", same: "x" } },
    { os: "linux", config: { Env: ["PATH=/bin", "OLD"], Labels: { v: "1" }, User: "root" } },
  );
  const to = image(
    { layers: [layer("1"), layer("3")], annotations: { a: "2", same: "x" } },
    { os: "linux", config: { Env: ["PATH=/usr/bin=x"], Labels: { v: "2" }, Cmd: ["sh"] } },
  );
  expect(compareImages(from, to)).toMatchObject({
    platforms: [],
    layers: [
      { name: digest("2"), from: "7 bytes" },
      { name: digest("3"), to: "7 bytes" },
    ],
    config: [
      { name: "Cmd", to: '["sh"]' },
      { name: "User", from: "root" },
    ],
    env: [
      { name: "OLD", from: "" },
      { name: "PATH", from: "/bin", to: "/usr/bin=x" },
    ],
    labels: [{ name: "v", from: "1", to: "2" }],
    annotations: [{ name: "a", from: "1", to: "2" }],
  });
});

test("of two indexes, each platform is compared; configurations that are odd say nothing", () => {
  const on = (digit: string, architecture: string) => ({
    ...layer(digit),
    platform: { os: "linux", architecture },
  });
  const from = image({ kind: "index", children: [on("1", "amd64"), on("2", "arm64")] });
  const odd = { config: { Env: "PATH", Labels: [1], User: null } };
  const to = image({ kind: "index", children: [on("1", "amd64"), on("3", "arm64")] }, odd);
  expect(compareImages(from, to)).toMatchObject({
    platforms: [{ name: "linux/arm64", from: digest("2"), to: digest("3") }],
    ...{ layers: [], config: [], env: [], labels: [] },
  });
});
