import {
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { CommandError, type Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
import { isHost } from "../platform/http/index.ts";
import { loadSettings } from "./load-settings.ts";
import { makeAuthority, makeServerCertificate } from "./tls/make-certificate.ts";
import { replaceFile } from "./tls/replace-file.ts";

const tlsOptions = z.object({
  json: z.boolean().default(false),
  port: z.coerce.number().int().min(1).max(65_535).optional(),
  install: z.boolean().default(false),
  config: z.string().optional(),
  data: z.string().optional(),
});

const DAY_MS = 86_400_000;
const AUTHORITY_MS = 10 * 365 * DAY_MS;
/** What browsers take at most of a certificate. */
const CERTIFICATE_MS = 397 * DAY_MS;
/** Clocks of containers and virtual machines are late now and then. */
const LEEWAY_MS = DAY_MS;
const AUTHORITY_NAME = "Berth development authority";
const PRIVATE = 0o600;
const PUBLIC = 0o644;

interface Authority {
  readonly certificate: string;
  readonly privateKey: KeyObject;
}

/** What `berth tls dev` does. */
export async function makeDevelopmentTls(invocation: Invocation): Promise<ExitReason> {
  const { operands, options, terminal } = invocation;
  const settings = tlsOptions.parse(options);
  const { config } = loadSettings(settings, terminal.environment);
  const names = [...new Set(["localhost", "127.0.0.1", "::1", hostname(), ...operands])];
  for (const name of names) assertName(name);
  const folder = join(resolve(config.data), "tls");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const at = (name: string) => join(folder, name);
  const authority = await openAuthority(at);
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const certificate = makeServerCertificate(
    { ...lasting(CERTIFICATE_MS), commonName: names[0] ?? "", publicKey, names },
    { commonName: AUTHORITY_NAME, privateKey: authority.privateKey },
  );
  // The key first: a hub that watches both takes neither until they fit.
  await replaceFile(at("hub.key"), exportKey(privateKey), PRIVATE);
  await replaceFile(at("hub.crt"), certificate + authority.certificate, PUBLIC);
  const port = settings.port ?? config.listen.port;
  const made = {
    ...{ authority: at("authority.crt"), certificate: at("hub.crt"), key: at("hub.key"), names },
    clientFiles: listClientFiles(
      operands.length === 0 ? ["localhost"] : operands,
      port,
      terminal.environment,
    ),
  };
  if (settings.install)
    for (const { docker } of made.clientFiles) await install(docker, authority.certificate);
  if (settings.json) terminal.printJson(made);
  else for (const line of describe(made, settings.install)) terminal.print(line);
  return "ok";
}

function assertName(name: string): void {
  if (isHost(name.includes(":") ? `[${name}]` : name)) return;
  throw new CommandError(
    "usage",
    `"${name}" is no name or address of a hub; leave the port to --port`,
  );
}

/** The one that is there stays, because others trust it by now. */
async function openAuthority(at: (name: string) => string): Promise<Authority> {
  const known = await readAuthority(at);
  if (known !== undefined) return known;
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const wish = { ...lasting(AUTHORITY_MS), commonName: AUTHORITY_NAME, publicKey };
  const certificate = makeAuthority(wish, privateKey);
  await replaceFile(at("authority.key"), exportKey(privateKey), PRIVATE);
  await replaceFile(at("authority.crt"), certificate, PUBLIC);
  return { certificate, privateKey };
}

/** Undefined when there is none, or when a half of it is missing or does not fit. */
async function readAuthority(at: (name: string) => string): Promise<Authority | undefined> {
  try {
    const certificate = await readFile(at("authority.crt"), "utf8");
    const privateKey = createPrivateKey(await readFile(at("authority.key"), "utf8"));
    const read = new X509Certificate(certificate);
    const lasts = read.validToDate.getTime() - Date.now() > CERTIFICATE_MS;
    if (!read.checkPrivateKey(privateKey) || !lasts) return undefined;
    return { certificate, privateKey };
  } catch (cause) {
    if ((cause as { code?: unknown } | null)?.code === "ENOENT") return undefined;
    const folder = at("");
    throw new CommandError(
      "failed",
      `the authority in ${folder} cannot be read; remove it, and run this again`,
      { cause },
    );
  }
}

function lasting(ms: number): { readonly from: Date; readonly until: Date } {
  const now = Date.now();
  return { from: new Date(now - LEEWAY_MS), until: new Date(now - LEEWAY_MS + ms) };
}

function exportKey(key: KeyObject): string {
  return key.export({ format: "pem", type: "pkcs8" }).toString();
}

function listClientFiles(
  names: readonly string[],
  port: number,
  { DOCKER_CONFIG, HOME = homedir() }: Readonly<Record<string, string | undefined>>,
) {
  const config = DOCKER_CONFIG ?? join(HOME, ".docker");
  return names.map((name) => {
    const bare = name.includes(":") ? `[${name}]` : name;
    const host = port === 443 ? bare : `${bare}:${port}`;
    return {
      host,
      docker: join(config, "tls", host, "ca.crt"),
      engine: join("/etc/docker/certs.d", host, "ca.crt"),
      podman: join("/etc/containers/certs.d", host, "ca.crt"),
    };
  });
}

async function install(path: string, certificate: string): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  await replaceFile(path, certificate, PUBLIC);
}

function describe(
  made: {
    readonly authority: string;
    readonly certificate: string;
    readonly key: string;
    readonly names: readonly string[];
    readonly clientFiles: ReturnType<typeof listClientFiles>;
  },
  isInstalled: boolean,
): readonly string[] {
  const { authority, certificate, key, names, clientFiles } = made;
  return [
    `made a certificate for ${names.join(", ")}`,
    "",
    "the hub serves with it by these lines in berth.yml, and a start:",
    "  tls:",
    `    certificate: ${certificate}`,
    `    key: ${key}`,
    "",
    `clients have to trust ${authority}; copy it to`,
    ...clientFiles.flatMap(({ docker, engine, podman }) => [
      `  ${docker}    (docker's content trust${isInstalled ? "; done" : ""})`,
      `  ${engine}    (the Docker Engine)`,
      `  ${podman}    (podman, buildah, skopeo)`,
    ]),
    `notary takes it as: notary --tlscacert ${authority}`,
    "docker checks no certificate of a hub whose name leads to 127.0.0.1.",
  ];
}
