import { expect, test, vi } from "vitest";
import { done, SENTENCE } from "../harness/hub-api.ts";
import { startWithTerminal } from "../harness/hub-terminal.ts";
import { AMD64, ARM64, buildImage, buildIndex } from "../harness/images.ts";
import { RegistryClient } from "../harness/registry-client.ts";

const OLAF = { name: "olaf", password: SENTENCE };
const ARM = { os: "linux", architecture: "arm", variant: "v7" };

test("repositories are found by what they run on, how they are labelled and what they are filed under", async () => {
  await using hub = await startWithTerminal();
  await hub.addUsers("olaf", "eve");
  await hub.addOrganization("acme", { olaf: "owner" });
  await using client = new RegistryClient(hub.url, { user: OLAF });
  const labels = { "org.opencontainers.image.vendor": "Tea  Makers", secret: "100%_of it" };
  await client.push("acme/kettle", "1", buildImage({ labels }));
  const [amd64, arm64, arm] = [AMD64, ARM64, ARM].map((platform) => buildImage({ platform }));
  if (amd64 === undefined || arm64 === undefined || arm === undefined) throw new Error("no images");
  for (const one of [amd64, arm64, arm]) await client.push("acme/pot", one.manifest.digest, one);
  await client.push("acme/pot", "1", buildIndex([amd64, arm64, arm]));
  const olaf = hub.as("olaf");
  const find = async (query: string, as = olaf) =>
    (await done(as(`GET /api/v1/catalog/repositories?order=name&${query}`))).body.items.map(
      ({ name }: { name: string }) => name,
    );
  const pot = (await done(olaf("GET /api/v1/catalog/repositories/acme/pot"))).body;
  expect(pot).toMatchObject({ isSigned: false, isVerified: false });
  const verified = async () =>
    (await done(olaf("GET /api/v1/catalog/repositories"))).body.items
      .filter((one: { isVerified: boolean }) => one.isVerified)
      .map(({ name }: { name: string }) => name)
      .sort();
  expect(await verified()).toEqual([]);
  await done(hub.root("PUT /api/v1/official/publishers/acme"));
  expect(await verified()).toEqual(["acme/kettle", "acme/pot"]);
  await done(hub.root("DELETE /api/v1/official/publishers/acme"));
  expect(await verified()).toEqual([]);
  await vi.waitFor(
    async () => expect(await find("architecture=arm/v7")).toEqual(["acme/pot"]),
    10_000,
  );
  expect(await find("architecture=arm64")).toEqual(["acme/pot"]);
  expect(await find("architecture=amd64")).toEqual(["acme/kettle", "acme/pot"]);
  expect(await find("architecture=arm")).toEqual([]);
  const vendor = "label=org.opencontainers.image.vendor=Tea%20Makers";
  expect(await find(vendor)).toEqual(["acme/kettle"]);
  // Nothing that SQL or a reader would take for a pattern.
  for (const [words, found] of [
    ["tea+makers", ["acme/kettle"]],
    ["100%25_of", ["acme/kettle"]],
    ["100%25_xf", []],
    ["architecture:arm64", ["acme/pot"]],
  ] as const)
    expect(await find(`q=${words}`)).toEqual(found);
  expect(await find("q=tea", hub.as("eve"))).toEqual([]);

  const typed = await hub.typeAs(
    OLAF,
    "repo categories set acme/kettle web-servers security web-servers",
  );
  expect(typed).toBe("acme/kettle is filed under web-servers, security");
  expect(await find("category=security")).toEqual(["acme/kettle"]);
  expect(await find("q=web-servers+kettle")).toEqual(["acme/kettle"]);
  const shown = await done(olaf("GET /v2/repositories/acme/kettle/"));
  expect(shown.body.categories).toEqual([
    { name: "Web servers", slug: "web-servers" },
    { name: "Security", slug: "security" },
  ]);
  const path = "PUT /api/v1/repository-categories/acme/kettle";
  for (const categories of [["teapots"], ["security", "networking", "web-servers", "data-science"]])
    expect((await olaf(path, { categories })).status).toBe(400);
  // What is pushed later takes nothing of what people said.
  await client.push("acme/kettle", "2", buildImage({ platform: ARM64, labels: { later: "yes" } }));
  await vi.waitFor(
    async () => expect(await find("label=later=yes")).toEqual(["acme/kettle"]),
    10_000,
  );
  expect(await find("category=web-servers")).toEqual(["acme/kettle"]);
  expect(await find(vendor)).toEqual([]);
});

test("what happened to the tags of a repository is told in order, and to nobody who may not pull", async () => {
  await using hub = await startWithTerminal();
  await hub.addUsers("olaf", "eve");
  await hub.addOrganization("acme", { olaf: "owner" });
  const olaf = hub.as("olaf");
  await using client = new RegistryClient(hub.url, { user: OLAF });
  const [one, two] = [buildImage(), buildImage()];
  await client.push("acme/kettle", "1", one);
  await client.push("acme/kettle", "2", two);
  await client.push("acme/kettle", "1", two);
  await client.send("DELETE", "/v2/acme/kettle/manifests/2");
  const path = "GET /api/v1/catalog/activity/acme/kettle";
  const first = (await done(olaf(`${path}?limit=3`))).body;
  const rest = (await done(olaf(`${path}?limit=3&last=${first.next}`))).body;
  const [a, b] = [one.manifest.digest, two.manifest.digest];
  expect(first.items).toMatchObject([
    { tag: "2", from: b, by: "olaf", cause: "delete" },
    { tag: "1", from: a, to: b, by: "olaf" },
    { tag: "2", to: b },
  ]);
  expect(rest).toMatchObject({ items: [{ tag: "1", to: a }] });
  expect(rest.next).toBeUndefined();
  expect((await hub.as("eve")(path)).status).toBe(404);
});
