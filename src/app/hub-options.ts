import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { hash } from "@node-rs/bcrypt";
import type { Logger } from "pino";
import {
  createOpenAuthenticator,
  createOpenAuthoriser,
  createUsersOnlyAuthoriser,
} from "../access/index.ts";
import { createHtpasswdAuthenticator, HtpasswdFile } from "../accounts/index.ts";
import { type Config, type LoadedConfig, printConfig } from "../platform/config/index.ts";
import { TlsFiles } from "../platform/http/index.ts";
import {
  createForeignUrlRule,
  isDistributionDirectory,
  type RegistrySettings,
} from "../registry/index.ts";
import type { HubOptions } from "./compose.ts";
import { toDirectories } from "./compose-directory.ts";
import type { AccessOptions } from "./compose-identity.ts";
import { createMailer } from "./compose-mail.ts";
import type { PullOptions } from "./compose-pulls.ts";
import { readRootFile } from "./compose-signing.ts";
import { toForwardTargets } from "./forward-targets.ts";
import { toEndpoints } from "./notification-endpoints.ts";
import { readVersion } from "./version-command.ts";

const MINUTE = 60_000;

/** What the configuration means for the composition root. `print` shows a password that was made up just now. */
export async function toHubOptions(
  loaded: Pick<LoadedConfig, "config" | "sources">,
  deps: { log: Logger; print: (line: string) => void },
): Promise<HubOptions> {
  const { log } = deps;
  const { config } = loaded;
  const { tls, storage, http } = config;
  const data = resolve(config.data);
  const blobRoot = resolve(storage.root ?? data);
  return {
    listen: config.listen,
    data,
    blobRoot,
    reserveBytes: storage.reserve,
    url: config.url,
    debugListen: http.debugListen,
    trustedProxies: http.trustedProxies,
    accessLogLevel: config.log.access ? "info" : "debug",
    version: await readVersion(),
    settings: [...printConfig(loaded)],
    idleTimeoutMs: http.idleTimeout,
    drainMs: http.drainTimeout,
    tls:
      tls.certificate === undefined || tls.key === undefined
        ? undefined
        : new TlsFiles({ ...tls, certificate: tls.certificate, key: tls.key, log }),
    access: await createAccess(config, deps.print),
    telling: {
      outboundAllow: config.outbound.allow,
      endpoints: toEndpoints(config.notifications.endpoints),
    },
    registry: toRegistrySettings(config, await isDistributionDirectory(blobRoot)),
    pulls: toPullOptions(config),
    history: { keepMs: config.history.keep },
    retainEveryMs: config.retention.enabled ? config.retention.interval : undefined,
    quotas: config.quotas.default,
    collectEveryMs: config.collection.enabled ? config.collection.interval : undefined,
    advisories: config.advisories,
    builds: config.builds,
    trustedRoot: readRootFile(config.signing.trustedRoot),
    scans: {
      follows: config.scanning.enabled,
      rescanAfterMs: config.scanning.rescanAfter === 0 ? undefined : config.scanning.rescanAfter,
      trustsClaims: config.scanning.claims === "trust",
      attaches: config.scanning.attachSboms === "off" ? undefined : config.scanning.attachSboms,
    },
    scrubs: config.scrub.enabled,
    trust: config.trust,
    adoptsAtStart: storage.adopt,
    log,
  };
}

function toRegistrySettings(config: Config, isAdopted: boolean): RegistrySettings {
  const { limits, uploads, manifests, storage } = config;
  return {
    allowsDelete: config.delete.enabled,
    isReadOnly: storage.readOnly,
    missingChildren: manifests.missingChildren,
    missingBlobs: manifests.missingBlobs,
    assertForeignUrls: createForeignUrlRule(manifests.foreignUrls),
    tagsPerPush: limits.tagsPerPush,
    catalogPage: limits.catalogPage,
    tagsPage: limits.tagsPage,
    blobBytes: limits.blobBytes,
    uploadsPerUser: uploads.perUser,
    uploadExpiryMs: uploads.expireAfter,
    graceMs: config.collection.grace,
    verifyAgainAfterMs: storage.verifyAgainAfter,
    accelRedirect: config.http.accelRedirect,
    headers: config.http.headers,
    untagged: config.collection.untagged,
    removesOrphans: !isAdopted,
    scrubBytesPerSecond: config.scrub.bytesPerSecond,
    tellsReferences: config.notifications.includeReferences,
  };
}

function toPullOptions({ pulls, limits }: Config): PullOptions {
  const { anonymous, account, exempt } = limits.pulls;
  const toLimit = ({ count, window: windowMs }: typeof anonymous) =>
    count === undefined ? undefined : { count, windowMs };
  return {
    keepMs: pulls.keep,
    limits: {
      anonymous: toLimit(anonymous),
      account: toLimit(account),
      exempt: new Set(exempt.map((name) => name.toLowerCase())),
    },
  };
}

async function createAccess(config: Config, print: (line: string) => void): Promise<AccessOptions> {
  const { mode } = config.access;
  const { path, realm, createIfMissing } = config.access.htpasswd;
  if (mode === "accounts") {
    const { adminPassword, audit, sessions } = config;
    return {
      mode,
      adminPassword,
      scimToken: config.access.scimToken,
      issuers: config.access.issuers,
      directories: toDirectories(config.access),
      audit: {
        keepMs: audit.keep,
        holdMs: audit.keepUnforwarded,
        targets: await toForwardTargets(audit.forward),
      },
      signUp: {
        policy: config.access.signUp,
        invitationMs: config.access.invitationsLast,
      },
      twoFactor: config.access.twoFactor,
      mailer: await createMailer(config),
      sessionTimes: {
        idleMs: sessions.idle,
        lifetimeMs: sessions.lifetime,
        confirmAfterMs: sessions.confirmAfter,
      },
      hubApiLimit:
        config.limits.hubApi === 0 ? undefined : { count: config.limits.hubApi, windowMs: MINUTE },
      print,
    };
  }
  if (mode === "open" || path === undefined) {
    return {
      mode: "open",
      authenticator: createOpenAuthenticator(),
      authoriser: createOpenAuthoriser(),
    };
  }
  if (createIfMissing) await createUsersFile(path, print);
  const file = new HtpasswdFile(path);
  await file.reload();
  return {
    mode,
    authenticator: createHtpasswdAuthenticator({ file, realm }),
    authoriser: createUsersOnlyAuthoriser(),
  };
}

/** As registry:2 does: a missing file of users is made with one user, whose password is shown this once. */
async function createUsersFile(path: string, print: (line: string) => void): Promise<void> {
  const password = randomBytes(24).toString("base64url");
  try {
    await writeFile(path, `docker:${await hash(password, { cost: 10 })}\n`, {
      flag: "wx",
      mode: 0o600,
    });
  } catch (cause) {
    if ((cause as { code?: unknown } | null)?.code === "EEXIST") return;
    throw cause;
  }
  print(
    `Made ${path} with the user "docker" and the password "${password}". It is not shown again.`,
  );
}
