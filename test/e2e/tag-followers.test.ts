import { expect, inject, test } from "vitest";
import { openDocker } from "../harness/clients.ts";
import { randomContext } from "../harness/images.ts";
import { stageForThisFile } from "./stage.ts";

const stage = stageForThisFile();

test("two pushes of parts by docker make a tag for both platforms, and its aliases", async () => {
  await using docker = await openDocker(inject("dockerSocket"));
  const image = `${stage.host}/acme/parts`;
  const pushPart = async (tag: string, architecture: string) => {
    const name = `${image}:${tag}`;
    const platform = ["--platform", `linux/${architecture}`];
    await docker.feed(randomContext(), "build", "--quiet", ...platform, "--tag", name, "-");
    await docker.run("push", name);
  };
  await pushPart("seed", "amd64");
  await set({
    assembled: { suffixes: ["amd64", "arm64"] },
    aliases: { minor: true, major: true, latest: true },
  });
  await pushPart("1.4.2-amd64", "amd64");
  expect(await docker.refused("pull", "--platform", "linux/amd64", `${image}:1.4.2`)).toContain(
    "not found",
  );
  await pushPart("1.4.2-arm64", "arm64");

  for (const architecture of ["arm64", "amd64"]) {
    for (const tag of ["1.4.2", "1.4", "latest"]) {
      const name = `${image}:${tag}`;
      await docker.run("pull", "--platform", `linux/${architecture}`, name);
      const format = "{{.Os}}/{{.Architecture}}";
      expect(await docker.run("image", "inspect", "--format", format, name)).toBe(
        `linux/${architecture}`,
      );
    }
  }
});

async function set(body: object): Promise<void> {
  const answer = await fetch(`${stage.hub.url}/api/v1/tag-rules/acme/parts`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
}
