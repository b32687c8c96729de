import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { imageScans } from "../../src/contract/scans.ts";
import { callerOf, done, ROOT } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { buildImage } from "../harness/images.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { writeTar } from "../harness/tar.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const ENV = {
  BERTH_ACCESS_MODE: "accounts",
  BERTH_ADMIN_PASSWORD: ROOT.password,
  BERTH_SCANNING_ENABLED: "true",
};
const WAIT = { timeout: 30_000, interval: 100 };
const STATUS = "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2-1\n";

async function statesOf(url: string, name: string) {
  const { body } = await done(callerOf(url, ROOT)(`GET /api/v1/scans/${name}?reference=1`));
  return imageScans.parse(body).scans.map(({ state, report }) => [state, report?.packages]);
}

test("a hub that is killed in the middle of a scan scans the image after its start, and forgets it with the image", async () => {
  await using home = await makeTempDirectory("scans");
  const dataDirectory = `${home.path}/data`;
  const name = "acme/app";
  const file = { name: "var/lib/dpkg/status", content: Buffer.from(STATUS), mode: 0o644 };
  const image = buildImage({ layers: [writeTar([file])] });
  {
    const env = { ...ENV, BERTH_FAIL_POINTS: "scan.before-commit:kill" };
    await using hub = await HubProcess.start({ dataDirectory, env });
    await using client = new RegistryClient(hub.url, { user: ROOT });
    await client.push(name, "1", image);
    expect(await hub.endsWithin(20_000)).toBe(true);
    await hub.stop("SIGKILL");
  }
  {
    // Whoever had it is known to be gone: nobody else has this data directory.
    await using hub = await HubProcess.start({ dataDirectory, env: ENV });
    await expect.poll(() => statesOf(hub.url, name), WAIT).toEqual([["done", 1]]);
    await using client = new RegistryClient(hub.url, { user: ROOT });
    const { status } = await client.send(
      "DELETE",
      `/v2/${name}/manifests/${image.manifest.digest}`,
    );
    expect(status).toBe(202);
    await hub.stop();
  }
  await using hub = await HubProcess.start({ dataDirectory, env: ENV });
  using database = new DatabaseSync(`${hub.dataDirectory}/berth.db`, { readOnly: true });
  const count = database.prepare("select count(*) as scans from scans");
  await expect.poll(() => count.get(), WAIT).toEqual({ scans: 0 });
}, 120_000);
