import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { startWithTerminal } from "../harness/hub-terminal.ts";

test("a webhook is made, tried, looked at and sent once more", async () => {
  let seen = 0;
  const receiver = createServer((_request, response) => {
    seen += 1;
    response.end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  await using _closing = {
    [Symbol.asyncDispose]: async () => {
      receiver.closeAllConnections();
      await new Promise((resolve) => receiver.close(resolve));
    },
  };
  const { port } = receiver.address() as AddressInfo;
  await using hub = await startWithTerminal({ settings: { "outbound.allow": "127.0.0.0/8" } });
  const create = `webhook create ci http://127.0.0.1:${port}/hook`;
  expect(await hub.type(`${create} --signed`)).toBe(
    "berth: --signed: the secret is empty; a script gives it in the next line of its input",
  );
  expect(await hub.type(`${create} --signed`, "too short\n")).toContain("; secret: ");
  expect(await hub.type(`${create} --format fax`)).toContain("; format: ");
  const made = await hub.type(`${create} --signed`, "a secret that is long enough\n");
  const [, id = ""] = /^made ci \((.+)\)$/.exec(made) ?? [];
  expect(await hub.type(`webhook test ${id}`)).toBe(
    `on its way; berth webhook deliveries ${id} shows what came of it`,
  );
  await expect
    .poll(() => hub.type(`webhook deliveries ${id}`), { timeout: 20_000 })
    .toMatch(/^1 .* delivered +1 +200$/m);
  expect(await hub.type(`webhook redeliver ${id} 1`)).toBe("on its way");
  await expect.poll(() => seen, { timeout: 20_000 }).toBe(2);
});
