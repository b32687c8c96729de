import { expect, test } from "vitest";
import type { Digest } from "../../../oci/digest.ts";
import type { OutboundClient } from "../../../platform/outbound/index.ts";
import { openRegistrySource } from "./registry-source.ts";

type Answer = Awaited<ReturnType<OutboundClient["open"]>>;

function answer(status: number, headers: Readonly<Record<string, string>> = {}, text = ""): Answer {
  return {
    ...{ status, headers },
    body: (async function* () {
      yield Buffer.from(text);
    })(),
  };
}

/** Which client was asked for what. */
function openPlace(answers: Readonly<Record<string, Answer>>) {
  const asked: string[] = [];
  const clientOf = (name: string): Pick<OutboundClient, "open"> => ({
    open: async ({ url }) => {
      asked.push(`${name} ${url}`);
      return answers[url] ?? answer(200, {}, "{}");
    },
  });
  const source = openRegistrySource({
    ...{ client: clientOf("listed"), others: clientOf("public") },
    ...{ origin: "http://listed.corp:5000", repository: "base" },
    isListed: (host) => host === "listed.corp:5000" || host === "auth.corp",
    signal: new AbortController().signal,
  });
  return { source, asked };
}

test("only hosts that an administrator listed are reached wherever they are; what they send to is a public address", async () => {
  const { source, asked } = openPlace({
    "http://listed.corp:5000/v2/base/blobs/sha256:1": answer(307, {
      location: "http://169.254.169.254/latest",
    }),
  });
  await source.openBlob("sha256:1" as Digest);
  expect(asked).toEqual([
    "listed http://listed.corp:5000/v2/base/blobs/sha256:1",
    "public http://169.254.169.254/latest",
  ]);
});

test.each([
  ["http://169.254.169.254/token", "public"],
  ["http://listed.corp:22/token", "public"],
  ["https://auth.corp/token", "listed"],
])("tokens are asked for at %s as at a %s address", async (realm, client) => {
  const { source, asked } = openPlace({
    "http://listed.corp:5000/v2/base/manifests/1": answer(401, {
      "www-authenticate": `Bearer realm="${realm}"`,
    }),
  });
  await expect(source.readManifest("1")).rejects.toThrow("without a password");
  expect(asked[1]).toBe(`${client} ${realm}?scope=repository%3Abase%3Apull`);
});
