import { chmod, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeSecretFolder } from "../secrets/secret-files.ts";
import { gitEnvironment } from "./git-environment.ts";
import type { Refs } from "./git-repositories.ts";
import { type GitLimits, type GitOrder, runLimitedGit } from "./limited-git.ts";
import type { SourceAddress } from "./source-address.ts";

/** How a Git server is told who asks. */
export type GitCredential =
  | { readonly kind: "none" }
  | { readonly kind: "token"; readonly username: string; readonly token: string }
  | { readonly kind: "key"; readonly privateKey: string };

export interface RemoteGit {
  readonly address: SourceAddress;
  /** What its name means, as it was checked: nothing else is connected to. */
  readonly addresses: readonly string[];
  readonly credential: GitCredential;
  /** Lines of `known_hosts`; without any, the first key that the server shows is taken. */
  readonly hostKeys: string | undefined;
  /** Authorities of its certificate, in place of the machine's. */
  readonly caFile: string | undefined;
  /** The hub's directory, by which it knows the folders that keys lie in meanwhile. */
  readonly data: string;
}

const WHAT = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];

/** Brings the branches and tags of a bare repository to those of the server, without their histories. Throws SourceError. */
export async function fetchMirror(
  path: string,
  remote: RemoteGit,
  wish: { readonly limits: GitLimits; readonly signal: AbortSignal },
): Promise<{ readonly hostKeys: string | undefined }> {
  const order = ["fetch", "--quiet", "--force", "--prune", "--no-tags", "--depth=1"];
  const guards = ["--no-write-fetch-head", "--no-auto-gc", "--recurse-submodules=no"];
  const { hostKeys } = await askRemote(remote, {
    ...wish,
    args: ["-C", path, ...order, ...guards, remote.address.url, ...WHAT],
  });
  return { hostKeys };
}

/** Fetches one branch, ref or commit, without its history, and keeps it under another name, if one is said. Throws SourceError. */
export async function fetchRef(
  path: string,
  remote: RemoteGit,
  wish: {
    readonly ref: string;
    readonly into: string | undefined;
    readonly limits: GitLimits;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const order = ["fetch", "--quiet", "--force", "--no-tags", "--depth=1"];
  const guards = ["--no-write-fetch-head", "--no-auto-gc", "--recurse-submodules=no"];
  const what = wish.into === undefined ? wish.ref : `+${wish.ref}:${wish.into}`;
  await askRemote(remote, {
    ...{ limits: wish.limits, signal: wish.signal },
    args: ["-C", path, ...order, ...guards, remote.address.url, what],
  });
}

/** What the server has now, without fetching it. Throws SourceError. */
export async function listRemoteRefs(
  remote: RemoteGit,
  wish: { readonly limits: GitLimits; readonly signal: AbortSignal },
): Promise<Refs> {
  const args = ["ls-remote", "--quiet", "--heads", "--tags", remote.address.url];
  const { output } = await askRemote(remote, { ...wish, args });
  const refs = new Map<string, string>();
  for (const line of output.split("\n")) {
    const [commit = "", name = ""] = line.split("\t");
    // `^{}` is what an annotated tag leads to, after the tag itself.
    if (name !== "") refs.set(name.replace(/\^\{\}$/, ""), commit);
  }
  return refs;
}

async function askRemote(
  remote: RemoteGit,
  order: GitOrder,
): Promise<{ readonly output: string; readonly hostKeys: string | undefined }> {
  const work = await makeSecretFolder(remote.data, join(tmpdir(), "berth-git-"));
  try {
    const known = join(work, "known_hosts");
    const environment =
      remote.address.protocol === "ssh"
        ? await prepareSsh(remote, { work, known })
        : describeHttp(remote, order.limits.bytes);
    const output = await runLimitedGit(order, environment);
    const seen = remote.address.protocol === "ssh" ? await readFile(known, "utf8") : "";
    return { output, hostKeys: seen === "" ? undefined : seen };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

const SHARED: readonly (readonly [string, string])[] = [
  ["transfer.fsckObjects", "true"],
  ["fetch.fsckObjects", "true"],
  // All that comes is one file, which has a limit.
  ["fetch.unpackLimit", "1"],
  ["transfer.bundleURI", "false"],
  ["core.bigFileThreshold", "32m"],
  ["pack.threads", "1"],
  ["protocol.file.allow", "never"],
  ["protocol.ext.allow", "never"],
];

/** No redirects: what another server answers was not looked at. */
function describeHttp(
  { address, addresses, credential, caFile }: RemoteGit,
  bytes: number,
): Readonly<Record<string, string>> {
  const { protocol, host, port } = address;
  const name = host.includes(":") ? `[${host}]` : host;
  const settings: (readonly [string, string])[] = [
    ...SHARED,
    [`protocol.${protocol}.allow`, "always"],
    ["http.followRedirects", "false"],
    ["http.proxy", ""],
    ["http.curloptResolve", `${name}:${port}:${addresses.join(",")}`],
    ["http.lowSpeedLimit", "1000"],
    ["http.lowSpeedTime", "60"],
    ["credential.helper", ""],
    ...(caFile === undefined ? [] : [["http.sslCAInfo", caFile] as const]),
  ];
  if (credential.kind === "token") {
    const { username, token } = credential;
    const basic = Buffer.from(`${username}:${token}`).toString("base64");
    // In the environment, which only this user of the machine may read; never among the arguments.
    settings.push(["http.extraHeader", `Authorization: Basic ${basic}`]);
  }
  return gitEnvironment(bytes, settings);
}

async function prepareSsh(
  { address, addresses, credential, hostKeys }: RemoteGit,
  { work, known }: { readonly work: string; readonly known: string },
): Promise<Readonly<Record<string, string>>> {
  const key = join(work, "key");
  await writeFile(known, hostKeys ?? "", { mode: 0o600 });
  await writeFile(key, credential.kind === "key" ? credential.privateKey : "", { mode: 0o600 });
  await chmod(key, 0o600);
  const [first = ""] = addresses;
  const alias = address.port === 22 ? address.host : `[${address.host}]:${address.port}`;
  const options = {
    // The address that was checked, under the name that the key of the server is kept by.
    HostName: first,
    HostKeyAlias: alias,
    UserKnownHostsFile: known,
    GlobalKnownHostsFile: "/dev/null",
    StrictHostKeyChecking: hostKeys === undefined ? "accept-new" : "yes",
    CheckHostIP: "no",
    HashKnownHosts: "no",
    UpdateHostKeys: "no",
    IdentityFile: key,
    IdentitiesOnly: "yes",
    IdentityAgent: "none",
    BatchMode: "yes",
    PreferredAuthentications: "publickey",
    PermitLocalCommand: "no",
    ForwardAgent: "no",
    ClearAllForwardings: "yes",
    ConnectTimeout: "20",
    ServerAliveInterval: "20",
  };
  const words = Object.entries(options).flatMap(([name, value]) => [
    "-o",
    quote(`${name}="${value}"`),
  ]);
  return {
    ...gitEnvironment(0, [...SHARED, ["protocol.ssh.allow", "always"]]),
    GIT_SSH_COMMAND: ["ssh", "-F", "/dev/null", ...words].join(" "),
    GIT_SSH_VARIANT: "ssh",
  };
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
