import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { startIssuer } from "../../../test/harness/issuer.ts";
import { createOutboundClient } from "../../platform/outbound/index.ts";
import { IssuerUnavailableError } from "./issuer-keys.ts";
import { KnownIssuers } from "./known-issuers.ts";
import type { TrustedIssuer } from "./trust-rules.ts";

const HEADER = { alg: "RS256", kid: "1" };
const TOKEN = { payload: "", signature: "" };

/** What a hub knows of issuers whose users may name addresses of these networks. */
function openKnown(parts: { readonly allow: readonly string[]; readonly issuers?: string[] }) {
  const client = createOutboundClient({ allow: parts.allow });
  const ofSettings: readonly TrustedIssuer[] = (parts.issuers ?? []).map((issuer) => ({
    issuer,
    rules: [],
  }));
  let now = Date.UTC(2026, 10, 29);
  const known = new KnownIssuers({
    issuers: ofSettings,
    openGuarded: client.open,
    clock: () => new Date(now),
  });
  return {
    find: (issuer: string) => known.keysOf(issuer).find(HEADER, TOKEN),
    pass(ms: number) {
      now += ms;
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

test("an issuer that a user named is not asked where users may reach nothing", async () => {
  await using issuer = await startIssuer();
  await using known = openKnown({ allow: [] });
  await expect(known.find(issuer.url)).rejects.toThrow("could not get the keys of");
  expect(issuer.asked).toBe(0);
});

test("the keys of an issuer that the settings name are found as they say, whoever names it too", async () => {
  await using issuer = await startIssuer();
  await using known = openKnown({ allow: [], issuers: [issuer.url] });
  expect(await known.find(issuer.url)).toBeDefined();
});

test("keys that an issuer says to lie at a private address are not fetched there", async () => {
  await using neighbour = await startIssuer({ host: "127.0.0.2" });
  await using issuer = await startIssuer({ keysUrl: `${neighbour.url}/keys` });
  await using known = openKnown({ allow: ["127.0.0.1"] });
  await expect(known.find(issuer.url)).rejects.toThrow("could not get the keys of");
  expect([issuer.asked, neighbour.asked]).toEqual([1, 0]);
});

test("an issuer that begins to answer and then says nothing more is given up after some seconds", async () => {
  await using known = openKnown({ allow: ["127.0.0.1"] });
  const stalling = createServer((_request, response) => void response.write('{"issuer":'));
  await new Promise<void>((resolve) => stalling.listen(0, "127.0.0.1", resolve));
  try {
    const began = performance.now();
    const finding = known.find(`http://127.0.0.1:${(stalling.address() as AddressInfo).port}`);
    await expect(finding).rejects.toThrow(IssuerUnavailableError);
    expect(performance.now() - began).toBeGreaterThan(4_000);
  } finally {
    stalling.closeAllConnections();
    stalling.close();
  }
});

test("a redirect of an issuer is not followed", async () => {
  await using neighbour = await startIssuer();
  await using issuer = await startIssuer({ redirectTo: neighbour.url });
  await using known = openKnown({ allow: ["127.0.0.1"] });
  await expect(known.find(issuer.url)).rejects.toThrow("could not get the keys of");
  expect([issuer.asked, neighbour.asked]).toEqual([1, 0]);
});

test("keys are remembered, and an issuer without any is not asked for each token", async () => {
  await using issuer = await startIssuer();
  await using known = openKnown({ allow: ["127.0.0.1"] });
  await known.find(issuer.url);
  await known.find(issuer.url);
  expect(issuer.asked).toBe(2);
  await using silent = await startIssuer();
  silent.goDown();
  for (const _again of [1, 2, 3]) await expect(known.find(silent.url)).rejects.toThrow();
  expect(silent.asked).toBe(1);
  known.pass(6000);
  await expect(known.find(silent.url)).rejects.toThrow();
  expect(silent.asked).toBe(2);
});

test("of more keys than an issuer needs none is remembered", async () => {
  const keys = Array.from({ length: 5000 }, (_none, at) => ({ kty: "RSA", kid: `k${at}` }));
  await using issuer = await startIssuer({ keys });
  await using known = openKnown({ allow: ["127.0.0.1"] });
  await expect(known.find(issuer.url)).rejects.toThrow(IssuerUnavailableError);
});
