import { NameCollision } from "../organizations/index.ts";
import { ConfigError } from "../platform/config/index.ts";
import { DatabaseFullError, DataInUseError } from "../platform/db/index.ts";
import { TlsFilesError } from "../platform/http/index.ts";

/** Their sentences are for whoever starts the hub. */
const WORDED = [ConfigError, NameCollision, DataInUseError, TlsFilesError];

/** What the system says of a file or an address. */
interface Refused {
  readonly message: string;
  readonly where: string;
  readonly address: unknown;
  readonly port: unknown;
}

const SYSTEM: Readonly<Record<string, (refused: Refused) => string>> = {
  EADDRINUSE: ({ address, port }) =>
    `another program listens on ${address}:${port}: stop it, or choose another port by BERTH_LISTEN`,
  EADDRNOTAVAIL: ({ address }) => `${address} is no address of this machine: change BERTH_LISTEN`,
  EACCES: describeDenied,
  EPERM: describeDenied,
  EROFS: ({ where }) =>
    `${where} is on a file system that cannot be written: choose another BERTH_DATA`,
  ENOSPC: describeFull,
  EDQUOT: describeFull,
  EEXIST: describeNoDirectory,
  ENOTDIR: describeNoDirectory,
  ENOENT: ({ message, where }) =>
    message.includes(", mkdir ") ? `${where} cannot be made: choose another BERTH_DATA` : message,
};

/** SQLite's own codes; it adds detail in the bytes above the first. */
const SQLITE: Readonly<Record<number, (refused: Refused) => string>> = {
  8: describeUnwritable,
  13: describeFull,
  14: describeUnwritable,
};
const PRIMARY_CODE = 0xff;

/** What whoever starts the hub can put right, in words that say how; undefined for what is a fault of ours. */
export function describeStartRefusal(cause: unknown, data: string): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { message } = cause;
  if (WORDED.some((kind) => cause instanceof kind)) return message;
  const { code, errcode, path, address, port }: Record<string, unknown> = { ...cause };
  const refused = { message, where: typeof path === "string" ? path : data, address, port };
  if (cause instanceof DatabaseFullError) return describeFull(refused);
  if (typeof errcode === "number") return SQLITE[errcode & PRIMARY_CODE]?.(refused);
  return SYSTEM[String(code)]?.(refused);
}

function describeDenied({ where, port }: Refused): string {
  return port === undefined
    ? `${where}: permission denied; give it to the user that runs the hub, or choose another BERTH_DATA`
    : `this user may not listen on port ${port}: choose one above 1023 by BERTH_LISTEN`;
}

function describeUnwritable({ where }: Refused): string {
  return `${where} cannot be written: give its files to the user that runs the hub`;
}

function describeFull({ where }: Refused): string {
  return `the disk of ${where} is full: make room, or say by BERTH_DATA where else the data shall lie`;
}

function describeNoDirectory({ where }: Refused): string {
  return `${where} is not a directory: choose another BERTH_DATA`;
}
