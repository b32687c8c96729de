import { expect } from "vitest";
import { type Answer, locationOf } from "../harness/registry-client.ts";
import type { Target } from "./target.ts";

export function parsed(answer: Answer): unknown {
  return JSON.parse(answer.body.toString());
}

/** The path that `Link: <...>; rel="next"` leads to. */
export function nextPage(answer: Answer): string | undefined {
  if (answer.headers.link === undefined) return undefined;
  const [, location] = /^<([^>]+)>; *rel="next"$/.exec(answer.headers.link) ?? [];
  expect(location, answer.headers.link).toBeDefined();
  return locationOf({ ...answer, headers: { location } });
}

export async function allPages({ client }: Target, path: string): Promise<readonly Answer[]> {
  const pages: Answer[] = [];
  let next: string | undefined = path;
  while (next !== undefined) {
    const page: Answer = await client.get(next);
    expect(page.status).toBe(200);
    pages.push(page);
    next = nextPage(page);
  }
  return pages;
}
