/**
 * The configuration of CNCF distribution as data: which fields it has, under which name the YAML file and the
 * environment know them, and what kind of value each takes. Source: distribution, configuration/configuration.go, 2.8 and 3.0.
 */
export type Field =
  | { readonly kind: "text" | "flag" | "number" | "duration" | "any" }
  | { readonly kind: "list"; readonly of: Field }
  /** Any keys, such as the parameters of a storage driver; stored in lower case. */
  | { readonly kind: "map" }
  | { readonly kind: "struct"; readonly fields: Readonly<Record<string, NamedField>> };

/** Environment tokens are the upper-cased Go names, which are not always the YAML keys. */
export type NamedField = Field & { readonly goName?: string };

const text = { kind: "text" } as const;
const flag = { kind: "flag" } as const;
const number = { kind: "number" } as const;
const duration = { kind: "duration" } as const;
const any = { kind: "any" } as const;
const map = { kind: "map" } as const;
const list = (of: Field) => ({ kind: "list", of }) as const;
const struct = (fields: Readonly<Record<string, NamedField>>) =>
  ({ kind: "struct", fields }) as const;

const checker = struct({
  interval: duration,
  threshold: number,
  file: text,
  uri: text,
  addr: text,
  timeout: duration,
  statuscode: number,
  headers: any,
});

const endpoint = struct({
  name: text,
  disabled: flag,
  url: text,
  headers: any,
  timeout: duration,
  threshold: number,
  backoff: duration,
  ignoredmediatypes: list(text),
  ignore: struct({ mediatypes: list(text), actions: list(text) }),
});

export const DISTRIBUTION_FIELDS = struct({
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
        options: { ...any, goName: "mailoptions" },
      }),
    ),
    reportcaller: flag,
  }),
  loglevel: text,
  storage: map,
  auth: map,
  middleware: any,
  reporting: any,
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
    headers: any,
    debug: struct({ addr: text, prometheus: struct({ enabled: flag, path: text }) }),
    http2: struct({ disabled: flag }),
    h2c: struct({ enabled: flag }),
  }),
  notifications: struct({
    events: { ...struct({ includereferences: flag }), goName: "eventconfig" },
    endpoints: list(endpoint),
  }),
  redis: any,
  health: struct({
    file: { ...list(checker), goName: "filecheckers" },
    http: { ...list(checker), goName: "httpcheckers" },
    tcp: { ...list(checker), goName: "tcpcheckers" },
    storagedriver: struct({ enabled: flag, interval: duration, threshold: number }),
  }),
  catalog: struct({ maxentries: number }),
  tags: struct({ maxtags: number }),
  proxy: struct({
    remoteurl: text,
    username: text,
    password: text,
    ttl: duration,
    exec: any,
  }),
  compatibility: struct({ schema1: struct({ trustkey: text, enabled: flag }) }),
  validation: struct({
    enabled: flag,
    disabled: flag,
    manifests: struct({
      urls: struct({ allow: list(text), deny: list(text) }),
      indexes: struct({ platforms: text, platformlist: list(any) }),
    }),
  }),
  policy: any,
});

/** Settings beside the driver in `storage`, which has exactly one driver. */
export const STORAGE_EXTRAS: ReadonlySet<string> = new Set([
  "maintenance",
  "cache",
  "delete",
  "redirect",
  "tag",
]);
