/**
 * The configuration of CNCF distribution as data: which fields it has, under which name the YAML file and the
 * environment know them, and what kind of value each takes. Source: distribution, configuration/configuration.go, 2.8 and 3.0.
 */
export type Field =
  | { readonly kind: "text" | "flag" | "number" | "duration" | "any" }
  | { readonly kind: "list"; readonly of: Field }
  /** Names with parameters each, such as the storage driver; keys from the environment are stored in lower case. */
  | { readonly kind: "parameters" }
  /** Names of headers with a list of values each. */
  | { readonly kind: "headers" }
  | { readonly kind: "struct"; readonly fields: Readonly<Record<string, NamedField>> };

/** Environment tokens are the upper-cased Go names, which are not always the YAML keys. */
export type NamedField = Field & { readonly goName?: string };

const text = { kind: "text" } as const;
const flag = { kind: "flag" } as const;
const number = { kind: "number" } as const;
const duration = { kind: "duration" } as const;
const any = { kind: "any" } as const;
const parameters = { kind: "parameters" } as const;
const headers = { kind: "headers" } as const;
const list = (of: Field) => ({ kind: "list", of }) as const;
const struct = (fields: Readonly<Record<string, NamedField>>) =>
  ({ kind: "struct", fields }) as const;

const fileChecker = struct({ interval: duration, file: text, threshold: number });
const tcpChecker = struct({ timeout: duration, interval: duration, addr: text, threshold: number });
const httpChecker = struct({
  timeout: duration,
  statuscode: number,
  interval: duration,
  uri: text,
  headers,
  threshold: number,
});

const endpoint = struct({
  name: text,
  disabled: flag,
  url: text,
  headers,
  timeout: duration,
  threshold: number,
  backoff: duration,
  ignoredmediatypes: list(text),
  ignore: struct({ mediatypes: list(text), actions: list(text) }),
  /** Berth's own: v1 as registry:2 sends it, or v2 as registry:3 does. */
  format: text,
});

/** One server with a pool in 2.8; in 3.x the options of its client, which takes many. */
const redis = struct({
  addr: text,
  username: text,
  password: text,
  db: number,
  dialtimeout: duration,
  readtimeout: duration,
  writetimeout: duration,
  pool: struct({ maxidle: number, maxactive: number, idletimeout: duration }),
  tls: struct({
    enabled: flag,
    certificate: text,
    key: text,
    rootcas: list(text),
    clientcas: list(text),
  }),
  addrs: list(text),
  clientname: text,
  protocol: number,
  sentinelusername: text,
  sentinelpassword: text,
  maxretries: number,
  minretrybackoff: duration,
  maxretrybackoff: duration,
  contexttimeoutenabled: flag,
  poolfifo: flag,
  poolsize: number,
  pooltimeout: duration,
  minidleconns: number,
  maxidleconns: number,
  maxactiveconns: number,
  connmaxidletime: duration,
  connmaxlifetime: duration,
  maxredirects: number,
  readonly: flag,
  routebylatency: flag,
  routerandomly: flag,
  mastername: text,
  disableidentity: flag,
  identitysuffix: text,
  unstableresp3: flag,
});

export const DISTRIBUTION_FIELDS = struct({
  version: text,
  log: struct({
    accesslog: struct({ disabled: flag }),
    level: text,
    formatter: text,
    fields: any,
    hooks: list(
      struct({
        disabled: flag,
        type: text,
        levels: list(text),
        options: {
          ...struct({
            smtp: struct({ addr: text, username: text, password: text, insecure: flag }),
            from: text,
            to: list(text),
          }),
          goName: "mailoptions",
        },
      }),
    ),
    reportcaller: flag,
  }),
  loglevel: text,
  storage: parameters,
  auth: parameters,
  middleware: any,
  reporting: struct({
    bugsnag: struct({ apikey: text, releasestage: text, endpoint: text }),
    newrelic: struct({ licensekey: text, name: text, verbose: flag }),
  }),
  http: struct({
    addr: text,
    net: text,
    host: text,
    prefix: text,
    secret: text,
    relativeurls: flag,
    draintimeout: duration,
    tls: struct({
      certificate: text,
      key: text,
      clientcas: list(text),
      clientauth: text,
      minimumtls: text,
      ciphersuites: list(text),
      letsencrypt: struct({
        cachefile: text,
        email: text,
        hosts: list(text),
        directoryurl: text,
      }),
    }),
    headers,
    debug: struct({ addr: text, prometheus: struct({ enabled: flag, path: text }) }),
    http2: struct({ disabled: flag }),
    h2c: struct({ enabled: flag }),
  }),
  notifications: struct({
    events: { ...struct({ includereferences: flag }), goName: "eventconfig" },
    endpoints: list(endpoint),
  }),
  redis,
  health: struct({
    file: { ...list(fileChecker), goName: "filecheckers" },
    http: { ...list(httpChecker), goName: "httpcheckers" },
    tcp: { ...list(tcpChecker), goName: "tcpcheckers" },
    storagedriver: struct({ enabled: flag, interval: duration, threshold: number }),
  }),
  catalog: struct({ maxentries: number }),
  tags: struct({ maxtags: number }),
  proxy: struct({
    remoteurl: text,
    username: text,
    password: text,
    ttl: duration,
    exec: struct({ command: text, lifetime: duration }),
  }),
  compatibility: struct({
    schema1: struct({ signingkeyfile: { ...text, goName: "trustkey" }, enabled: flag }),
  }),
  validation: struct({
    enabled: flag,
    disabled: flag,
    manifests: struct({
      urls: struct({ allow: list(text), deny: list(text) }),
      indexes: struct({
        platforms: text,
        platformlist: list(struct({ architecture: text, os: text })),
      }),
    }),
  }),
  policy: struct({ repository: struct({ classes: list(text) }) }),
});

/** Settings beside the driver in `storage`, which has exactly one driver. */
export const STORAGE_EXTRAS: ReadonlySet<string> = new Set([
  "maintenance",
  "cache",
  "delete",
  "redirect",
  "tag",
]);
