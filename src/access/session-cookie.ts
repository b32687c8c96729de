import type { IncomingMessage } from "node:http";

const NAME = "berth_session";
const SHAPE = /^[A-Za-z0-9_-]{1,200}$/;

/** Browsers take a cookie of this prefix from nobody but this very host, over https: none of its neighbours can plant one. */
function nameFor(baseUrl: string | undefined): string {
  return isSecure(baseUrl) ? `__Host-${NAME}` : NAME;
}

/** The secret of the session that the browser shows. Two of one name mean that somebody planted one: neither counts. */
export function readSessionCookie(
  { headers }: Pick<IncomingMessage, "headers">,
  baseUrl: string | undefined,
): string | undefined {
  const name = nameFor(baseUrl);
  const values = (headers.cookie ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  const [value, ...others] = values;
  return value !== undefined && others.length === 0 && SHAPE.test(value) ? value : undefined;
}

/** The value of `Set-Cookie` that keeps the session in the browser. Scripts cannot read it, other sites cannot post with it. */
export function printSessionCookie(
  session: { readonly secret: string; readonly expiresAt: Date },
  baseUrl: string | undefined,
): string {
  const { secret, expiresAt } = session;
  return `${nameFor(baseUrl)}=${secret}; Expires=${expiresAt.toUTCString()}; ${attributesFor(baseUrl)}`;
}

/** The value of `Set-Cookie` that makes the browser forget its session. */
export function printNoSessionCookie(baseUrl: string | undefined): string {
  return `${nameFor(baseUrl)}=; Max-Age=0; ${attributesFor(baseUrl)}`;
}

function attributesFor(baseUrl: string | undefined): string {
  return `Path=/; HttpOnly; SameSite=Lax${isSecure(baseUrl) ? "; Secure" : ""}`;
}

function isSecure(baseUrl: string | undefined): boolean {
  return baseUrl?.startsWith("https:") ?? false;
}
