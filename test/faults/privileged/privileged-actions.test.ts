import { join } from "node:path";
import { expect, test } from "vitest";
import { verifyDatabase } from "../../../src/activity/index.ts";
import { openStores } from "../../../src/app/stores.ts";
import { DEEDS } from "../../../src/contract/deeds.ts";
import { noteSecretsIn } from "../../harness/canaries.ts";
import { callerOf, contentTypeOf, ROOT } from "../../harness/hub-api.ts";
import { HubProcess } from "../../harness/hub-process.ts";
import type { Randomness } from "../../harness/randomness.ts";
import { makeTempDirectory } from "../../harness/temp-directory.ts";
import { IS_SOAK, scaled } from "../scale.ts";
import { seeded } from "../seeded.ts";
import { ISSUER, SCIM_TOKEN } from "./person-actions.ts";
import { findRow, type PrivilegedAction, type Stage, type Wish } from "./privileged-action.ts";
import { ELSEWHERE, privilegedActions } from "./privileged-actions.ts";

/** Where a privileged action can be cut off: within its transaction, around the commit, and before it is on disk. */
const POINTS = ["audit.recorded", "db.before-commit", "db.after-commit", "db.before-sync"] as const;
const ACCOUNTS = {
  BERTH_ACCESS_MODE: "accounts",
  // CI jobs' tokens are made for it.
  BERTH_URL: "http://hub.example.com",
  BERTH_ACCESS_SIGN_UP: "invitation",
  BERTH_ACCESS_SCIM_TOKEN: SCIM_TOKEN,
  BERTH_ACCESS_OIDC: JSON.stringify([{ name: "people", issuer: ISSUER, clientId: "berth" }]),
  BERTH_ADMIN_PASSWORD: ROOT.password,
};

test("everything that the audit trail can tell of is cut off here, or says where it is", () => {
  const rows = new Set(privilegedActions("word").map(({ entry }) => entry.action as string));
  const missing = Object.keys(DEEDS).filter((name) => !rows.has(name) && !(name in ELSEWHERE));
  expect(missing).toEqual([]);
  expect(Object.keys(ELSEWHERE).filter((name) => rows.has(name))).toEqual([]);
});

test("a hub that is killed during a privileged action has done it and written it down, or neither", async () => {
  const random = seeded();
  await using home = await makeTempDirectory("privileged");
  const dataDirectory = join(home.path, "data");
  const cut = new Set<string>();
  let kills = 0;
  for (let pass = 0; pass < scaled({ test: 1, soak: 12 }); pass += 1) {
    const run = new Run(privilegedActions(`w${letters(pass)}`), cut);
    while (!run.isOver) {
      // A start commits too, and may be what is cut off: then nothing was asked for.
      await using hub = await startToBeKilled(dataDirectory, random);
      if (hub === undefined) continue;
      kills += await run.goOn(hub);
    }
    await expectWholeTrail(dataDirectory);
    run.expectEntries(dataDirectory);
  }
  expect(kills).toBeGreaterThan(5);
  const rows = new Set(privilegedActions("word").map(({ entry }) => entry.action as string));
  if (IS_SOAK) expect([...rows].filter((name) => !cut.has(name))).toEqual([]);
  expect(cut.size).toBeGreaterThan(rows.size / 20);
}, 3_600_000);

/** At one of the next things that it writes; the longer the less often it is started anew. */
async function startToBeKilled(dataDirectory: string, random: Randomness) {
  const hit = 1 + random.below(scaled({ test: 40, soak: 3 }));
  const env = { ...ACCOUNTS, BERTH_FAIL_POINTS: `${random.pick(POINTS)}:kill@${hit}` };
  try {
    return await HubProcess.start({ dataDirectory, env });
  } catch (cause) {
    if (!(cause instanceof Error && /ended before/.test(cause.message))) throw cause;
    return undefined;
  }
}

/** One action after another, over as many hubs as it takes. */
class Run {
  readonly #actions: readonly PrivilegedAction[];
  readonly #cut: Set<string>;
  readonly #expected = new Map<string, number>();
  #next = 0;
  /** Whether the next one was sent, and what became of it is not known yet. */
  #isUnderway = false;
  /** Whether it was answered: then it has to be there, whatever the hub was killed in afterwards. */
  #isAnswered = false;

  constructor(actions: readonly PrivilegedAction[], cut: Set<string>) {
    this.#actions = actions;
    this.#cut = cut;
  }

  get isOver(): boolean {
    return this.#next === this.#actions.length;
  }

  /** Everything that was answered, still there. */
  expectEntries(data: string): void {
    for (const { entry } of this.#actions) {
      const count = countEntries(data, entry);
      expect([entry, count]).toEqual([entry, Math.max(count, this.#countOf(entry), 1)]);
    }
  }

  /** Until the hub is killed, or all is done; answers how often it was killed. */
  async goOn(hub: HubProcess): Promise<number> {
    const stage = { url: hub.url, data: hub.dataDirectory };
    try {
      for (; !this.isOver; this.#next += 1) await this.#perform(stage);
      return 0;
    } catch (cause) {
      // What fetch throws when the hub is gone; everything else is a failure of the test.
      if (!(cause instanceof TypeError)) throw cause;
      return 1;
    } finally {
      await hub.stop("SIGKILL");
    }
  }

  async #perform(stage: Stage): Promise<void> {
    const action = this.#actions[this.#next];
    if (action === undefined) return;
    if (this.#isUnderway && (await this.#wasDone(action, stage))) return;
    // Some are written by what another action takes beforehand; none is ever gone.
    const known = countEntries(stage.data, action.entry);
    expect(known).toBeGreaterThanOrEqual(this.#countOf(action.entry));
    this.#expected.set(JSON.stringify(action.entry), known);
    const wish = await wishOf(action, stage);
    this.#isUnderway = true;
    this.#isAnswered = false;
    await send(stage.url, action, wish);
    this.#isAnswered = true;
    const isDone = await action.isDone(callerOf(stage.url, ROOT), stage);
    this.#isUnderway = false;
    this.#note(action);
    expect([action.entry, isDone]).toEqual([action.entry, true]);
  }

  /** What the kill left: done and told of, or neither. */
  async #wasDone(action: PrivilegedAction, stage: Stage): Promise<boolean> {
    const isDone = await action.isDone(callerOf(stage.url, ROOT), stage);
    this.#isUnderway = false;
    this.#cut.add(action.entry.action);
    if (isDone) this.#note(action);
    if (this.#isAnswered) expect([action.entry, isDone]).toEqual([action.entry, true]);
    expect([action.entry, countEntries(stage.data, action.entry)]).toEqual([
      action.entry,
      this.#countOf(action.entry),
    ]);
    return isDone;
  }

  #countOf(entry: PrivilegedAction["entry"]): number {
    return this.#expected.get(JSON.stringify(entry)) ?? 0;
  }

  #note({ entry }: PrivilegedAction): void {
    this.#expected.set(JSON.stringify(entry), this.#countOf(entry) + 1);
  }
}

async function wishOf({ request, body }: PrivilegedAction, stage: Stage): Promise<Wish> {
  if (typeof request === "string") return { request, body };
  const wish = await request(callerOf(stage.url, ROOT), stage);
  return typeof wish === "string" ? { request: wish, body } : wish;
}

async function send(url: string, action: PrivilegedAction, wish: Wish): Promise<void> {
  const { name, password } = action.by ?? ROOT;
  const [method = "", path = ""] = wish.request.split(" ");
  const headers: Record<string, string> = {
    authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`,
    ...(wish.body === undefined ? {} : { "content-type": contentTypeOf(wish.body) }),
    ...wish.headers,
  };
  if (headers.authorization === "") delete headers.authorization;
  const text = typeof wish.body === "string" ? wish.body : JSON.stringify(wish.body);
  const body = wish.body === undefined ? {} : { body: text };
  const response = await fetch(new URL(path, url), { method, headers, ...body });
  const answer = await response.text();
  noteSecretsIn(answer);
  if (!response.ok) throw new Error(`${wish.request}: ${response.status} ${answer}`);
}

function countEntries(data: string, { action, account, name }: PrivilegedAction["entry"]): number {
  const query = `select count(*) as n from activity
    where action = ? and outcome = 'done' and coalesce(?, account) = account and coalesce(?, name) = name`;
  return Number(findRow(data, query, action, account ?? null, name ?? null)?.n);
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
