import type { Happening, Surroundings } from "../events/happening.ts";

export interface Message {
  readonly contentType: string;
  readonly body: string;
  /** Part of the address in the body that its receiver may answer to. */
  readonly callbackId?: string | undefined;
}

export function message(body: unknown, contentType = "application/json"): Message {
  return { contentType, body: JSON.stringify(body) };
}

export function seconds(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}

export function hostOf(baseUrl: string): string {
  return URL.parse(baseUrl)?.host ?? "";
}

/**
 * Where the hub is: as the operator says, or else by the name that the request which caused it was sent to. That one is the
 * client's word: fit for naming an image, and not for sending anything there.
 */
export function addressOf({ host }: Happening, { baseUrl }: Surroundings): string {
  return baseUrl === "" && host !== undefined ? `http://${host}` : baseUrl;
}

/** `acme/tools/api` is `tools/api` of `acme`. */
export function splitName(repository: string): { namespace: string; name: string } {
  const [namespace = "", ...rest] = repository.split("/");
  return { namespace, name: rest.join("/") };
}
