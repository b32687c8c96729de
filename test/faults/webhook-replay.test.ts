import { expect, test } from "vitest";
import { callerOf, done, push, ROOT } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { startReceiver } from "../harness/receiver.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const ENV = {
  BERTH_ACCESS_MODE: "accounts",
  BERTH_ADMIN_PASSWORD: ROOT.password,
  BERTH_OUTBOUND_ALLOW: "127.0.0.0/8",
};
const TAGS = ["a", "b", "c"];
const WAIT = { timeout: 20_000 };

test("a hub that is killed during a replay has sent none of it anew, and one killed after its answer sends all of it", async () => {
  await using home = await makeTempDirectory("replay");
  await using receiver = await startReceiver();
  const dataDirectory = `${home.path}/data`;
  const tags = (from: number) =>
    receiver
      .bodies()
      .slice(from)
      .map(({ tags: [tag] }) => tag);
  let id = "";
  {
    await using hub = await HubProcess.start({ dataDirectory, env: ENV });
    const ask = callerOf(hub.url, ROOT);
    const wish = { label: "all", url: receiver.url, format: "json", events: ["push"] };
    id = (await done(ask("POST /api/v1/webhooks", wish))).body.id;
    for (const tag of TAGS) await push(hub.url, ROOT, `acme/app:${tag}`);
    await expect.poll(() => receiver.received, WAIT).toHaveLength(3);
    await expect.poll(() => statesOf(ask, id), WAIT).toEqual(TAGS.map(() => "delivered"));
    await hub.stop();
  }
  const replay = `POST /api/v1/webhooks/${id}/replay`;
  const since = { since: "2020-01-01T00:00:00Z" };
  {
    // Within its transaction: the deliveries are made, and their entry in the audit trail is written.
    const env = { ...ENV, BERTH_FAIL_POINTS: "audit.recorded:kill" };
    await using hub = await HubProcess.start({ dataDirectory, env });
    await expect(callerOf(hub.url, ROOT)(replay, since)).rejects.toThrow(TypeError);
    await hub.stop("SIGKILL");
  }
  {
    await using hub = await HubProcess.start({ dataDirectory, env: ENV });
    const ask = callerOf(hub.url, ROOT);
    expect(await statesOf(ask, id)).toHaveLength(3);
    expect(tags(0)).toEqual(TAGS);
    receiver.state.isDown = true;
    expect((await done(ask(replay, since))).body).toEqual({ sent: 3 });
    await hub.stop("SIGKILL");
  }
  receiver.state.isDown = false;
  await using hub = await HubProcess.start({ dataDirectory, env: ENV });
  await expect.poll(() => [...new Set(tags(3))], WAIT).toEqual(TAGS);
  const ask = callerOf(hub.url, ROOT);
  await expect.poll(async () => (await statesOf(ask, id)).length, WAIT).toBe(6);
  const { body } = await done(ask("GET /api/v1/audit?action=webhook.replay"));
  expect(body.items).toHaveLength(1);
}, 120_000);

async function statesOf(ask: ReturnType<typeof callerOf>, id: string): Promise<readonly string[]> {
  const { body } = await done(ask(`GET /api/v1/webhooks/${id}/deliveries`));
  return (body.items as { state: string }[]).map(({ state }) => state);
}
