import fc from "fast-check";
import { expect, test } from "vitest";
import { createPublicAddress } from "./public-address.ts";

const FORWARDED = {
  "x-forwarded-host": "evil.test",
  "x-forwarded-proto": "https",
  "x-forwarded-for": "203.0.113.9",
};

test("the address that was configured is the one, whatever the request says", () => {
  const address = createPublicAddress({
    url: "https://hub.test/berth/",
    trustedProxies: ["10.0.0.0/8"],
  });
  expect(address.baseUrlOf(ask("10.0.0.1", FORWARDED))).toBe("https://hub.test/berth");
});

test("without one, it is the host that was asked and the scheme of the connection", () => {
  const address = createPublicAddress({ url: undefined, trustedProxies: [] });
  expect(address.baseUrlOf(ask("127.0.0.1"))).toBe("http://hub.test:5000");
  expect(address.baseUrlOf(ask("127.0.0.1", {}, true))).toBe("https://hub.test:5000");
  expect(address.baseUrlOf(ask("127.0.0.1", { host: "evil.test/path" }))).toBeUndefined();
});

test("S28: nobody is believed by default, this machine included", () => {
  const address = createPublicAddress({ url: undefined, trustedProxies: [] });
  for (const from of ["127.0.0.1", "::1", "10.0.0.1"]) {
    expect(address.baseUrlOf(ask(from, FORWARDED))).toBe("http://hub.test:5000");
    expect(address.clientAddressOf(ask(from, FORWARDED))).toBe(from);
  }
});

test("a trusted proxy is believed, and nobody else", () => {
  const address = createPublicAddress({
    url: undefined,
    trustedProxies: ["10.0.0.0/8", "fd00::1"],
  });
  for (const from of ["10.1.2.3", "::ffff:10.1.2.3", "fd00::1"]) {
    expect(address.baseUrlOf(ask(from, FORWARDED))).toBe("https://evil.test");
    expect(address.clientAddressOf(ask(from, FORWARDED))).toBe("203.0.113.9");
  }
  for (const from of ["11.0.0.1", "fd00::2", "::1", "unknown"]) {
    expect(address.baseUrlOf(ask(from, FORWARDED))).toBe("http://hub.test:5000");
    expect(address.clientAddressOf(ask(from, FORWARDED))).toBe(from);
  }
});

test("what a trusted proxy passes on is still checked", () => {
  const address = createPublicAddress({ url: undefined, trustedProxies: ["10.0.0.1"] });
  const odd = { "x-forwarded-host": "evil.test/x", "x-forwarded-proto": "javascript" };
  expect(address.baseUrlOf(ask("10.0.0.1", odd))).toBe("http://hub.test:5000");
});

test("of several proxies the client is the last one that is not trusted", () => {
  const address = createPublicAddress({ url: undefined, trustedProxies: ["10.0.0.0/8"] });
  const client = (chain: string) =>
    address.clientAddressOf(ask("10.0.0.1", { "x-forwarded-for": chain }));
  expect(client("198.51.100.1, 203.0.113.9, 10.0.0.2")).toBe("203.0.113.9");
  expect(client("10.9.9.9, 10.0.0.2")).toBe("10.9.9.9");
  expect(client("127.0.0.1, nonsense")).toBe("10.0.0.1");
});

test("S28: a client cannot choose its address, whatever it sends through a proxy that appends", () => {
  const address = createPublicAddress({ url: undefined, trustedProxies: ["10.0.0.1"] });
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (sent) => {
      const request = ask("10.0.0.1", { "x-forwarded-for": `${sent}, 203.0.113.9` });
      expect(address.clientAddressOf(request)).toBe("203.0.113.9");
    }),
  );
});

test.each(["*", "hub.test", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "::1/129", ""])(
  "%j is no network",
  (network) => {
    const make = () => createPublicAddress({ url: undefined, trustedProxies: [network] });
    expect(make).toThrow("is neither an address nor a network");
  },
);

function ask(remoteAddress: string, headers: Record<string, string> = {}, encrypted = false) {
  return {
    headers: { host: "hub.test:5000", ...headers },
    socket: { remoteAddress, encrypted },
  };
}
