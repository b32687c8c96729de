import { appendFile, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hash } from "@node-rs/bcrypt";
import { describe, expect, test } from "vitest";
import type { Proof } from "../access/index.ts";
import { createHtpasswdAuthenticator } from "./htpasswd-authenticator.ts";
import { HtpasswdFile, parseHtpasswd } from "./htpasswd-file.ts";

async function lineFor(user: string, password: string): Promise<string> {
  return `${user}:${await hash(password, { cost: 4 })}\n`;
}

async function fileWith(text: string): Promise<{ path: string; file: HtpasswdFile }> {
  const path = join(await mkdtemp(join(tmpdir(), "berth-htpasswd-")), "htpasswd");
  await writeFile(path, text);
  const file = new HtpasswdFile(path);
  await file.reload();
  return { path, file };
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

describe("HtpasswdFile", () => {
  test("a listed user with the right password is let in, at first slowly and then from memory", async () => {
    const { file } = await fileWith(await lineFor("alice", "pa:ss wörd"));
    expect(file.verifyRemembered("alice", "pa:ss wörd")).toBe(false);
    expect(await file.verify("alice", "pa:ss wörd")).toBe(true);
    expect(file.verifyRemembered("alice", "pa:ss wörd")).toBe(true);
    expect(file.verifyRemembered("alice", "other")).toBe(false);
  });

  test("a wrong password, an unknown user and a password bcrypt would cut are refused", async () => {
    const long = "x".repeat(72);
    const { file } = await fileWith(await lineFor("alice", long));
    expect(await file.verify("alice", "wrong")).toBe(false);
    expect(await file.verify("bob", long)).toBe(false);
    expect(await file.verify("alice", `${long}more`)).toBe(false);
    expect(await file.verify("alice", long)).toBe(true);
  });

  test("a changed file is read again, and forgets the passwords it had verified", async () => {
    const { path, file } = await fileWith(await lineFor("alice", "old"));
    expect(await file.verify("alice", "old")).toBe(true);
    await writeFile(path, await lineFor("alice", "new"));
    await file.reload();
    expect(file.verifyRemembered("alice", "old")).toBe(false);
    expect(await file.verify("alice", "old")).toBe(false);
    expect(await file.verify("alice", "new")).toBe(true);
  });

  test("a file that goes bad keeps the last good users when it is asked for again", async () => {
    const { path, file } = await fileWith(await lineFor("alice", "old"));
    await appendFile(path, "mallory:plain\n");
    await expect(file.reload()).rejects.toThrow("line 2 of the htpasswd file");
    expect(await file.verify("alice", "old")).toBe(true);
  });
});

test("only bcrypt is taken, comments and empty lines are passed over", () => {
  const bcrypt = `$2y$05$${"a".repeat(53)}`;
  expect(parseHtpasswd(`# users\n\nalice:${bcrypt}\r\n`)).toEqual(new Map([["alice", bcrypt]]));
  expect(() => parseHtpasswd("bob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n")).toThrow("line 1");
});

const REFUSAL = { baseUrl: undefined, scopes: [], fault: undefined };

test("credentials are split at the first colon; what is no Basic header is a wrong credential", async () => {
  const { file } = await fileWith(await lineFor("robot$ci+1", "a:b"));
  const authenticator = createHtpasswdAuthenticator({ file, realm: 'The "Realm"' });
  expect(authenticator.challengeFor(REFUSAL)).toBe('Basic realm="The Realm"');
  expect(await authenticator.authenticate(undefined)).toMatchObject({ kind: "anonymous" });
  expect(await authenticator.authenticate(show(basic("robot$ci+1", "a:b")))).toEqual({
    kind: "user",
    name: "robot$ci+1",
  });
  expect(await authenticator.authenticate(show("Bearer abc"))).toBeUndefined();
  expect(await authenticator.authenticate(show("Basic !!!"))).toBeUndefined();
});

function show(authorization: string): Proof {
  return { authorization, origin: () => ({ address: "127.0.0.1", client: "" }) };
}
