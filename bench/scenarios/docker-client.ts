import type { Client } from "../../test/harness/client.ts";
import { openDocker } from "../../test/harness/clients.ts";
import { DockerEngine } from "../../test/harness/docker-engine.ts";
import { randomContext } from "../../test/harness/images.ts";
import type { Peer, PeerName } from "../peer.ts";
import type { Sample, Scale, Scenario } from "../scenario.ts";

const REGISTRIES: readonly PeerName[] = ["docker-registry", "berth"];
const LAYERS = 4;

/** What a person sees: the docker command with its compression, hashing and unpacking around the registry. */
export function dockerClient(): Scenario[] {
  const engine = new LazyEngine();
  return [dockerPush(engine), dockerPull(engine)];
}

function dockerPush(engine: LazyEngine): Scenario {
  return {
    id: "docker-push",
    title: "docker push of a 200 MB image",
    unit: "s",
    work: "run",
    peers: REGISTRIES,
    async run(peer, scale) {
      const docker = await engine.client();
      const image = await buildImage(docker, peer, scale);
      const sample = await timed(() => docker.run("push", "--quiet", image));
      await docker.run("rmi", image);
      return sample;
    },
  };
}

function dockerPull(engine: LazyEngine): Scenario {
  const images = new Map<Peer, string>();
  return {
    id: "docker-pull",
    title: "docker pull of a 200 MB image",
    unit: "s",
    work: "run",
    peers: REGISTRIES,
    async prepare(peer, scale) {
      const docker = await engine.client();
      const image = await buildImage(docker, peer, scale);
      await docker.run("push", "--quiet", image);
      await docker.run("rmi", image);
      images.set(peer, image);
    },
    async run(peer) {
      const docker = await engine.client();
      const image = images.get(peer);
      if (image === undefined) throw new Error("nothing was prepared");
      const sample = await timed(() => docker.run("pull", "--quiet", image));
      await docker.run("rmi", image);
      return sample;
    },
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

let builds = 0;

/** A new image each time: the Engine remembers what a registry has and would not send it again. */
async function buildImage(docker: Client, peer: Peer, scale: Scale): Promise<string> {
  const image = `${new URL(peer.origin).host}/bench/image:${builds++}`;
  const context = randomContext(LAYERS, Math.floor(scale.imageBytes / LAYERS));
  await docker.feed(context, "build", "--quiet", "--tag", image, "-");
  return image;
}

async function timed(work: () => Promise<unknown>): Promise<Sample> {
  const begin = performance.now();
  await work();
  return { value: (performance.now() - begin) / 1000, work: 1 };
}

/** Started by the first scenario that needs it, ended by the last. */
class LazyEngine implements AsyncDisposable {
  #engine: DockerEngine | undefined;
  #client: Client | undefined;

  async client(): Promise<Client> {
    if (this.#client !== undefined) return this.#client;
    this.#engine = await DockerEngine.start();
    this.#client = await openDocker(this.#engine.socket);
    return this.#client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client?.[Symbol.asyncDispose]();
    await this.#engine?.[Symbol.asyncDispose]();
  }
}
