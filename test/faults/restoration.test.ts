import { join } from "node:path";
import { expect, test } from "vitest";
import { randomImage } from "../harness/artifacts.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { buildIndex } from "../harness/images.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";
import { findDamage } from "./store-check.ts";

const random = new Randomness();

test.each(["restore.between-manifests:kill@2", "manifest.before-commit:kill@3"])(
  "a restoration that is cut off at %s shows no half image, and is done by asking again",
  async (cut) => {
    await using home = await makeTempDirectory("restoration");
    const dataDirectory = join(home.path, "data");
    const index = buildIndex([randomImage(random), randomImage(random)]);
    {
      await using hub = await HubProcess.start({ dataDirectory });
      await using client = new RegistryClient(hub.url);
      await client.push("acme/api", "v1", index);
      const gone = [index.manifest, ...index.images.map(({ manifest }) => manifest)];
      for (const { digest } of gone) await client.delete(`/v2/acme/api/manifests/${digest}`);
    }
    {
      const env = { BERTH_FAIL_POINTS: cut };
      await using hub = await HubProcess.start({ dataDirectory, env });
      await expect(restore(hub.url, index.manifest.digest)).rejects.toThrow();
      expect(await hub.endsWithin(10_000)).toBe(true);
    }
    await using hub = await HubProcess.start({ dataDirectory });
    await using client = new RegistryClient(hub.url);
    expect((await client.getManifest("acme/api", "v1")).status).toBe(404);
    expect((await restore(hub.url, index.manifest.digest)).status).toBe(200);
    await client.assertPullable("acme/api", "v1", index);
    await hub.stop();
    expect(await findDamage(dataDirectory)).toEqual([]);
  },
);

async function restore(url: string, digest: string): Promise<Response> {
  return await fetch(`${url}/api/v1/trash/manifests/acme/api`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ digest }),
  });
}
