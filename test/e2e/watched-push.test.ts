import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { overflowOf, startChromium, visit } from "../harness/chromium.ts";
import { openDocker } from "../harness/clients.ts";
import { randomContext } from "../harness/images.ts";
import { LOOKS } from "../harness/looks.ts";
import { stageForThisFile } from "./stage.ts";

const stage = stageForThisFile();
let chromium: Awaited<ReturnType<typeof startChromium>>;
let kettles = 0;

beforeAll(async () => {
  chromium = await startChromium();
});
afterAll(() => chromium.close());

test.for(LOOKS)(
  "what docker pushes appears in pages that are open, at $width pixels, $colors, in $language",
  async (look) => {
    await using docker = await openDocker(inject("dockerSocket"));
    kettles += 1;
    const name = `tea/kettle${kettles}`;
    for (const tag of ["1", "2"]) {
      const image = `${stage.host}/${name}:${tag}`;
      await docker.feed(randomContext(), "build", "--quiet", "--tag", image, "-");
    }
    await using visitor = await visit(chromium, stage.hub.url, look);
    const { page } = visitor;
    await page.goto("/");
    // The first look is at a hub that is empty.
    await page.getByRole("heading").first().waitFor();
    await docker.run("push", `${stage.host}/${name}:1`);
    await page.getByRole("link", { name, exact: true }).press("Enter");
    await page.getByRole("link", { name: "1", exact: true }).waitFor();
    await docker.run("push", `${stage.host}/${name}:2`);
    await page.getByRole("link", { name: "2", exact: true }).waitFor();
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    expect(await page.getAttribute("html", "lang")).toBe(look.language);
    expect(visitor.failures).toEqual([]);
  },
);
