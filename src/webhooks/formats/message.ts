export interface Message {
  readonly contentType: string;
  readonly body: string;
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

/** `acme/tools/api` is `tools/api` of `acme`. */
export function splitName(repository: string): { namespace: string; name: string } {
  const [namespace = "", ...rest] = repository.split("/");
  return { namespace, name: rest.join("/") };
}
