import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo, LookupFunction } from "node:net";
import { describe, expect, test } from "vitest";
import { createOutboundClient } from "./outbound-client.ts";

const POST = { headers: {}, body: "{}" };

async function startReceiver(answer: RequestListener) {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Says one address first and another after that, as a name that is rebound does. */
function resolver(...answers: readonly string[][]): LookupFunction {
  let asked = 0;
  return (_host, _options, done) => {
    const addresses = answers[Math.min(asked, answers.length - 1)] ?? [];
    asked += 1;
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  };
}

describe("S59: what users name may be on the internet alone", () => {
  test.each([
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f.0.0.1/",
    "http://017700000001/",
    "http://0.0.0.0/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fd00::1]/",
    "http://[fe80::1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.1.2.3/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://224.0.0.1/",
    "http://localhost/",
    "http://localhost./",
    "http://a.localhost/",
    "http://93.184.216.34:22/",
    "http://93.184.216.34:6379/",
    "file:///etc/passwd",
    "gopher://93.184.216.34/",
    "unix:/var/run/docker.sock",
    "http://user:secret@93.184.216.34/",
    "nothing",
  ])("nothing is sent to %s", async (url) => {
    await using client = createOutboundClient({ allow: [] });
    expect(() => client.assertAllowed(url)).toThrow(/address|user name/);
    await expect(client.post({ ...POST, url })).rejects.toMatchObject({ name: "OutboundRefused" });
  });
});

test("S59: a name that means a private address is refused when it is connected to, also beside a public one", async () => {
  for (const addresses of [
    ["127.0.0.1"],
    ["169.254.169.254"],
    ["93.184.216.34", "127.0.0.1"],
    ["::1"],
  ]) {
    await using client = createOutboundClient({ allow: [], lookup: resolver(addresses) });
    expect(() => client.assertAllowed("http://hooks.example.com/")).not.toThrow();
    await expect(client.post({ ...POST, url: "http://hooks.example.com/" })).rejects.toMatchObject({
      name: "OutboundRefused",
    });
  }
});

test("S60: the address that was checked is the one that is connected to: a name is not looked up twice", async () => {
  await using receiver = await startReceiver((_request, response) => void response.end("here"));
  const lookup = resolver(["127.0.0.1"], ["10.0.0.1"]);
  await using client = createOutboundClient({ allow: ["127.0.0.0/8"], lookup });
  const url = `http://hooks.example.com:${receiver.port}/`;
  expect(await client.post({ ...POST, url })).toEqual({ status: 200, body: "here" });
  await expect(client.post({ ...POST, url })).rejects.toMatchObject({ name: "OutboundRefused" });
});

test("a network that the operator named is reached", async () => {
  await using receiver = await startReceiver((request, response) => {
    response.end(`${request.method} ${request.headers["content-type"]}`);
  });
  await using client = createOutboundClient({ allow: ["127.0.0.1"] });
  const url = `http://127.0.0.1:${receiver.port}/`;
  const headers = { "content-type": "application/json" };
  expect(await client.post({ url, headers, body: "{}" })).toEqual({
    status: 200,
    body: "POST application/json",
  });
});

test("S61: a redirect is not followed", async () => {
  await using receiver = await startReceiver((_request, response) => {
    response.writeHead(307, { location: "http://169.254.169.254/" }).end();
  });
  await using client = createOutboundClient({ allow: ["127.0.0.1"] });
  const url = `http://127.0.0.1:${receiver.port}/`;
  expect(await client.post({ ...POST, url })).toMatchObject({ status: 307 });
});

test("S63: of an endless answer the beginning is read, and an endless wait is given up", async () => {
  await using flood = await startReceiver((_request, response) => {
    const pour = () => {
      while (response.write("x".repeat(65_536))) {
        // As fast as it is taken.
      }
    };
    response.on("drain", pour);
    pour();
  });
  await using drip = await startReceiver((_request, response) => void response.write("x"));
  await using client = createOutboundClient({ allow: ["127.0.0.1"], timeoutMs: 300 });
  const { body } = await client.post({ ...POST, url: `http://127.0.0.1:${flood.port}/` });
  expect(body).toHaveLength(64 * 1024);
  await expect(
    client.post({ ...POST, url: `http://127.0.0.1:${drip.port}/` }),
  ).rejects.toMatchObject({
    name: "OutboundFailed",
  });
});

test("S59: a closed port and one that does not speak HTTP are told alike", async () => {
  await using client = createOutboundClient({ allow: ["127.0.0.1"], timeoutMs: 300 });
  const receiver = await startReceiver(() => undefined);
  const messageOf = async () =>
    await client
      .post({ ...POST, url: `http://127.0.0.1:${receiver.port}/` })
      .catch((error: Error) => error.message);
  const silent = await messageOf();
  await receiver[Symbol.asyncDispose]();
  expect(await messageOf()).toBe(silent);
});
