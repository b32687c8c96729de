import type { TestProject } from "vitest/node";
import { openDocker } from "../harness/clients.ts";
import { attempt } from "../harness/command.ts";
import { Containerd } from "../harness/containerd.ts";
import { DockerEngine } from "../harness/docker-engine.ts";
import { busyboxContext } from "../harness/images.ts";

declare module "vitest" {
  interface ProvidedContext {
    dockerSocket: string;
    containerdSocket: string;
    canRunContainers: boolean;
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
  project.provide("canRunContainers", await canRunContainers(engine.socket));
  const running = daemons.move();
  return () => running.disposeAsync();
}

/** Inside some containers and virtual machines the Engine stores, pushes and pulls images, but runc may not start anything. */
async function canRunContainers(socket: string): Promise<boolean> {
  await using docker = await openDocker(socket);
  await docker.feed(await busyboxContext(), "build", "--quiet", "--tag", "can-run", "-");
  const args = ["run", "--rm", "--network", "host", "can-run", "true"];
  const finished = await attempt("docker", args, { env: docker.environment });
  if (finished.exitCode !== 0) console.warn(`containers cannot run here: ${finished.output}`);
  return finished.exitCode === 0;
}
