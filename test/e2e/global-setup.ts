import type { TestProject } from "vitest/node";
import { Containerd } from "../harness/containerd.ts";
import { DockerEngine } from "../harness/docker-engine.ts";

declare module "vitest" {
  interface ProvidedContext {
    dockerSocket: string;
    containerdSocket: string;
  }
}

/**
 * One Engine and one containerd serve all end-to-end tests: clients keep apart what they log in to, random layers keep apart
 * what they push. Two containerds, because all users of one share its content and would not pull what another has.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await using daemons = new AsyncDisposableStack();
  const engine = daemons.use(await DockerEngine.start());
  const containerd = daemons.use(await Containerd.start());
  project.provide("dockerSocket", engine.socket);
  project.provide("containerdSocket", containerd.socket);
  const running = daemons.move();
  return () => running.disposeAsync();
}
