import type { FastifyRequest } from "fastify";
import { expect, test } from "vitest";
import { ANONYMOUS } from "../access/index.ts";
import { envelope } from "./pages.ts";

/** As it arrives from a proxy that ends TLS and puts its own idea into Host. */
function askedThrough(baseUrl: string | undefined): FastifyRequest {
  const caller = { by: ANONYMOUS, origin: { address: "192.0.2.1", client: "" }, baseUrl };
  const url = "/v2/repositories/acme/?name=a%26b&page=2";
  return { url, caller, protocol: "http", host: "upstream.internal:5000" } as FastifyRequest;
}

test("the next page is where clients reach the hub, whatever a proxy makes of Host", () => {
  const wish = { page: 2, page_size: 10 };
  const found = { count: 35, results: [] };
  const hub = "https://hub.example.com";
  expect(envelope(askedThrough(hub), wish, found)).toMatchObject({
    next: `${hub}/v2/repositories/acme/?name=a%26b&page=3&page_size=10`,
    previous: `${hub}/v2/repositories/acme/?name=a%26b&page=1&page_size=10`,
  });
  expect(envelope(askedThrough(undefined), wish, found).next).toMatch(/^\/v2\/repositories\//);
});
