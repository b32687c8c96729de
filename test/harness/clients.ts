import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Client } from "./client.ts";
import { makeTempDirectory, type TempDirectory } from "./temp-directory.ts";

/** The docker command against the Engine that listens on `socket`. */
export async function openDocker(socket: string): Promise<Client> {
  const home = await makeTempDirectory("docker-cli");
  const environment = {
    HOME: home.path,
    DOCKER_CONFIG: home.path,
    DOCKER_HOST: `unix://${socket}`,
    // Debian's docker.io carries no BuildKit client, and hides `docker manifest` behind the second switch.
    DOCKER_BUILDKIT: "0",
    DOCKER_CLI_EXPERIMENTAL: "enabled",
  };
  return new Client({ command: "docker", environment, home });
}

/** podman that talks plain HTTP to `registry`. */
export async function openPodman(registry: string): Promise<Client> {
  const home = await makeTempDirectory("podman");
  const environment = await containersEnvironment(home, registry);
  const globalArgs = [...storageArgs(home), "--cgroup-manager", "cgroupfs"];
  return new Client({ command: "podman", globalArgs, environment, home });
}

/** buildah that talks plain HTTP to `registry`. */
export async function openBuildah(registry: string): Promise<Client> {
  const home = await makeTempDirectory("buildah");
  const environment = await containersEnvironment(home, registry);
  const globalArgs = [...storageArgs(home), ...registriesArgs(home)];
  return new Client({ command: "buildah", globalArgs, environment, home });
}

/** skopeo that talks plain HTTP to `registry`. */
export async function openSkopeo(registry: string): Promise<Client> {
  const home = await makeTempDirectory("skopeo");
  const environment = await containersEnvironment(home, registry);
  const globalArgs = [...registriesArgs(home), "--policy", join(home.path, "policy.json")];
  return new Client({ command: "skopeo", globalArgs, environment, home });
}

/** ctr against the containerd that listens on `socket`, in a namespace of its own. */
export async function openCtr(socket: string): Promise<Client> {
  const home = await makeTempDirectory("ctr");
  const globalArgs = ["--address", socket, "--namespace", basename(home.path)];
  return new Client({ command: "ctr", globalArgs, environment: { HOME: home.path }, home });
}

/** The vfs driver needs nothing of the kernel; images of these tests are small. */
function storageArgs(home: TempDirectory): readonly string[] {
  const at = (name: string) => join(home.path, name);
  return ["--root", at("storage"), "--runroot", at("run"), "--storage-driver", "vfs"];
}

/** Debian's buildah and skopeo look at the environment's CONTAINERS_REGISTRIES_CONF in some subcommands only. */
function registriesArgs(home: TempDirectory): readonly string[] {
  return ["--registries-conf", join(home.path, "registries.conf")];
}

async function containersEnvironment(
  home: TempDirectory,
  registry: string,
): Promise<Record<string, string>> {
  const at = (name: string) => join(home.path, name);
  await mkdir(at("tmp"));
  await writeFile(
    at("registries.conf"),
    `unqualified-search-registries = ["${registry}"]\n[[registry]]\nlocation = "${registry}"\ninsecure = true\n`,
  );
  await writeFile(
    at("containers.conf"),
    `[engine]\nlock_type = "file"\nevents_logger = "none"\ntmp_dir = "${at("tmp")}"\n`,
  );
  await writeFile(at("auth.json"), "{}");
  await writeFile(at("policy.json"), `{"default": [{"type": "insecureAcceptAnything"}]}`);
  return {
    HOME: home.path,
    TMPDIR: at("tmp"),
    XDG_RUNTIME_DIR: at("tmp"),
    REGISTRY_AUTH_FILE: at("auth.json"),
    CONTAINERS_REGISTRIES_CONF: at("registries.conf"),
    CONTAINERS_CONF: at("containers.conf"),
  };
}
