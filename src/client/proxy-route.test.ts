import { expect, test } from "vitest";
import { findProxyRoute } from "./proxy-route.ts";

const PROXY = "http://proxy.example.com:3128";

test.each([
  { url: "https://hub.example.com", noProxy: "", goes: "proxy" },
  { url: "https://hub.example.com", noProxy: "*", goes: "direct" },
  { url: "https://hub.example.com", noProxy: "example.com", goes: "direct" },
  { url: "https://example.com", noProxy: ".example.com", goes: "proxy" },
  { url: "https://hub.example.com", noProxy: " other.com , .example.com", goes: "direct" },
  { url: "https://hub.example.com", noProxy: "ample.com", goes: "proxy" },
  { url: "https://hub.example.com:5000", noProxy: "hub.example.com:5000", goes: "direct" },
  { url: "https://hub.example.com:5000", noProxy: "hub.example.com:443", goes: "proxy" },
  { url: "https://10.1.2.3", noProxy: "10.0.0.0/8", goes: "direct" },
  { url: "https://11.1.2.3", noProxy: "10.0.0.0/8", goes: "proxy" },
  { url: "https://10.1.2.3", noProxy: "10.0.0.0/99", goes: "proxy" },
  { url: "https://10.1.2.3", noProxy: "10.1.2.3", goes: "direct" },
  { url: "https://[fd00::1]", noProxy: "fd00::/8", goes: "direct" },
  { url: "https://127.0.0.1:5000", noProxy: "", goes: "direct" },
  { url: "https://localhost", noProxy: "", goes: "direct" },
])("$url with NO_PROXY=$noProxy goes $goes", ({ url, noProxy, goes }) => {
  const environment = { HTTPS_PROXY: PROXY, NO_PROXY: noProxy };
  expect(findProxyRoute(new URL(url), environment).kind).toBe(goes);
});

test("each scheme has a variable of its own, in capitals or not", () => {
  const url = new URL("http://hub.example.com");
  expect(findProxyRoute(url, { HTTPS_PROXY: PROXY })).toEqual({ kind: "direct" });
  expect(findProxyRoute(url, { http_proxy: "proxy.example.com:3128" })).toMatchObject({
    proxy: new URL(PROXY),
    variable: "http_proxy",
  });
  expect(() => findProxyRoute(url, { HTTP_PROXY: "http://[" })).toThrow("HTTP_PROXY");
});
