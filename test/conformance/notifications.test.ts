import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { expect, test } from "vitest";
import { startHub } from "../../src/app/compose.ts";
import { toHubOptions } from "../../src/app/hub-options.ts";
import { loadConfig } from "../../src/platform/config/index.ts";
import { loadRegistry2 } from "../../src/platform/config/registry2/load-registry2.ts";
import { pushManifestSeries } from "../harness/notified-pushes.ts";
import { startReceiver } from "../harness/receiver.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const WAIT = { timeout: 10_000 };
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A hub in place of a registry:2, by that registry's own file and variables. */
async function startAsRegistry(setup: {
  readonly notifications: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly home?: string;
}) {
  await using resources = new AsyncDisposableStack();
  const home = setup.home ?? resources.use(await makeTempDirectory("notifications")).path;
  const file = join(home, "config.yml");
  writeFileSync(
    file,
    `version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: ${home}/registry\n` +
      `  delete:\n    enabled: true\nhttp:\n  addr: 127.0.0.1:0\n${setup.notifications}`,
  );
  const { environment = {} } = setup;
  const registry2 = loadRegistry2({ file, environment });
  const loaded = loadConfig({
    base: registry2?.base ?? {},
    environment: {},
    flags: { "storage.reserve": "0", "http.drainTimeout": "1s", "collection.enabled": "false" },
  });
  const log = pino({ level: "silent" });
  const hub = await startHub(await toHubOptions(loaded, { log, print: () => undefined }));
  resources.defer(() => hub.close());
  const owned = resources.move();
  return {
    url: hub.url,
    home,
    warnings: registry2?.warnings ?? [],
    close: () => hub.close(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

test("an endpoint in a registry's file hears of layers, pushes, mounts and deletions, in order, in its envelope", async () => {
  await using receiver = await startReceiver({ status: 302 });
  await using hub = await startAsRegistry({
    notifications: `notifications:
  events:
    includereferences: true
  endpoints:
    - name: alistener
      url: ${receiver.url.replace("http://", "http://me:secret@")}
      headers:
        X-Listener: [one, two]
      timeout: 1s
      threshold: 5
      backoff: 1s
      ignoredmediatypes:
        - application/vnd.ignored
`,
  });
  expect(hub.warnings.filter((one) => one.includes("notifications"))).toEqual([]);
  const { blob, digest, size } = await pushManifestSeries(hub.url);
  await expect.poll(() => receiver.received, WAIT).toHaveLength(6);
  const events = receiver.bodies().map((body) => {
    expect(Object.keys(body)).toEqual(["events"]);
    expect(body.events).toHaveLength(1);
    return body.events[0];
  });
  const { headers } = receiver.received[0] ?? { headers: {} };
  expect(headers).toMatchObject({
    "content-type": "application/vnd.docker.distribution.events.v1+json",
    "x-listener": "one, two",
    authorization: `Basic ${btoa("me:secret")}`,
  });
  expect(events.map(({ action, target }) => [action, target.tag ?? target.digest])).toEqual([
    ["push", blob],
    ["push", "1"],
    ["mount", blob],
    ["delete", "1"],
    ["delete", digest],
    ["delete", blob],
  ]);
  const { host } = new URL(hub.url);
  expect(events[1]).toEqual({
    id: expect.stringMatching(UUID),
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/),
    action: "push",
    target: {
      mediaType: MANIFEST,
      digest,
      size,
      length: size,
      repository: "acme/app",
      url: `http://${host}/v2/acme/app/manifests/${digest}`,
      tag: "1",
      references: [
        { mediaType: "application/vnd.oci.empty.v1+json", digest: blob, size: 2 },
        { mediaType: "application/vnd.oci.empty.v1+json", digest: blob, size: 2 },
      ],
    },
    request: {
      id: expect.stringMatching(UUID),
      addr: "127.0.0.1",
      host,
      method: "PUT",
      useragent: "notified/1.0",
    },
    actor: {},
    source: {
      addr: expect.stringMatching(/^.+:\d+$/),
      instanceID: expect.stringMatching(UUID),
    },
  });
  expect(events[2].target).toMatchObject({ repository: "acme/other", fromRepository: "acme/app" });
  expect(events[2].request).toMatchObject({ method: "POST" });
  // Of a deletion: what is gone, and nothing that had to be looked up.
  expect(events[3].target).toEqual({ repository: "acme/app", tag: "1" });
  expect(events[4].target).toEqual({ repository: "acme/app", digest });
  expect(events[5].target).toEqual({ repository: "acme/other", digest: blob });
});

test("endpoints given by variables ignore what they are told to, and v2 is a choice", async () => {
  await using receiver = await startReceiver();
  await using unused = await startReceiver();
  const of = (index: number) => `REGISTRY_NOTIFICATIONS_ENDPOINTS_${index}_`;
  await using hub = await startAsRegistry({
    notifications: "",
    environment: {
      [`${of(0)}NAME`]: "one",
      [`${of(0)}URL`]: receiver.url,
      [`${of(0)}FORMAT`]: "v2",
      [`${of(0)}IGNORE_MEDIATYPES`]: "[application/octet-stream]",
      [`${of(0)}IGNORE_ACTIONS`]: "[delete]",
      [`${of(1)}NAME`]: "two",
      [`${of(1)}URL`]: unused.url,
      [`${of(1)}DISABLED`]: "true",
    },
  });
  await pushManifestSeries(hub.url);
  await pushManifestSeries(hub.url, { manifest: "second" });
  await expect.poll(() => receiver.received, WAIT).toHaveLength(2);
  expect(receiver.received[0]?.headers["content-type"]).toBe(
    "application/vnd.docker.distribution.events.v2+json",
  );
  expect(receiver.bodies().map(({ events }) => events[0].action)).toEqual(["push", "push"]);
  expect(unused.received).toEqual([]);
});

test("an endpoint that is down is tried for ever: more often than a webhook would be, and after a restart", async () => {
  await using home = await makeTempDirectory("notifications-down");
  await using receiver = await startReceiver();
  receiver.state.isDown = true;
  const notifications = `notifications:
  endpoints:
    - {name: a, url: "${receiver.url}", timeout: 200ms, threshold: 100, backoff: 10ms, ignoredmediatypes: [application/octet-stream]}
`;
  const setup = { notifications, home: home.path };
  const first = await startAsRegistry(setup);
  await pushManifestSeries(first.url, { deletes: false });
  await expect.poll(() => receiver.state.refused, WAIT).toBeGreaterThan(2);
  await first.close();
  receiver.state.isDown = false;
  await using _second = await startAsRegistry(setup);
  await expect.poll(() => receiver.received, WAIT).toHaveLength(1);
  expect(receiver.bodies()[0].events[0]).toMatchObject({ action: "push", target: { tag: "1" } });
});

test("a hub without endpoints writes no events of layers", async () => {
  await using hub = await startAsRegistry({ notifications: "" });
  await pushManifestSeries(hub.url);
  const metrics = await (await fetch(`${hub.url}/metrics`)).text();
  expect(metrics).toMatch(/^berth_webhook_deliveries_waiting 0$/m);
});
