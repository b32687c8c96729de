import { afterAll, beforeAll, describe } from "vitest";
import { ROOT, startAccountsHub } from "../harness/hub-api.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { describeDistributionApi } from "./distribution-api.ts";
import type { Target } from "./target.ts";

describe("the distribution API of Berth, for somebody with an account", () => {
  const running = new AsyncDisposableStack();
  let target: Target;

  beforeAll(async () => {
    const { url } = running.use(await startAccountsHub());
    const client = running.use(new RegistryClient(url, { user: ROOT }));
    target = { client, random: new Randomness() };
  });
  afterAll(() => running.disposeAsync());

  describeDistributionApi(() => target);
});
