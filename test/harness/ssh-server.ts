import { mkdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { run } from "./command.ts";
import { findFreePort } from "./free-port.ts";
import { Service } from "./service.ts";
import { makeTempDirectory } from "./temp-directory.ts";

/** Where Debian's sshd wants an empty folder of root's. */
const PRIVILEGE_SEPARATION = "/run/sshd";

/** Debian's sshd on a port of its own, in front of whatever repositories this user may read. Only keys get in, and they get git alone. */
export async function startSshServer() {
  await using resources = new AsyncDisposableStack();
  const { path } = resources.use(await makeTempDirectory("sshd"));
  const port = await findFreePort();
  const keys = join(path, "authorized_keys");
  if (process.getuid?.() === 0) await mkdir(PRIVILEGE_SEPARATION, { recursive: true });
  const makeHostKey = (name: string) =>
    run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(path, name)]);
  await makeHostKey("first");
  await makeHostKey("second");
  const start = async (hostKey: string) => {
    const config = join(path, "sshd_config");
    const lines = [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${join(path, hostKey)}`,
      `AuthorizedKeysFile ${keys}`,
      `PidFile ${join(path, "sshd.pid")}`,
      ...["StrictModes no", "UsePAM no", "PermitRootLogin prohibit-password"],
      ...["PasswordAuthentication no", "KbdInteractiveAuthentication no"],
    ];
    await writeFile(config, `${lines.join("\n")}\n`);
    const service = new Service({ command: "/usr/sbin/sshd", args: ["-D", "-e", "-f", config] });
    await service.waitFor("an answer", () => listens(port));
    return service;
  };
  let service = await start("first");
  resources.defer(async () => await service.stop());
  const owned = resources.move();
  return {
    addressOf: (folder: string) => `ssh://${userInfo().username}@127.0.0.1:${port}${folder}`,
    /** For a public key, as it stands in one line. */
    async letIn(publicKey: string) {
      const guards = `restrict,command="git-shell -c \\"$SSH_ORIGINAL_COMMAND\\""`;
      await writeFile(keys, `${guards} ${publicKey}\n`, { mode: 0o600 });
    },
    /** As one that is somebody else's. */
    async showOtherKey() {
      await service.stop();
      service = await start("second");
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function listens(port: number): Promise<true | undefined> {
  const { promise, resolve } = Promise.withResolvers<true | undefined>();
  const socket = connect(port, "127.0.0.1", () => resolve(true));
  socket.once("error", () => resolve(undefined));
  const answer = await promise;
  socket.destroy();
  return answer;
}
