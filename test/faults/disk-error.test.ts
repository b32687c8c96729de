import { expect, test } from "vitest";
import { randomImage } from "../harness/artifacts.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { digestOf } from "../harness/images.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { Service } from "../harness/service.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";
import { findDamage } from "./store-check.ts";

test("a disk that cannot keep what it is given gets nothing acknowledged, until the hub is started anew", async () => {
  const random = new Randomness();
  await using home = await makeTempDirectory("disk-error");
  const dataDirectory = `${home.path}/data`;
  const before = randomImage(random);
  const after = randomImage(random);
  {
    await using hub = await HubProcess.start({ dataDirectory });
    await using client = new RegistryClient(hub.url);
    await client.push("sick/app", "before", before);
    for (const { bytes } of [after.config, ...after.layers])
      await client.pushBlob("sick/app", bytes);

    const sickness = await failSyncs(hub.pid);
    const location = await client.startUpload("sick/app");
    const layer = random.bytes(5000);
    const blob = await client.finishUpload(location, digestOf(layer), { body: layer });
    expect(blob.status).toBe(500);
    expect((await client.putManifest("sick/app", "after", after.manifest)).status).toBe(500);
    await client.assertPullable("sick/app", "before", before);
    await sickness.stop("SIGTERM");

    // The kernel says that the next sync went well, and has dropped what the failed one was for.
    expect((await client.putManifest("sick/app", "later", after.manifest)).status).toBe(500);
    await hub.stop();
  }
  expect(await findDamage(dataDirectory)).toEqual([]);
  await using hub = await HubProcess.start({ dataDirectory });
  await using client = new RegistryClient(hub.url);
  await client.assertPullable("sick/app", "before", before);
  await client.push("sick/app", "after", after);
  await client.assertPullable("sick/app", "after", after);
});

/** From now on every sync of the process fails as it does on a disk that dies. */
async function failSyncs(pid: number): Promise<Service> {
  const strace = new Service({
    command: "strace",
    args: [
      ...["-f", "-o", "/dev/null", "-e", "trace=fsync,fdatasync"],
      ...["-e", "inject=fsync,fdatasync:error=EIO", "-p", String(pid)],
    ],
    cwd: "/",
    env: {},
  });
  await strace.waitForLog(/attached/);
  return strace;
}
