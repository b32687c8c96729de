import { expect, test } from "vitest";
import { listTagged } from "../publication.ts";
import { joinTags } from "./join-tags.ts";

const image = (name: string, ...tags: string[]) => ({ name, tags });

test("a tag holds its entry for each architecture, a shared tag all entries that share it", () => {
  const joined = joinTags([
    image("linux amd64", "1.2-debian", "debian", "1.2", "latest"),
    image("linux arm64v8", "1.2-debian", "debian", "1.2", "latest"),
    image("other riscv64", "1.2-other", "1.2", "latest"),
  ]);
  expect(joined.map(({ tags, images }) => [tags, images.map(({ name }) => name)])).toEqual([
    [
      ["1.2-debian", "debian"],
      ["linux amd64", "linux arm64v8"],
    ],
    [
      ["1.2", "latest"],
      ["linux amd64", "linux arm64v8", "other riscv64"],
    ],
    [["1.2-other"], ["other riscv64"]],
  ]);
});

test("a tag that stands in Tags twice holds an image once", () => {
  expect(joinTags([image("one", "1", "1")])).toEqual([
    { tags: ["1"], images: [image("one", "1", "1")] },
  ]);
});

test("tags of an index are not published for one of its images as well", () => {
  const [amd64, other] = ["1", "2"].map((digit) => `sha256:${digit.repeat(64)}`);
  const whole = `sha256:${"3".repeat(64)}`;
  const staged = (digest: string, architecture: string, tags: string[]) => ({
    ...{ digest, architecture, tags, bytes: 1 },
  });
  const found = listTagged({
    images: [
      staged(amd64 ?? "", "amd64", ["1-debian", "1"]),
      staged(other ?? "", "arm64v8", ["1-other", "1"]),
    ],
    indexes: [{ tags: ["1"], digest: whole, images: [amd64 ?? "", other ?? ""] }],
  });
  expect(found).toEqual([
    { digest: amd64, tags: ["1-debian"] },
    { digest: other, tags: ["1-other"] },
    { digest: whole, tags: ["1"] },
  ]);
});
