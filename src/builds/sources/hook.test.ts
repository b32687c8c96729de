import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { SourceProvider } from "../../contract/build-sources.ts";
import { deliveryIdOf, deliveryNamesOf, readHookEvent } from "./hook-event.ts";
import { isSigned } from "./hook-signature.ts";

const SECRET = "a secret of webhooks";
const NOW = new Date("2026-11-28T12:00:00Z");
const SECONDS = NOW.getTime() / 1000;
const TEXT = '{"ref":"refs/heads/main"}';

const hex = (text: string, secret = SECRET) =>
  createHmac("sha256", secret).update(text).digest("hex");
const standard = (at: number, key: string | Buffer = SECRET) =>
  `v1,${createHmac("sha256", key).update(`id-1.${at}.${TEXT}`).digest("base64")}`;
const deliver = (headers: Readonly<Record<string, string>>, text = TEXT) => ({
  headers,
  body: Buffer.from(text),
  now: NOW,
});

describe("who sent it", () => {
  const signed = { "webhook-id": "id-1", "webhook-timestamp": String(SECONDS) };
  const late = { ...signed, "webhook-timestamp": String(SECONDS - 301) };
  test.each<[SourceProvider, Readonly<Record<string, string>>, boolean]>([
    ["github", { "x-hub-signature-256": `sha256=${hex(TEXT)}` }, true],
    ["github", { "x-hub-signature-256": hex(TEXT) }, false],
    ["github", { "x-hub-signature-256": `sha256=${hex(TEXT, "x")}` }, false],
    ["github", { "x-hub-signature-256": `sha256=${hex(`${TEXT} `)}` }, false],
    ["github", { "x-hub-signature": `sha1=${hex(TEXT)}` }, false],
    ["github", {}, false],
    ["gitea", { "x-gitea-signature": hex(TEXT) }, true],
    ["gitea", { "x-forgejo-signature": hex(TEXT) }, true],
    ["gitea", { "x-hub-signature-256": `sha256=${hex(TEXT)}` }, false],
    ["gitea", { "x-forgejo-signature": "", "x-gitea-signature": hex(TEXT) }, false],
    ["gitlab", { "x-gitlab-token": SECRET }, true],
    ["gitlab", { "x-gitlab-token": `${SECRET}x` }, false],
    ["gitlab", { "x-gitlab-token": "" }, false],
    ["gitlab", { ...signed, "webhook-signature": standard(SECONDS) }, true],
    ["gitlab", { ...signed, "webhook-signature": `v1,AAAA ${standard(SECONDS)}` }, true],
    ["gitlab", { ...signed, "webhook-signature": standard(SECONDS - 1) }, false],
    ["gitlab", { ...signed, "webhook-signature": "v1,", "x-gitlab-token": SECRET }, false],
    ["gitlab", { ...late, "webhook-signature": standard(SECONDS - 301) }, false],
    ["bitbucket", { "x-hub-signature": `sha256=${hex(TEXT)}` }, true],
    ["bitbucket", { "x-hub-signature": `sha1=${hex(TEXT)}` }, false],
    ["bitbucket-server", { "x-hub-signature": `sha256=${hex(TEXT)}` }, true],
    ["bitbucket-server", {}, false],
    ["other", { "x-berth-signature-256": `sha256=${hex(TEXT)}` }, true],
    ["other", { ...signed, "webhook-signature": standard(SECONDS) }, true],
    ["other", { ...late, "webhook-signature": standard(SECONDS - 301) }, false],
    ["other", { ...signed, "webhook-signature": standard(SECONDS, "another") }, false],
    ["other", { "x-hub-signature-256": `sha256=${hex(TEXT)}` }, false],
  ])("%s with %j: %s", (provider, headers, isRight) => {
    expect(isSigned(provider, SECRET, deliver(headers))).toBe(isRight);
  });

  test("a secret in the form of Standard Webhooks is the key that it stands for", () => {
    const key = Buffer.from("0123456789abcdef01234567");
    const headers = { ...signed, "webhook-signature": standard(SECONDS, key) };
    expect(isSigned("gitlab", `whsec_${key.toString("base64")}`, deliver(headers))).toBe(true);
  });
});

describe("what it says", () => {
  const gone = "0".repeat(40);
  const push = (...refs: string[]) => ({ kind: "push", refs, removes: false });
  test.each<[SourceProvider, string, object, object]>([
    ["github", "ping", { zen: "x" }, { kind: "ping" }],
    ["github", "push", { ref: "refs/heads/main", after: "1" }, push("refs/heads/main")],
    ["github", "push", { ref: "refs/tags/v1", deleted: true }, { kind: "push", removes: true }],
    ["github", "push", { ref: "refs/heads/-x" }, push()],
    ["github", "push", { ref: "refs/heads/a b" }, push()],
    ["github", "push", { ref: "refs/heads/a\n--upload-pack=x" }, push()],
    ["github", "create", { ref: "v1", ref_type: "tag" }, push("refs/tags/v1")],
    ["github", "issues", { action: "opened" }, { kind: "other" }],
    ["gitea", "push", { ref: "refs/heads/x", after: gone }, { kind: "push", removes: true }],
    ["gitlab", "Push Hook", { ref: "refs/heads/x", checkout_sha: "1" }, push("refs/heads/x")],
    ["gitlab", "Tag Push Hook", { ref: "refs/tags/x", checkout_sha: null }, { removes: true }],
    [
      ...(["bitbucket", "repo:push"] as const),
      { push: { changes: [{ new: { type: "tag", name: "v1" } }, { new: { name: "a/b" } }] } },
      push("refs/tags/v1", "refs/heads/a/b"),
    ],
    [
      ...(["bitbucket", "repo:push"] as const),
      { push: { changes: [{ new: null, old: { type: "branch", name: "x" } }] } },
      { kind: "push", removes: true },
    ],
    [
      ...(["bitbucket-server", "repo:refs_changed"] as const),
      { changes: [{ ref: { id: "refs/heads/x" }, type: "UPDATE" }] },
      push("refs/heads/x"),
    ],
    ["bitbucket-server", "diagnostics:ping", { test: true }, { kind: "ping" }],
    ["other", "push", { ref: "refs/heads/main" }, push("refs/heads/main")],
  ])("%s, %s of %j", (...[provider, event, body, wanted]) => {
    const headers = {
      ...{ "x-github-event": event, "x-gitea-event": event, "x-gitlab-event": event },
      ...{ "x-event-key": event, "x-berth-event": event },
    };
    expect(readHookEvent(provider, deliver(headers, JSON.stringify(body)))).toMatchObject(wanted);
  });

  test("GitHub's form is read as its document is", () => {
    const headers = {
      "x-github-event": "push",
      "content-type": "application/x-www-form-urlencoded",
    };
    const text = new URLSearchParams({ payload: TEXT }).toString();
    expect(readHookEvent("github", deliver(headers, text))).toMatchObject(push("refs/heads/main"));
  });

  test("what is no object is not read", () => {
    for (const text of ["", "[]", "null", "1", "{"])
      expect(readHookEvent("github", deliver({ "x-github-event": "push" }, text))).toBeUndefined();
  });

  test("the same content is another delivery where its name is signed with it, and only there", () => {
    const standards = (id: string) =>
      deliveryNamesOf("other", deliver({ "webhook-id": id, "webhook-signature": "v1,x" }));
    expect(standards("1")).toEqual(["id:1"]);
    expect(standards("2")).toEqual(["id:2"]);
    const bare = deliveryNamesOf("other", deliver({ "webhook-id": "1" }));
    expect(bare).toEqual(["id:1", expect.stringMatching(/^sha256:/)]);
  });

  test("each server names its deliveries", () => {
    expect(deliveryIdOf("github", deliver({ "x-github-delivery": "1" }))).toBe("1");
    expect(deliveryIdOf("gitlab", deliver({ "webhook-id": "2", "idempotency-key": "3" }))).toBe(
      "2",
    );
    expect(deliveryIdOf("bitbucket", deliver({}))).toBeUndefined();
  });
});
