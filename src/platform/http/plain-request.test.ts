import fc from "fast-check";
import { expect, test } from "vitest";
import { parsePlainRequest } from "./plain-request.ts";

test("a head as containerd sends it is understood", () => {
  const head = [
    "HEAD /v2/library/app/manifests/latest HTTP/1.1",
    "Host: 127.0.0.1:5000",
    "User-Agent: containerd/1.6.20",
    "Accept: application/vnd.oci.image.manifest.v1+json, */*",
    "",
    "",
  ].join("\r\n");
  expect(parsePlainRequest(head)).toEqual({
    method: "HEAD",
    target: "/v2/library/app/manifests/latest",
    host: "127.0.0.1:5000",
    accept: "application/vnd.oci.image.manifest.v1+json, */*",
    client: "containerd/1.6.20",
    closesConnection: false,
  });
});

test("a head as docker sends it is understood: an Accept line for each type, and closing", () => {
  const head =
    "GET /v2/a/manifests/b HTTP/1.1\r\nHost: h\r\nAccept: a/b\r\nAccept: c/d\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n";
  expect(parsePlainRequest(head)).toMatchObject({ accept: "a/b, c/d", closesConnection: true });
});

test.each([
  ["an absolute target", "GET http://h/v2/ HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["a bare line feed", "GET /v2/ HTTP/1.1\nHost: h\r\n\r\n"],
  ["a folded line", "GET /v2/ HTTP/1.1\r\nHost: h\r\nAccept: a\r\n b\r\n\r\n"],
  ["a space before the colon", "GET /v2/ HTTP/1.1\r\nHost : h\r\n\r\n"],
  ["bytes beyond ASCII", "GET /v2/\u00e9 HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["a control character", "GET /v2/ HTTP/1.1\r\nHost: h\r\nAccept: a\u0000b\r\n\r\n"],
  ["a second request", "GET /v2/ HTTP/1.1\r\nHost: h\r\n\r\nGET /v2/ HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["an upgrade", "GET /v2/ HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\n\r\n"],
  ["a chunked body", "GET /v2/ HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"],
  ["an empty host", "GET /v2/ HTTP/1.1\r\nHost: \r\n\r\n"],
  ["no end", "GET /v2/ HTTP/1.1\r\nHost: h\r\n"],
  ["nothing", ""],
])("a head with %s is left to the complete parser", (_what, head) => {
  expect(parsePlainRequest(head)).toBeUndefined();
});

test("whatever is understood is exactly what a complete reading of the lines gives", () => {
  const piece = fc.constantFrom(
    "Host: h",
    "Accept: a",
    "Range: x",
    "",
    " ",
    "\r\n",
    "\n",
    ":",
    "GET",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const head = `GET /x HTTP/1.1\r\n${pieces.join("\r\n")}\r\n\r\n`;
      const parsed = parsePlainRequest(head);
      if (parsed === undefined) return;
      const lines = head.slice(0, -4).split("\r\n").slice(1);
      expect(lines.filter((line) => line === "Host: h").length).toBe(1);
      expect(lines.every((line) => line === "Host: h" || line === "Accept: a")).toBe(true);
    }),
  );
});
