import { expect, inject, test } from "vitest";
import type { Client } from "../harness/client.ts";
import { openDocker } from "../harness/clients.ts";
import { randomContext } from "../harness/images.ts";
import { stageForThisFile } from "./stage.ts";

const stage = stageForThisFile();

test("docker pulls an overwritten tag by what its history names, and the tag itself once it is restored", async () => {
  await using docker = await openDocker(inject("dockerSocket"));
  const image = `${stage.host}/acme/api:1.4`;
  await build(docker, image);
  await docker.run("push", image);
  await build(docker, image);
  await docker.run("push", image);
  const { items } = await ask(`GET /api/v1/tag-history/acme/api?tag=1.4`);
  expect(items).toHaveLength(2);
  const [second, first] = items.map(({ to }) => to);
  expect(await pull(docker, `${image}@${first}`)).toContain(`Digest: ${first}`);
  expect(await pull(docker, image)).toContain(`Digest: ${second}`);
  await ask("POST /api/v1/tag-restorations/acme/api", { tag: "1.4", digest: first });
  expect(await pull(docker, image)).toContain(`Digest: ${first}`);
});

async function pull(docker: Client, image: string): Promise<string> {
  return await docker.run("pull", image);
}

async function build(docker: Client, image: string): Promise<void> {
  await docker.feed(randomContext(), "build", "--quiet", "--tag", image, "-");
}

async function ask(
  line: string,
  body?: object,
): Promise<{ readonly items: readonly { readonly to: string }[] }> {
  const [method = "", path = ""] = line.split(" ");
  const answer = await fetch(stage.hub.url + path, {
    method,
    ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${line} was answered ${answer.status}`);
  return (await answer.json()) as { items: { to: string }[] };
}
