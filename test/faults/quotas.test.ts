import { join } from "node:path";
import { expect, test } from "vitest";
import { callerOf, done, ROOT } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { digestOf } from "../harness/images.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";
import { findDamage, listMiscounts } from "./store-check.ts";

const KIB = 1024;
const SIZE = 6000 * KIB;
const ROOM = 10_000 * KIB;
const random = new Randomness();

const ACCOUNTS = { BERTH_ACCESS_MODE: "accounts", BERTH_ADMIN_PASSWORD: ROOT.password };

/** Where an upload is cut off, and whether it is a blob by then. */
const CUTS = [
  { point: "upload.append:kill@2", isStored: false },
  { point: "blob.before-row:kill", isStored: false },
  { point: "blob.before-answer:kill", isStored: true },
] as const;

test.each(CUTS)(
  "after a kill at $point what counts is what is stored",
  async ({ point, isStored }) => {
    await using home = await makeTempDirectory("quotas");
    const dataDirectory = join(home.path, "data");
    const [first, second] = [random.bytes(SIZE), random.bytes(SIZE)];
    {
      const env = { ...ACCOUNTS, BERTH_FAIL_POINTS: point };
      await using hub = await HubProcess.start({ dataDirectory, env });
      const root = callerOf(hub.url, ROOT);
      await done(root("POST /api/v1/organizations", { name: "acme" }));
      await done(root("PATCH /api/v1/quotas/namespaces/acme", { bytes: ROOM }));
      await using client = new RegistryClient(hub.url, { user: ROOT });
      const location = await client.startUpload("acme/api");
      const cut = client.finishUpload(location, digestOf(first), { body: first });
      await expect(cut).rejects.toThrow();
      expect(await hub.endsWithin(10_000)).toBe(true);
    }
    await using hub = await HubProcess.start({ dataDirectory, env: ACCOUNTS });
    await using client = new RegistryClient(hub.url, { user: ROOT });
    const quota = async () =>
      (await done(callerOf(hub.url, ROOT)("GET /api/v1/quotas/namespaces/acme"))).body.bytes;
    expect(await quota()).toMatchObject({ used: isStored ? SIZE : 0, arriving: 0 });
    expect(listMiscounts(dataDirectory)).toEqual([]);
    // There is room for one more of this size exactly when the first is not stored.
    const next = await client.finishUpload(await client.startUpload("acme/api"), digestOf(second), {
      body: second,
    });
    expect(next.status).toBe(isStored ? 403 : 201);
    expect(await quota()).toMatchObject({ used: SIZE, arriving: 0 });
    await hub.stop();
    expect(await findDamage(dataDirectory)).toEqual([]);
  },
);
