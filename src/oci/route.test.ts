import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { refusalOf } from "./refusal.suite.ts";
import { MethodNotAllowed, parseRoute, ROUTES } from "./route.ts";

const DIGEST = `sha256:${"0a".repeat(32)}`;
const SHA512 = `sha512:${"0a".repeat(64)}`;
const UPLOAD = "01234567-89ab-cdef-0123-456789abcdef";

describe("a path of the distribution API", () => {
  test.each<[string, string, object]>([
    ["GET", "/v2/", { id: "ping", right: "none" }],
    ["HEAD", "/v2", { id: "ping" }],
    ["GET", "/v2/_catalog", { id: "catalog", right: "catalog" }],
    ["GET", "/v2/a/tags/list", { id: "tags", name: "a", right: "pull" }],
    ["GET", `/v2/a/b/referrers/${DIGEST}`, { id: "referrers", name: "a/b", digest: DIGEST }],
    [
      "GET",
      "/v2/a/b/manifests/1.0",
      { id: "manifest", name: "a/b", reference: { kind: "tag", tag: "1.0" }, right: "pull" },
    ],
    [
      "PUT",
      `/v2/a/manifests/${SHA512}`,
      { id: "manifest", reference: { kind: "digest", digest: SHA512 }, right: "push" },
    ],
    ["DELETE", "/v2/a/manifests/1", { id: "manifest", method: "DELETE", right: "delete" }],
    ["HEAD", `/v2/a/blobs/${DIGEST}`, { id: "blob", name: "a", digest: DIGEST, right: "pull" }],
    ["DELETE", `/v2/a/blobs/${DIGEST}`, { id: "blob", right: "delete" }],
    ["POST", "/v2/a/blobs/uploads/", { id: "uploads", name: "a", right: "push" }],
    ["POST", "/v2/a/blobs/uploads", { id: "uploads", name: "a" }],
    ["PATCH", `/v2/a/blobs/uploads/${UPLOAD}`, { id: "upload", name: "a", uploadId: UPLOAD }],
    ["GET", `/v2/a/blobs/uploads/${UPLOAD}`, { id: "upload", right: "push" }],
  ])("%s %s is read", (method, path, expected) => {
    expect(parseRoute(method, path)).toMatchObject({ method, ...expected });
  });

  test.each([
    ["blobs"],
    ["manifests"],
    ["tags"],
    ["uploads"],
    ["list"],
    ["referrers"],
    ["blobs/uploads"],
    ["manifests/manifests"],
    ["tags/list"],
    ["a/blobs/uploads"],
    ["a/tags/list"],
    ["a/manifests"],
    ["x/manifests"],
    ["blobs/blobs"],
    ["catalog"],
    ["v2"],
  ])("may name a repository called %s", (name) => {
    expect(parseRoute("GET", `/v2/${name}/tags/list`)).toMatchObject({ id: "tags", name });
    expect(parseRoute("GET", `/v2/${name}/manifests/list`)).toMatchObject({ id: "manifest", name });
    expect(parseRoute("GET", `/v2/${name}/manifests/uploads`)).toMatchObject({ name });
    expect(parseRoute("GET", `/v2/${name}/blobs/${DIGEST}`)).toMatchObject({ id: "blob", name });
    expect(parseRoute("POST", `/v2/${name}/blobs/uploads/`)).toMatchObject({ id: "uploads", name });
    const upload = parseRoute("PUT", `/v2/${name}/blobs/uploads/${UPLOAD}`);
    expect(upload).toMatchObject({ id: "upload", name });
    const referrers = parseRoute("GET", `/v2/${name}/referrers/${DIGEST}`);
    expect(referrers).toMatchObject({ id: "referrers", name });
  });

  test("may have the colon of a digest encoded, and nothing else", () => {
    for (const colon of ["%3A", "%3a"]) {
      const encoded = DIGEST.replace(":", colon);
      expect(parseRoute("GET", `/v2/a/blobs/${encoded}`)).toMatchObject({ digest: DIGEST });
      expect(parseRoute("GET", `/v2/a/referrers/${encoded}`)).toMatchObject({ digest: DIGEST });
      expect(parseRoute("GET", `/v2/a/manifests/${encoded}`)).toMatchObject({
        reference: { kind: "digest", digest: DIGEST },
      });
    }
    for (const reference of ["%31", "a%2e", "v1%00", `${DIGEST.replace(":", "%253A")}`]) {
      expect(refusalOf(() => parseRoute("GET", `/v2/a/manifests/${reference}`)).code).toMatch(
        /^(TAG|DIGEST)_INVALID$/,
      );
    }
  });

  test("ends at the question mark", () => {
    const mirror = parseRoute("GET", "/v2/a/manifests/1?ns=docker.io&tag=b&tag=c?");
    expect(mirror).toMatchObject({ id: "manifest", name: "a" });
    expect(mirror.query.get("ns")).toBe("docker.io");
    expect(mirror.query.getAll("tag")).toEqual(["b", "c?"]);
    expect(parseRoute("GET", "/v2/?a").id).toBe("ping");
    const mount = parseRoute("POST", `/v2/a/blobs/uploads/?mount=${DIGEST}&from=team/app`);
    expect(mount.query.get("mount")).toBe(DIGEST);
    expect(mount.query.get("from")).toBe("team/app");
    const close = parseRoute(
      "PUT",
      `/v2/a/blobs/uploads/${UPLOAD}?digest=sha256%3A${"0a".repeat(32)}`,
    );
    expect(close.query.get("digest")).toBe(DIGEST);
  });
});

describe("a path that could mean two things", () => {
  test.each([
    "/v2/A/manifests/1",
    "/v2//manifests/1",
    "/v2/a/../b/manifests/1",
    "/v2/../a/manifests/1",
    "/v2/../../etc/passwd/manifests/1",
    "/v2/./a/manifests/1",
    "/v2/a/%2e%2e/b/manifests/1",
    "/v2/a%2Fb/manifests/1",
    "/v2/a%2f..%2fb/manifests/1",
    "/v2/a//manifests/1",
    "/v2//a/manifests/1",
    "/v2/a/;x=y/manifests/1",
    "/v2/a;x=y/manifests/1",
    "/v2/a\\b/manifests/1",
    "/v2/a%00/manifests/1",
    "/v2/a\0/manifests/1",
    "/v2/a%c0%ae/manifests/1",
    "/v2/\u00e4/manifests/1",
    "/v2/a /manifests/1",
    "/v2/a#b/manifests/1",
    `/v2/a/..//blobs/${DIGEST}`,
    "/v2/a//tags/list",
    "/v2/a/%2e/blobs/uploads/",
    `/v2/${"a".repeat(256)}/manifests/1`,
  ])("is refused for its name: %j", (path) => {
    const method = path.endsWith("uploads/") ? "POST" : "GET";
    expect(refusalOf(() => parseRoute(method, path)).code).toBe("NAME_INVALID");
  });

  test.each(["/v2/orgs/manifests/1", `/v2/users/app/blobs/${DIGEST}`])(
    "is denied where the name belongs to the hub: %j",
    (path) => {
      expect(refusalOf(() => parseRoute("GET", path)).code).toBe("DENIED");
    },
  );
});

describe("a path of another API, or of none", () => {
  test.each([
    "",
    "/",
    "*",
    "v2/a/manifests/1",
    "//v2/a/manifests/1",
    "/V2/a/manifests/1",
    "/%76%32/a/manifests/1",
    "/v2%2Fa/manifests/1",
    "/v2;/a/manifests/1",
    "/v2/../v2/a",
    "/v2/..",
    "/v2/../metrics",
    "/v3/a/manifests/1",
    "http://hub/v2/a/manifests/1",
    "http://hub/v2/",
    "hub:443",
    "/v2/_catalog/",
    "/v2/a",
    "/v2/a/",
    "/v2/manifests/1",
    "/v2/tags/list",
    "/v2/blobs/uploads/",
    "/v2/a/tags",
    "/v2/a/tags/",
    "/v2/a/tags/list/",
    "/v2/a/tags/other",
    "/v2/a/manifest/1",
    "/v2/a/Manifests/1",
    "/v2/a/%6danifests/1",
    `/v2/a/blobs/uploads/${UPLOAD}/`,
    `/v2/a/blobs/uploads/x/${UPLOAD}`,
    "/v2/a/blobs/uploads/../x",
    "/v2/a/uploads/",
    "/v2/a/_trust/tuf/root.json",
    "/v2/a/_trust/tuf/",
    "/v2/_trust/changefeed",
    "/v2/hub.example.com/a/_trust/manifests/1",
    "/v2/https://hub/v2/a/b/trust//_trust/tuf/targets.json",
    "/v2/namespaces/a/repositories/b",
    "/v2/repositories/a/b/tags/1.0",
    "/v2/users/login",
    "/v2/search/repositories",
  ])("is not there: %j", (path) => {
    const refusal = refusalOf(() => parseRoute("GET", path));
    expect(refusal.code).toBe("NAME_UNKNOWN");
    expect(refusal.message).toContain("address");
  });
});

describe("a path whose last part cannot be", () => {
  test.each([
    ["TAG_INVALID", "/v2/a/manifests/"],
    ["TAG_INVALID", "/v2/a/manifests/.."],
    ["TAG_INVALID", "/v2/a/manifests/%2e%2e"],
    ["TAG_INVALID", "/v2/a/manifests/a\\b"],
    ["TAG_INVALID", "/v2/a/manifests/1;x"],
    ["TAG_INVALID", `/v2/a/manifests/${"a".repeat(129)}`],
    ["DIGEST_INVALID", "/v2/a/manifests/sha256:baddigeststring"],
    ["DIGEST_INVALID", "/v2/a/blobs/"],
    ["DIGEST_INVALID", "/v2/a/blobs/latest"],
    ["DIGEST_INVALID", "/v2/a/blobs/sha256:..%2f..%2fetc"],
    ["DIGEST_INVALID", `/v2/a/blobs/SHA256:${"0a".repeat(32)}`],
    ["DIGEST_INVALID", `/v2/a/blobs/md5:${"0a".repeat(16)}`],
    ["DIGEST_INVALID", "/v2/a/referrers/latest"],
    ["BLOB_UPLOAD_UNKNOWN", "/v2/a/blobs/uploads/x"],
    ["BLOB_UPLOAD_UNKNOWN", "/v2/a/blobs/uploads/.."],
    ["BLOB_UPLOAD_UNKNOWN", `/v2/a/blobs/uploads/${UPLOAD}x`],
    ["BLOB_UPLOAD_UNKNOWN", `/v2/a/blobs/uploads/${UPLOAD.toUpperCase()}`],
    ["BLOB_UPLOAD_UNKNOWN", `/v2/a/blobs/uploads/%2e%2e%2f${UPLOAD}`],
  ])("is refused with %s: %s", (code, path) => {
    expect(refusalOf(() => parseRoute("GET", path)).code).toBe(code);
  });
});

describe("a method", () => {
  const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
  const NOT_HTTP = ["OPTIONS", "TRACE", "CONNECT", "get", "", "constructor", "__proto__"];

  test.each(Object.entries(ROUTES))("is one of those of the route %s, or 405", (id, route) => {
    const path = route.path
      .replace("<name>", "team/app")
      .replace("<reference>", "latest")
      .replace("<digest>", DIGEST)
      .replace("<upload>", UPLOAD);
    const allowed = Object.entries(route.methods);
    for (const [method, right] of allowed) {
      expect(parseRoute(method, path)).toMatchObject({ id, method, right });
    }
    const others = [...METHODS, ...NOT_HTTP].filter((method) => !(method in route.methods));
    for (const method of new Set([...others, "constructor"])) {
      const refusal = refusalOf(() => parseRoute(method, path));
      expect(refusal).toBeInstanceOf(MethodNotAllowed);
      expect(refusal.code).toBe("UNSUPPORTED");
      expect(refusal).toMatchObject({ allow: allowed.map(([name]) => name).join(", ") });
    }
  });

  test("that only reads needs no more than to pull, except for uploads, and every other one needs more", () => {
    for (const [id, route] of Object.entries(ROUTES)) {
      for (const [method, right] of Object.entries(route.methods)) {
        const isRead = (method === "GET" || method === "HEAD") && id !== "upload";
        expect(["none", "catalog", "pull"].includes(right), `${method} ${id}`).toBe(isRead);
      }
    }
  });
});

describe("any request line at all", () => {
  const piece = fc.constantFrom(
    ..."a b A . .. / // %2f %2e%2e %3A : ; \\ ? # é \0 manifests blobs uploads tags list".split(
      " ",
    ),
    ..."referrers _catalog _trust tuf orgs latest sha256: v2 /v2/".split(" "),
    DIGEST,
    UPLOAD,
  );

  test("is proven or refused, never broken on", () => {
    const anyPath = fc.array(piece, { maxLength: 10 }).map((pieces) => `/v2/${pieces.join("/")}`);
    fc.assert(
      fc.property(fc.constantFrom("GET", "POST", "PUT"), anyPath, (method, path) => {
        try {
          const match = parseRoute(method, path);
          if ("name" in match) expect(path.startsWith(`/v2/${match.name}/`)).toBe(true);
          expect(match.right).toBeDefined();
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/) });
        }
      }),
      { numRuns: 3000 },
    );
  });

  test("that is read has exactly one spelling, but for the colon of a digest", () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,5}([._-][a-z0-9]{1,3})?$/);
    const names = fc
      .array(fc.oneof(part, fc.constantFrom("blobs", "uploads", "manifests", "tags", "list")), {
        minLength: 1,
        maxLength: 5,
      })
      .map((parts) => parts.join("/"))
      .filter((name) => !/^(users|orgs|auth|search|scim)(\/|$)/.test(name));
    fc.assert(
      fc.property(names, fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,20}$/), (name, tag) => {
        expect(parseRoute("GET", `/v2/${name}/manifests/${tag}`)).toMatchObject({
          id: "manifest",
          name,
          reference: { kind: "tag", tag },
        });
      }),
    );
  });
});
