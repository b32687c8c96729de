import { z } from "zod";
import { advisorySettings } from "./advisory-feeds.ts";
import { buildSettings } from "./build-settings.ts";
import { ldap, oidcList } from "./directories.ts";
import { forwardList } from "./forwarding.ts";
import { issuerList } from "./issuers.ts";
import { mailSettings } from "./mail-settings.ts";
import { endpointList } from "./notifications.ts";
import { peopleSettings } from "./people-settings.ts";
import { quotaSettings } from "./quota-settings.ts";
import { scanningSettings } from "./scanning-settings.ts";
import { signing } from "./signing.ts";
import { trustSettings } from "./trust-settings.ts";
import {
  address,
  byteSize,
  count,
  duration,
  flag,
  longSecret,
  networkList,
  path,
  patternList,
  secret,
  textList,
} from "./values.ts";

/** Every setting there is. A setting's description here is its documentation: docs/configuration.md is made from it. */
export const configSchema = z.strictObject({
  listen: address
    .optional()
    .describe(
      "Where to listen: host:port, [::1]:port, or :port for every interface. Unset: :5000 with accounts, 127.0.0.1:5000 without.",
    ),
  data: path
    .default("./data")
    .describe("The folder for the database and, unless storage.root says otherwise, the blobs."),
  url: z
    .url({ protocol: /^https?$/, error: "must be an http or https address" })
    .optional()
    .describe("The address under which clients reach the hub. Unset: whatever Host they send."),
  adminPassword: secret
    .optional()
    .describe(
      "The first administrator's password, in the mode accounts; unset: a random one, printed once.",
    ),
  tls: z
    .strictObject({
      certificate: path
        .optional()
        .describe("A PEM file with the certificate and its chain; read again when it changes."),
      key: path.optional().describe("The PEM file with the certificate's private key."),
      minimumVersion: z
        .enum(["TLSv1.2", "TLSv1.3"], { error: "must be TLSv1.2 or TLSv1.3" })
        .default("TLSv1.2")
        .describe("Clients that speak nothing newer are refused."),
    })
    .prefault({}),
  access: z
    .strictObject({
      mode: z
        .enum(["open", "htpasswd", "accounts"], { error: "must be open, htpasswd or accounts" })
        .default("accounts")
        .describe(
          "accounts: people with accounts, organizations and rights. open: whoever reaches the port may do everything. htpasswd: the users of a file may.",
        ),
      allowRemote: flag
        .default(false)
        .describe(
          "Let the open mode listen beyond this machine, where anybody can push and delete.",
        ),
      ...peopleSettings,
      issuers: issuerList
        .default([])
        .describe(
          "Who vouches for CI jobs, which then log in without a stored secret; see docs/keyless-ci.md. In a variable: JSON.",
        ),
      scimToken: longSecret
        .optional()
        .describe(
          "What an identity provider shows to add and switch off accounts by SCIM, see docs/hub-api.md; unset: only administrators may.",
        ),
      ldap,
      oidc: oidcList
        .default([])
        .describe(
          "Providers of OpenID Connect whose people log in there; see docs/sign-in.md. In a variable: JSON.",
        ),
      htpasswd: z
        .strictObject({
          path: path.optional().describe("The file of users, made by `htpasswd -B`; bcrypt only."),
          realm: z
            .string()
            .default("Berth")
            .describe("What clients show when they ask for a password."),
          createIfMissing: flag
            .default(false)
            .describe(
              "Write a file with one user and a random password, printed once, if there is none.",
            ),
        })
        .prefault({}),
    })
    .prefault({}),
  trust: trustSettings,
  sessions: z
    .strictObject({
      idle: duration
        .default(7 * 86_400_000)
        .describe("A browser's login that is not used for so long has ended."),
      lifetime: duration
        .default(30 * 86_400_000)
        .describe("A browser's login ends after so long, however much it is used."),
      confirmAfter: duration
        .default(15 * 60_000)
        .describe(
          "Before tokens or passwords are made, people and their roles change, or repositories are deleted or moved, a browser has to prove anew who it is after so long.",
        ),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z
        .enum(["debug", "info", "warn", "error"], { error: "must be debug, info, warn or error" })
        .default("info")
        .describe("debug also logs each request."),
      format: z
        .enum(["auto", "json", "pretty"], { error: "must be auto, json or pretty" })
        .default("auto")
        .describe("auto: pretty on a terminal, JSON lines elsewhere."),
      access: flag.default(false).describe("Log each request at level info."),
    })
    .prefault({}),
  http: z
    .strictObject({
      idleTimeout: duration
        .default(60_000)
        .describe(
          "A connection on which nothing moves for so long is closed. There is no limit on a whole request.",
        ),
      drainTimeout: duration
        .default(60_000)
        .describe("How long requests that are under way may take to end when the hub stops."),
      headers: z
        .record(z.string(), z.union([z.array(z.string()), z.string().transform((text) => [text])]))
        .default({})
        .describe("Headers added to every answer of the registry API."),
      debugListen: address
        .optional()
        .describe("A second address that serves only /metrics, /healthz and /readyz."),
      accelRedirect: z
        .string()
        .regex(/^\/.*\/$/, "must begin and end with a slash, such as /berth-blobs/")
        .optional()
        .describe(
          "nginx's internal location for the storage root: nginx then sends the bytes of blobs (X-Accel-Redirect).",
        ),
      trustedProxies: networkList
        .default([])
        .describe(
          "Addresses or networks of proxies whose X-Forwarded headers are believed; none by default.",
        ),
    })
    .prefault({}),
  storage: z
    .strictObject({
      root: path
        .optional()
        .describe(
          "The folder that holds docker/registry/v2; a directory of registry:2 can be named here. Default: data.",
        ),
      reserve: byteSize
        .default(64 * 1024 * 1024)
        .describe(
          "Pushes are refused (507) while less than this is free, so that pulls and deletes go on. 0: no reserve.",
        ),
      adopt: flag
        .default(false)
        .describe(
          "At the first start, take over what registry:2 left in storage.root, while serving.",
        ),
      readOnly: flag.default(false).describe("Refuse every push and delete (405)."),
      verifyAgainAfter: duration
        .default(86_400_000)
        .describe(
          "How long a blob's last check against its digest is trusted before a pull hashes it again.",
        ),
    })
    .prefault({}),
  delete: z
    .strictObject({
      enabled: flag.default(true).describe("Whether tags, manifests and blobs can be deleted."),
    })
    .prefault({}),
  uploads: z
    .strictObject({
      expireAfter: duration
        .default(86_400_000)
        .describe("An upload that nobody has written to for so long is removed."),
      perUser: count
        .default(1000)
        .describe("Unfinished uploads one user, or one address without a user, may have."),
    })
    .prefault({}),
  manifests: z
    .strictObject({
      missingChildren: z
        .enum(["accept", "refuse"], { error: "must be accept or refuse" })
        .default("accept")
        .describe("Whether an index may name platforms that were not pushed."),
      missingBlobs: z
        .enum(["accept", "refuse"], { error: "must be accept or refuse" })
        .default("refuse")
        .describe(
          "Whether an image may name a config or layers that were not pushed; its pull fails at the client then.",
        ),
      foreignUrls: z
        .strictObject({
          allow: patternList
            .default([".*"])
            .describe(
              "Regular expressions: layers with a URL that matches none of them are refused.",
            ),
          deny: patternList
            .default([])
            .describe("Regular expressions: layers with a URL that matches are refused."),
        })
        .prefault({}),
    })
    .prefault({}),
  outbound: z
    .strictObject({
      allow: networkList
        .default([])
        .describe(
          "Networks that are not public and may be sent to all the same, such as 10.0.0.0/8: webhooks of users go there then.",
        ),
    })
    .prefault({}),
  mail: mailSettings,
  notifications: z
    .strictObject({
      endpoints: endpointList
        .default([])
        .describe(
          "Receivers of registry notifications, as registry:2 has them; see docs/webhooks.md. In a variable: JSON.",
        ),
      includeReferences: flag
        .default(false)
        .describe("Notifications of a push list what the manifest names."),
    })
    .prefault({}),
  audit: z
    .strictObject({
      keep: duration
        .default(2 * 365 * 86_400_000)
        .describe(
          "How long entries of the audit trail are kept; what is older goes, and leaves a checkpoint.",
        ),
      keepUnforwarded: duration
        .default(90 * 86_400_000)
        .describe(
          "How much longer entries are kept that a collector of `audit.forward` does not have yet. What goes after that is an error in the log.",
        ),
      forward: forwardList
        .default([])
        .describe(
          "Collectors that get the audit trail, by syslog or HTTP; see docs/operations.md. In a variable: JSON.",
        ),
    })
    .prefault({}),
  pulls: z
    .strictObject({
      keep: duration
        .default(90 * 86_400_000)
        .describe(
          "How long the hourly counts of pulls by account, address and image are kept; totals stay.",
        ),
    })
    .prefault({}),
  limits: z
    .strictObject({
      pulls: z
        .strictObject({
          anonymous: z
            .strictObject({
              count: count
                .optional()
                .describe(
                  "How many images one IPv4 address or IPv6 /64 may pull without an account in limits.pulls.anonymous.window. Unset: no limit.",
                ),
              window: duration.default(21_600_000).describe("In how much time."),
            })
            .prefault({}),
          account: z
            .strictObject({
              count: count
                .optional()
                .describe(
                  "How many images one user, robot or organization token may pull in limits.pulls.account.window. Unset: no limit.",
                ),
              window: duration.default(21_600_000).describe("In how much time."),
            })
            .prefault({}),
          exempt: textList
            .default([])
            .describe(
              "Who is not limited, beside administrators: users, robots such as acme+ci, or organizations with all their robots and tokens.",
            ),
        })
        .prefault({}),
      hubApi: count
        .default(600)
        .describe(
          "Requests to Docker Hub's API that one account, or one address without one, may make in a minute. 0: no limit.",
        ),
      blobBytes: byteSize
        .default(Number.MAX_SAFE_INTEGER)
        .describe("The largest blob taken; no limit by default."),
      tagsPerPush: count.default(100).describe("How many ?tag= one push by digest may set."),
      tagsPage: count.default(10_000).describe("How many tags one page of a list holds at most."),
      catalogPage: count
        .default(1000)
        .describe("How many repositories one page of the catalog holds at most."),
    })
    .prefault({}),
  history: z
    .strictObject({
      keep: duration
        .optional()
        .describe(
          "How long moves of tags are kept, so that what a tag was can be told; unset: for ever. The last move stays.",
        ),
    })
    .prefault({}),
  quotas: quotaSettings,
  collection: z
    .strictObject({
      enabled: flag
        .default(true)
        .describe("Whether collection runs by itself; `berth collect` always can."),
      grace: duration
        .default(86_400_000)
        .describe(
          "How long what nothing names is left alone. Less than an hour needs collection.allowShortGrace.",
        ),
      allowShortGrace: flag
        .default(false)
        .describe("Accept a grace under an hour, at the risk of pushes that have to be repeated."),
      interval: duration.default(3_600_000).describe("How often collection runs."),
      untagged: z
        .enum(["keep", "remove"], { error: "must be keep or remove" })
        .default("keep")
        .describe(
          "Whether manifests without a tag are removed; keep, as registry:2 does, so that pulls by digest last.",
        ),
    })
    .prefault({}),
  retention: z
    .strictObject({
      enabled: flag
        .default(true)
        .describe(
          "Whether policies of retention are applied by themselves; `berth retention apply` always can.",
        ),
      interval: duration
        .default(86_400_000)
        .describe("How often each policy is applied, first that long after it was saved."),
    })
    .prefault({}),
  scanning: scanningSettings,
  signing,
  advisories: advisorySettings,
  builds: buildSettings,
  scrub: z
    .strictObject({
      enabled: flag
        .default(true)
        .describe("Whether blobs are hashed again and again in the background."),
      bytesPerSecond: byteSize
        .default(20 * 1024 * 1024)
        .describe("The scrubber reads no faster than this."),
    })
    .prefault({}),
});

type Settings = z.output<typeof configSchema>;

/** What is in force, with every default settled. */
export type Config = Settings & { readonly listen: NonNullable<Settings["listen"]> };

const PORT = 5000;

/** Whoever knows who is who may be reached by everybody. */
export function settle(settings: Settings): Config {
  const host = settings.access.mode === "accounts" ? "::" : "127.0.0.1";
  return { ...settings, listen: settings.listen ?? { host, port: PORT } };
}
