import { expect, test } from "vitest";
import { HubProcess } from "../harness/hub-process.ts";
import type { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";
import { listFailPoints } from "./fail-points.ts";
import { Journal } from "./journal.ts";
import { untilConnectionLost, Worker } from "./load.ts";
import { scaled } from "./scale.ts";
import { seeded } from "./seeded.ts";
import { findDamage } from "./store-check.ts";

/** Points that a load of pushes and deletes does not reach; each has a test of its own. */
const ELSEWHERE =
  /^(?:adopt|audit|build|git|mail|namespace-rename|quarantine|repository-\w+|restore|retention|retention-undo|scan|scrub|signature|tag-rules|vex|trust-\w+)\./;
/** Reached once or twice in a round. */
const RARE = /^copy\./;
const WORKERS = 4;
const LONGEST_ROUND_MS = 3000;

test("nothing acknowledged is lost when the hub is killed at any of its fail points", async () => {
  const points = (await listFailPoints()).filter((point) => !ELSEWHERE.test(point));
  const rounds = Math.max(
    points.length,
    scaled({ test: 40, soak: Math.max(300, 5 * points.length) }),
  );
  const random = seeded();
  await using home = await makeTempDirectory("kill-nine");
  const dataDirectory = `${home.path}/data`;
  const journal = new Journal();
  const reached = new Set<string>();
  for (let round = 0; round < rounds; round += 1) {
    const point = points[round % points.length] ?? "";
    const hit = RARE.test(point) ? 1 : 1 + random.below(6);
    await using hub = await startWithFailPoint({ dataDirectory, point, hit });
    // What the last round left is looked at by the hub that runs now. Collection may reach the fail point meanwhile;
    // then the next round looks.
    await untilConnectionLost(async () => {
      await hold(hub, (client) => journal.verifyRecent(client));
      await runLoad(hub, { journal, random, round });
    });
    if (await hub.endsWithin(500)) reached.add(point);
    await hub.stop("SIGKILL");
  }
  await using hub = await HubProcess.start({ dataDirectory });
  await hold(hub, (client) => journal.verify(client));
  await hub.stop();
  expect(await findDamage(dataDirectory)).toEqual([]);
  expect(points.filter((point) => !reached.has(point))).toEqual([]);
  expect(journal.size).toBeGreaterThan(rounds / 2);
}, 1_200_000);

/** A start commits too, and may be what is cut off: then nothing was asked for, and the cut comes later the next time. */
async function startWithFailPoint(round: {
  readonly dataDirectory: string;
  readonly point: string;
  readonly hit: number;
}): Promise<HubProcess> {
  const { dataDirectory, point, hit } = round;
  try {
    return await HubProcess.start({
      dataDirectory,
      env: {
        BERTH_FAIL_POINTS: `${point}:kill@${hit}`,
        // Collection runs beside the load all the time.
        BERTH_COLLECTION_GRACE: "200ms",
        BERTH_COLLECTION_ALLOW_SHORT_GRACE: "true",
        BERTH_COLLECTION_INTERVAL: "50ms",
      },
    });
  } catch (cause) {
    if (!(cause instanceof Error && /ended before/.test(cause.message) && hit < 40)) throw cause;
    return await startWithFailPoint({ ...round, hit: hit + 6 });
  }
}

async function runLoad(
  hub: HubProcess,
  parts: { journal: Journal; random: Randomness; round: number },
): Promise<void> {
  await using client = new RegistryClient(hub.url);
  const signal = AbortSignal.timeout(LONGEST_ROUND_MS);
  const workers = Array.from(
    { length: WORKERS },
    (_, index) => new Worker(`load/r${parts.round % 5}w${index}`, { ...parts, client }),
  );
  await Promise.all(workers.map((worker) => worker.run(signal)));
}

async function hold(
  hub: HubProcess,
  verify: (client: RegistryClient) => Promise<void>,
): Promise<void> {
  await using client = new RegistryClient(hub.url);
  await verify(client);
}
