import { afterAll, beforeAll, describe } from "vitest";
import { HubProcess } from "../harness/hub-process.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { describeDistributionApi } from "./distribution-api.ts";
import type { Target } from "./target.ts";

describe("Berth", () => {
  let hub: HubProcess;
  let target: Target;

  beforeAll(async () => {
    hub = await HubProcess.start();
    target = { client: new RegistryClient(hub.url), random: new Randomness() };
  });
  afterAll(async () => {
    await target.client[Symbol.asyncDispose]();
    await hub[Symbol.asyncDispose]();
  });

  describeDistributionApi(() => target);
});
