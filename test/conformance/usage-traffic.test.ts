import { expect, test } from "vitest";
import { randomImage } from "../harness/artifacts.ts";
import { done, SENTENCE } from "../harness/hub-api.ts";
import { startWithTerminal } from "../harness/hub-terminal.ts";
import type { Image } from "../harness/images.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";

const KIB = 1024;
const HOUR = 3_600_000;
const WAIT = { timeout: 10_000 };
const OLAF = { name: "olaf", password: SENTENCE };
const random = new Randomness();

const COLUMNS =
  "datehour,namespace,repository,user_name,access_token_name,pulls,pulled_bytes,pushes,pushed_bytes";

function sizeOf({ config, layers, manifest }: Image): number {
  return [config, ...layers, manifest].reduce((sum, { bytes }) => sum + bytes.length, 0);
}

test("what was pushed and pulled is told by hour, repository and token, with its bytes", async () => {
  let now = Date.parse("2026-06-01T12:30:00Z");
  await using hub = await startWithTerminal({ clock: () => new Date(now) });
  await hub.addUsers("olaf");
  await hub.addOrganization("acme", { olaf: "owner" });
  await hub.addOrganization("beta");
  const wish = { label: '=cmd|"/c calc"', scopes: ["repo:write"] };
  const { secret } = (await done(hub.as("olaf")("POST /api/v1/account/tokens", wish))).body;
  const ci = { name: "olaf", password: secret };
  await using olaf = new RegistryClient(hub.url, { user: OLAF });
  await using token = new RegistryClient(hub.url, { user: ci });
  const image = randomImage(random, [20 * KIB, 7 * KIB]);
  const bytes = sizeOf(image);
  /** By what they were done with. */
  const lines = async (query = "") => {
    const { body = "" } = await done(hub.root(`GET /api/v1/usage/traffic?format=jsonl${query}`));
    const text: string = typeof body === "string" ? body : JSON.stringify(body);
    const rows = text.split("\n").filter((line) => line !== "");
    return rows.sort().map((line) => JSON.parse(line));
  };

  await token.push("acme/api", "1", image);
  await olaf.assertPullable("acme/api", "1", image);
  await olaf.assertPullable("acme/api", "1", image);
  const layer = image.layers[0]?.digest ?? "";
  const part = await olaf.getBlob("acme/api", layer, { range: "bytes=10-109" });
  expect(part.body).toHaveLength(100);
  await olaf.headBlob("acme/api", layer);
  await olaf.headManifest("acme/api", "1");
  // A mount brings no bytes, and what was refused is not counted.
  await olaf.send("POST", `/v2/acme/web/blobs/uploads/?mount=${layer}&from=acme/api`);
  const none = { pulls: 0, pulled_bytes: 0, pushes: 0, pushed_bytes: 0 };
  const at = { datehour: "2026/06/01/12", namespace: "acme", repository: "acme/api" };
  const own = { ...at, ...none, user_name: "olaf", access_token_name: "password" };
  const rows = [
    { ...own, access_token_name: wish.label, pushes: 1, pushed_bytes: bytes },
    { ...own, pulls: 2, pulled_bytes: 2 * bytes + 100 },
  ];
  await expect.poll(() => lines(), WAIT).toEqual(rows);

  now += HOUR;
  await olaf.push("acme/web", "1", image);
  const next = { ...own, datehour: "2026/06/01/13", repository: "acme/web" };
  const later = "&from=2026-06-01T13:00:00Z&namespace=acme";
  await expect
    .poll(() => lines(later), WAIT)
    .toEqual([{ ...next, pushes: 1, pushed_bytes: bytes }]);
  expect(await lines("&namespace=beta")).toEqual([]);

  // No spreadsheet takes a label for a formula.
  const csv = await hub.typeAs(OLAF, "usage traffic --namespace acme --to 2026-06-01T13:00:00Z");
  expect(csv.split("\n")[0]).toBe(COLUMNS);
  expect(csv).toContain(`olaf,"'=cmd|""/c calc""",0,0,1,${bytes}`);
  expect(await hub.typeAs(OLAF, "usage traffic")).toContain("owners name what is theirs");

  const dayOf = async (scope: string) =>
    (await done(hub.root(`GET /api/v1/usage/days/${scope}?days=2`))).body.items;
  const yesterday = { at: "2026-05-31T00:00:00.000Z", pulls: 0, pulledBytes: 0 };
  const quiet = { ...yesterday, pushes: 0, pushedBytes: 0 };
  const today = { at: "2026-06-01T00:00:00.000Z" };
  expect(await dayOf("repositories/acme/api")).toEqual([
    quiet,
    { ...today, pulls: 2, pulledBytes: 2 * bytes + 100, pushes: 1, pushedBytes: bytes },
  ]);
  for (const scope of ["namespaces/acme", "hub"])
    expect((await dayOf(scope))[1]).toMatchObject({ pulls: 2, pushes: 2 });
  await done(hub.root("DELETE /api/v1/repositories/acme/api"));
  expect((await dayOf("hub"))[1]).toMatchObject({ pulls: 2, pushes: 2 });
});
