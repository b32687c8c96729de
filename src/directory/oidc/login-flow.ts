import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { z } from "zod";

const purpose = z.discriminatedUnion("kind", [
  /** A browser gets a session and goes on to a page of the hub. */
  z.object({ kind: z.literal("session"), returnTo: z.string() }),
  /** `berth login --sso` waits on this port of the same machine. */
  z.object({
    kind: z.literal("command"),
    port: z.int(),
    challenge: z.string(),
    state: z.string(),
    machine: z.string(),
    /** Of the browser that began it. */
    address: z.string(),
    begunAt: z.int(),
  }),
  /** Somebody has proved who they are, and is asked whether that command is to have the login. */
  z.object({
    kind: z.literal("consent"),
    accountId: z.int(),
    identityId: z.string(),
    user: z.string(),
    port: z.int(),
    challenge: z.string(),
    state: z.string(),
    machine: z.string(),
    address: z.string(),
    begunAt: z.int(),
  }),
  /** Somebody who is logged in wants to come in by this way from now on. */
  z.object({ kind: z.literal("link"), accountId: z.int(), returnTo: z.string() }),
]);

const flow = z.object({
  provider: z.string(),
  secrets: z.object({ state: z.string(), nonce: z.string(), verifier: z.string() }),
  purpose,
  until: z.int(),
});

export type Purpose = z.output<typeof purpose>;
/** A login that has begun, and is to end in the same browser. */
export type LoginFlow = z.output<typeof flow>;

const NAME = "berth_login";
const LIFETIME_MS = 10 * 60_000;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Keeps a login that is under way in the browser itself, sealed: anybody may begin as many as they like, and the hub holds
 * nothing for them. The key lives as long as this process; a login that a restart cuts short is begun again.
 */
export class LoginFlows {
  readonly #clock: () => Date;
  readonly #key = randomBytes(32);

  constructor(deps: { readonly clock: () => Date }) {
    this.#clock = deps.clock;
  }

  /** The value of `Set-Cookie`. */
  keep(begun: Omit<LoginFlow, "until">, baseUrl: string | undefined): string {
    const until = this.#clock().getTime() + LIFETIME_MS;
    const value = this.#seal(JSON.stringify({ ...begun, until }));
    return `${nameFor(baseUrl)}=${value}; Max-Age=${LIFETIME_MS / 1000}; ${attributesFor(baseUrl)}`;
  }

  /** Undefined unless this browser began a login, and not too long ago. */
  find({ headers }: IncomingMessage, baseUrl: string | undefined): LoginFlow | undefined {
    const prefix = `${nameFor(baseUrl)}=`;
    const [value, ...others] = (headers.cookie ?? "")
      .split(";")
      .map((pair) => pair.trim())
      .filter((pair) => pair.startsWith(prefix));
    // Two of one name mean that somebody planted one.
    if (value === undefined || others.length > 0) return undefined;
    const text = this.#open(value.slice(prefix.length));
    const found = text === undefined ? undefined : flow.parse(JSON.parse(text));
    return found !== undefined && found.until > this.#clock().getTime() ? found : undefined;
  }

  /** The value of `Set-Cookie` that ends it. */
  end(baseUrl: string | undefined): string {
    return `${nameFor(baseUrl)}=; Max-Age=0; ${attributesFor(baseUrl)}`;
  }

  #seal(text: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce);
    const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
  }

  #open(value: string): string | undefined {
    const bytes = Buffer.from(value, "base64url");
    if (bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined;
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
    const decipher = createDecipheriv("aes-256-gcm", this.#key, nonce, {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(tag);
    try {
      const sealed = bytes.subarray(NONCE_BYTES + TAG_BYTES);
      return Buffer.concat([decipher.update(sealed), decipher.final()]).toString("utf8");
    } catch {
      // Not sealed by this process: the same as none.
      return undefined;
    }
  }
}

/** As for sessions: over https, nobody but this very host can plant one. */
function nameFor(baseUrl: string | undefined): string {
  return isSecure(baseUrl) ? `__Host-${NAME}` : NAME;
}

/** Lax, because the provider sends the browser back from another site. */
function attributesFor(baseUrl: string | undefined): string {
  return `Path=/; HttpOnly; SameSite=Lax${isSecure(baseUrl) ? "; Secure" : ""}`;
}

function isSecure(baseUrl: string | undefined): boolean {
  return baseUrl?.startsWith("https:") ?? false;
}

/** An address within the hub, whatever was asked for: nobody is sent to another site by a link to this one. */
export function toLocalAddress(text: string | undefined): string {
  const here = "http://hub.invalid";
  const url = text?.startsWith("/") ? URL.parse(text, here) : null;
  if (url === null || url.origin !== here) return "/";
  const path = url.pathname + url.search + url.hash;
  // `/.//elsewhere` is what is left of it: an address of another site.
  return path.startsWith("//") ? "/" : path;
}
