import { afterAll, beforeAll } from "vitest";
import { type Hub, type HubOptions, startHub } from "../harness/hub.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import type { Target } from "./target.ts";

export type HubTarget = Target & { readonly hub: Hub };

/** One hub for the tests around this call; its client is the first of the users, if there are any. */
export function hubForThisFile(options: HubOptions = {}): () => HubTarget {
  const random = new Randomness();
  let target: HubTarget | undefined;
  beforeAll(async () => {
    const hub = await startHub(options);
    const [user] = options.users ?? [];
    target = { hub, random, client: new RegistryClient(hub.url, user && { user }) };
  });
  afterAll(async () => {
    await target?.client[Symbol.asyncDispose]();
    await target?.hub[Symbol.asyncDispose]();
  });
  return () => {
    if (target === undefined) throw new Error("the hub of this file has not started");
    return target;
  };
}
