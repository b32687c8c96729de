import { afterAll, beforeAll, describe } from "vitest";
import { DockerRegistry } from "../harness/docker-registry.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { describeDistributionApi } from "./distribution-api.ts";
import { DOCKER_REGISTRY_FAILURES } from "./docker-registry-failures.ts";
import type { Target } from "./target.ts";

/**
 * The suite against another implementation: where docker-registry 2.8.2 is right the tests pass, where it is known to be
 * wrong they fail. So a test that cannot fail, or that asks for what only Berth does, is found here.
 */
describe("docker-registry 2.8.2", () => {
  let registry: DockerRegistry;
  let target: Target;

  beforeAll(async () => {
    registry = await DockerRegistry.start();
    const random = new Randomness();
    target = { client: new RegistryClient(registry.url), random };
  });
  afterAll(async () => {
    await target.client[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  describeDistributionApi(() => target, DOCKER_REGISTRY_FAILURES);
});
