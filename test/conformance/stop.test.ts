import { expect, test } from "vitest";
import { HubProcess } from "../harness/hub-process.ts";
import { digestOf } from "../harness/images.ts";
import { Randomness } from "../harness/randomness.ts";
import { RawConnection, requestHead } from "../harness/raw-http.ts";
import { RegistryClient, withQuery } from "../harness/registry-client.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

test("B15: a stop takes no new connections, and waits for the push that is under way", async () => {
  await using data = await makeTempDirectory("data");
  const bytes = new Randomness().bytes(300_000);
  const digest = digestOf(bytes);
  {
    await using hub = await HubProcess.start({ dataDirectory: data.path });
    await using client = new RegistryClient(hub.url);
    const location = withQuery(await client.startUpload("library/app"), { digest });
    await using push = await RawConnection.open(hub.host);
    const head = [`PUT ${location} HTTP/1.1`, `Content-Length: ${bytes.length}`];
    await push.send(requestHead(hub.host, head), bytes.subarray(0, 100_000));
    await client.get("/v2/");
    const stopped = hub.stop("SIGTERM");
    await expect.poll(() => isRefused(hub.host), { timeout: 10_000 }).toBe(true);
    await push.send(bytes.subarray(100_000));
    expect((await push.receive()).status).toBe(201);
    await stopped;
  }
  await using hub = await HubProcess.start({ dataDirectory: data.path });
  await using client = new RegistryClient(hub.url);
  const blob = await client.getBlob("library/app", digest);
  expect(blob.body.equals(bytes)).toBe(true);
});

async function isRefused(host: string): Promise<boolean> {
  try {
    await using _connection = await RawConnection.open(host);
    return false;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "ECONNREFUSED";
  }
}
