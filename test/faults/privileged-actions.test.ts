import { join } from "node:path";
import { expect, test } from "vitest";
import { verifyDatabase } from "../../src/activity/index.ts";
import { openStores } from "../../src/app/stores.ts";
import { callerOf, ROOT } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";
import { type PrivilegedAction, privilegedActions } from "./privileged-actions.ts";
import { scaled } from "./scale.ts";
import { seeded } from "./seeded.ts";

/** Where a privileged action can be cut off: within its transaction, around the commit, and before it is on disk. */
const POINTS = ["audit.recorded", "db.before-commit", "db.after-commit", "db.before-sync"];
const ACCOUNTS = {
  BERTH_ACCESS_MODE: "accounts",
  BERTH_ACCESS_SIGN_UP: "invitation",
  BERTH_ADMIN_PASSWORD: ROOT.password,
};

test("a hub that is killed during a privileged action has done it and written it down, or neither", async () => {
  const random = seeded();
  const rounds = scaled({ test: 10, soak: 400 });
  await using home = await makeTempDirectory("privileged");
  const dataDirectory = join(home.path, "data");
  {
    await using _first = await HubProcess.start({ dataDirectory, env: ACCOUNTS });
  }
  const cut = new Set<string>();
  let killed = 0;
  for (let round = 0; round < rounds; round += 1) {
    const point = POINTS[round % POINTS.length] ?? "";
    const hit = 1 + random.below(32);
    const env = { ...ACCOUNTS, BERTH_FAIL_POINTS: `${point}:kill@${hit}` };
    const actions = privilegedActions(`w${letters(round)}`);
    let underway: PrivilegedAction | undefined;
    let acknowledged: readonly PrivilegedAction[] = [];
    try {
      await using hub = await HubProcess.start({ dataDirectory, env });
      underway = await runUntilKilled(hub, actions);
      acknowledged = actions.slice(
        0,
        underway === undefined ? undefined : actions.indexOf(underway),
      );
      await hub.stop("SIGKILL");
    } catch (cause) {
      // A start commits too, and may be what is cut off: then nothing was asked for.
      if (!(cause instanceof Error && /ended before/.test(cause.message))) throw cause;
    }
    await using hub = await HubProcess.start({ dataDirectory, env: ACCOUNTS });
    await expectEntries(hub, { acknowledged, underway });
    if (underway !== undefined) {
      killed += 1;
      cut.add(underway.entry.action);
    }
    await hub.stop();
    await expectWholeTrail(dataDirectory);
  }
  expect(killed).toBeGreaterThan(rounds / 2);
  expect(cut.size).toBeGreaterThan(rounds / 6);
}, 1_200_000);

/** Runs them one after another; answers the one that was not answered. */
async function runUntilKilled(
  hub: HubProcess,
  actions: readonly PrivilegedAction[],
): Promise<PrivilegedAction | undefined> {
  const ask = callerOf(hub.url, ROOT);
  for (const action of actions) {
    try {
      const request =
        typeof action.request === "string" ? action.request : await action.request(ask);
      const asker = action.by === undefined ? ask : callerOf(hub.url, action.by);
      const { status, body } = await asker(request, action.body);
      if (status >= 300) throw new Error(`${request}: ${status} ${JSON.stringify(body)}`);
    } catch (cause) {
      // What fetch throws when the hub is gone; everything else is a failure of the test.
      if (!(cause instanceof TypeError)) throw cause;
      return action;
    }
  }
  return undefined;
}

async function expectEntries(
  hub: HubProcess,
  round: {
    readonly acknowledged: readonly PrivilegedAction[];
    readonly underway: PrivilegedAction | undefined;
  },
): Promise<void> {
  const ask = callerOf(hub.url, ROOT);
  const count = async ({ entry }: PrivilegedAction) => {
    const query = new URLSearchParams({ ...entry });
    return ((await ask(`GET /api/v1/audit?${query}`)).body.items as unknown[]).length;
  };
  for (const action of round.acknowledged) {
    expect([action.entry, await count(action)]).toEqual([action.entry, 1]);
  }
  const { underway } = round;
  if (underway === undefined) return;
  expect([underway.entry, await count(underway)]).toEqual([
    underway.entry,
    (await underway.isDone(ask, hub.dataDirectory)) ? 1 : 0,
  ]);
}

async function expectWholeTrail(data: string): Promise<void> {
  await using stores = await openStores({ data, blobRoot: data, reserveBytes: 0 });
  const { fault } = await verifyDatabase(stores.database.reader, { head: undefined });
  expect(fault).toBeUndefined();
}

/** Digits could be taken for letters, and names that look alike are refused. */
function letters(number: number): string {
  return [...String(number)].map((digit) => "bcdefghjkp"[Number(digit)]).join("");
}
