import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { done, ROOT, startAccountsHub } from "../harness/hub-api.ts";
import { startReceiver } from "../harness/receiver.ts";

const SETTINGS = { "outbound.allow": "127.0.0.0/8" };

async function serve(answer: RequestListener) {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

test("receivers that never answer, drip or flood hold up nobody, and little of a flood is kept", async () => {
  let asked = 0;
  await using silent = await serve(() => {
    asked += 1;
  });
  await using drip = await serve((_request, response) => {
    asked += 1;
    const timer = setInterval(() => response.write("x"), 1000);
    response.on("close", () => clearInterval(timer));
    response.write("x");
  });
  await using flood = await serve((_request, response) => void response.end("x".repeat(1e7)));
  await using good = await startReceiver();
  await using hub = await startAccountsHub({ settings: SETTINGS });
  const ids: string[] = [];
  for (const url of [silent.url, drip.url, flood.url, good.url]) {
    const wish = { label: "x", url, events: ["push"], format: "json" };
    ids.push((await done(hub.root("POST /api/v1/webhooks", wish))).body.id);
  }
  for (const name of ["a", "b", "c", "d", "e", "f"]) await hub.push(ROOT, `acme/${name}:1`);
  await expect.poll(() => good.received, { timeout: 8000 }).toHaveLength(6);
  // Each of the two holds its four places, and no more.
  expect(asked).toBe(8);
  const log = async () => (await hub.root(`GET /api/v1/webhooks/${ids[2]}/deliveries`)).body.items;
  await expect
    .poll(async () => (await log()).map(({ state }: { state: string }) => state), { timeout: 8000 })
    .toEqual(Array.from({ length: 6 }, () => "delivered"));
  expect((await log())[0].answer).toHaveLength(2000);
  await hub.root(`PATCH /api/v1/webhooks/${ids[0]}`, { isActive: false });
}, 60_000);

test("while nothing can be written down, a receiver is sent the same ever more seldom, and it ends once it can", async () => {
  await using receiver = await startReceiver();
  await using hub = await startAccountsHub({ settings: SETTINGS });
  const wish = { label: "x", url: receiver.url, events: ["push"], format: "json" };
  const { body: hook } = await done(hub.root("POST /api/v1/webhooks", wish));
  using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"), { timeout: 5000 });
  database.exec(
    "create trigger full before update on webhook_deliveries begin select raise(abort, 'database or disk is full'); end",
  );
  await hub.push(ROOT, "acme/app:1");
  const times: number[] = [];
  const seen = () => {
    while (times.length < receiver.received.length) times.push(performance.now());
    return times.length;
  };
  await expect.poll(seen, { timeout: 15_000, interval: 20 }).toBe(3);
  const [first = 0, second = 0, third = 0] = times;
  expect(second - first).toBeGreaterThan(900);
  expect(third - second).toBeGreaterThan(1900);
  database.exec("drop trigger full");
  const state = async () =>
    (await hub.root(`GET /api/v1/webhooks/${hook.id}/deliveries`)).body.items[0].state;
  await expect.poll(state, { timeout: 15_000 }).toBe("delivered");
});
