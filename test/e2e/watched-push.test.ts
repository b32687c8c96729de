import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { startChromium, visit } from "../harness/chromium.ts";
import { openDocker } from "../harness/clients.ts";
import { randomContext } from "../harness/images.ts";
import { stageForThisFile } from "./stage.ts";

const stage = stageForThisFile();
let chromium: Awaited<ReturnType<typeof startChromium>>;

beforeAll(async () => {
  chromium = await startChromium();
});
afterAll(() => chromium.close());

test("what docker pushes appears in pages that are open", async () => {
  await using docker = await openDocker(inject("dockerSocket"));
  const build = async (name: string) =>
    await docker.feed(randomContext(), "build", "--quiet", "--tag", `${stage.host}/${name}`, "-");
  await build("tea/kettle:1");
  await build("tea/kettle:2");
  await using visitor = await visit(chromium, stage.hub.url);
  const { page } = visitor;
  await page.goto("/");
  await page.getByRole("heading", { name: "Push your first image" }).waitFor();
  await docker.run("push", `${stage.host}/tea/kettle:1`);
  await page.getByRole("link", { name: "tea/kettle" }).click();
  await page.getByRole("link", { name: "1", exact: true }).waitFor();
  await docker.run("push", `${stage.host}/tea/kettle:2`);
  await page.getByRole("link", { name: "2", exact: true }).waitFor();
  expect(visitor.failures).toEqual([]);
});
