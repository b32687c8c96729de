import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { imageScans } from "../../src/contract/scans.ts";
import { run } from "../../test/harness/command.ts";
import { buildImage } from "../../test/harness/images.ts";
import { RegistryClient } from "../../test/harness/registry-client.ts";
import { sharedData } from "../../test/harness/shared-data.ts";
import { writeTar } from "../../test/harness/tar.ts";
import { type Hub, isQuick, quantile, ROOT, startHub } from "./pair.ts";

const TARGET_SECONDS = 2;
const IMAGES = isQuick ? 3 : 20;
const FINDINGS = 15;
const MINUTE = 60_000;
const STATUS = "fixtures/dpkg-status-bookworm-12.15-minbase-2026-11-23";

/** From the answer to the push of a small image until its findings are there; prints a line, true when the target is missed. */
export async function measureFindings(options: {
  readonly berth: string;
  readonly directory: string;
}): Promise<boolean> {
  const { berth, directory } = options;
  await using resources = new AsyncDisposableStack();
  const settings = { BERTH_SCANNING_ENABLED: "true" };
  const place = join(directory, "findings");
  const feeds = sharedData("advisories/debian");
  await run(berth, ["advisories", "import", feeds, "--data", join(place, "data")], {
    timeoutMs: 5 * MINUTE,
  });
  const hub = await startHub(resources, { directory: place, seed: undefined, settings });
  const client = resources.use(new RegistryClient(hub.origin, { user: ROOT }));
  const release = await readFile(sharedData("fixtures/os-release-bookworm"));
  const status = await readFile(sharedData(STATUS));
  const seconds: number[] = [];
  for (let number = 0; number < IMAGES; number += 1) {
    // Each has a layer that nobody has seen yet.
    const layer = writeTar([
      { name: "etc/os-release", content: release },
      { name: "var/lib/dpkg/status", content: status },
      { name: "number", content: Buffer.from(String(number)) },
    ]);
    await client.push(`acme/small-${number}`, "1", buildImage({ layers: [layer] }));
    const pushedAt = performance.now();
    await untilFound(hub, `acme/small-${number}`);
    seconds.push((performance.now() - pushedAt) / 1000);
  }
  const worst = Math.max(...seconds);
  const say = (value: number) => `**${value.toFixed(2)} s**`;
  const target = `<= ${TARGET_SECONDS} s ${worst <= TARGET_SECONDS ? "✓" : "✗"}`;
  console.log(
    "\n| from the answer to a push until the findings are there | median | worst | target |",
  );
  console.log("|---|---|---|---|");
  const title = `a layer of 88 packages, ${FINDINGS} findings, ${IMAGES} images`;
  console.log(`| ${[title, say(quantile(seconds, 0.5)), say(worst), target].join(" | ")} |`);
  return worst > TARGET_SECONDS;
}

async function untilFound(hub: Hub, name: string): Promise<void> {
  const headers = { authorization: hub.rootAuthorization };
  for (;;) {
    const path = `/api/v1/scans/${name}?reference=1`;
    const { body } = await hub.pool.request({ method: "GET", path, headers });
    const [scan] = imageScans.parse(await body.json()).scans;
    if (scan?.report !== null && scan?.report !== undefined) {
      if (scan.report.findings.length === FINDINGS) return;
      throw new Error(`${name} has ${scan.report.findings.length} findings`);
    }
    if (scan?.state === "failed") throw new Error(`${name}: ${scan.reason}`);
    await sleep(5);
  }
}
