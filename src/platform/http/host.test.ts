import fc from "fast-check";
import { expect, test } from "vitest";
import { hostOf, isHost } from "./host.ts";

test.each([
  "localhost",
  "hub.example.com",
  "hub.example.com:5000",
  "my_registry:5000",
  "127.0.0.1:5000",
  "[::1]",
  "[2001:db8::1]:443",
])("%s is a host", (text) => {
  expect(isHost(text)).toBe(true);
});

test.each([
  "",
  ":5000",
  "hub.test/",
  "hub.test?x",
  "hub.test#x",
  "user@hub.test",
  "hub.test:0",
  "hub.test:65536",
  "hub.test:",
  "hub.test:5000:1",
  "hub.test:5000@evil.test",
  "hub test",
  "hub\\test",
  "hub%2etest",
  "::1",
  "[::1",
  "[evil]",
  "[::1]evil",
  "a,b",
  `${"a".repeat(254)}`,
])("%j is not a host", (text) => {
  expect(isHost(text)).toBe(false);
});

test("whatever is a host names that host in a URL built from it", () => {
  const piece = fc.constantFrom("a", ".", ":", "1", "/", "?", "#", "@", "[", "]", "%", " ", "\\");
  fc.assert(
    fc.property(fc.string({ unit: piece, maxLength: 12 }), (text) => {
      if (!isHost(text) || !URL.canParse(`http://${text}/v2/`)) return;
      const url = new URL(`http://${text}/v2/`);
      expect([url.pathname, url.search, url.hash, url.username]).toEqual(["/v2/", "", "", ""]);
    }),
    { numRuns: 2000 },
  );
});

test("the host of a request is found in any case, and only once", () => {
  expect(hostOf(["Accept", "*/*", "hOST", "hub.test"])).toBe("hub.test");
  expect(hostOf(["Accept", "host"])).toBeUndefined();
  expect(hostOf(["Host", "hub.test", "host", "hub.test"])).toBe("malformed");
});
