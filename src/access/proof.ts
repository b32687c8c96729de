import type { IncomingMessage } from "node:http";
import type { PublicAddress } from "../platform/http/index.ts";
import { requestIdOf } from "../platform/observability/index.ts";
import type { Proof } from "./authenticator.ts";
import type { Origin } from "./principal.ts";

type AddressReader = Pick<PublicAddress, "clientAddressOf">;

const CLIENT_CHARACTERS = 200;

/** What the request shows to prove who sent it, if anything. */
export function proofOf(request: IncomingMessage, reader: AddressReader): Proof | undefined {
  const { authorization } = request.headers;
  if (authorization === undefined) return undefined;
  return { authorization, origin: () => originOf(request, reader) };
}

export function originOf(request: IncomingMessage, reader: AddressReader): Origin {
  const client = shortClient(request.headers["user-agent"]);
  const { host } = request.headers;
  return {
    address: reader.clientAddressOf(request),
    client,
    host,
    requestId: requestIdOf(request),
  };
}

/** The hosts by which this client reaches the hub, in small letters. */
export function hostsOf(request: IncomingMessage, reader: Pick<PublicAddress, "baseUrlOf">) {
  const base = reader.baseUrlOf(request)?.replace(/^https?:\/\//, "");
  const hosts = [base, request.headers.host].filter((host) => host !== undefined);
  return hosts.map((host) => host.toLowerCase());
}

/** What a client calls itself, as far as it is kept. */
export function shortClient(text: string | undefined): string {
  return (text ?? "").trim().slice(0, CLIENT_CHARACTERS);
}

/** For people whose proof was wrong. It does not say which part of it. */
export function describeWrong(proof: Proof | undefined): string {
  return /^bearer /i.test(proof?.authorization ?? "")
    ? "the token is not valid, or not any more"
    : "wrong user name or password";
}
