import { hash } from "@node-rs/bcrypt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scaled } from "../faults/scale.ts";
import { done, SENTENCE } from "../harness/hub-api.ts";
import { startMailedHub } from "../harness/mailed-hub.ts";
import { findTimingLeak, mannWhitney } from "./mann-whitney.ts";

const SAMPLES = scaled({ test: 40, soak: 200 });
const DOOR_SAMPLES = scaled({ test: 16, soak: 200 });
const MINUTE = 60_000;
const ADDRESS = "present@example.com";

let hub: Awaited<ReturnType<typeof startMailedHub>>;
let asked = 0;

beforeAll(async () => {
  hub = await startMailedHub({ "http.trustedProxies": "127.0.0.1", "access.signUp": "open" });
  await hub.addUsers("present", "disabled", "owner");
  await done(hub.root("PATCH /api/v1/users/disabled", { isDisabled: true }));
  await done(hub.root("PATCH /api/v1/users/present", { email: ADDRESS }));
  const users = [{ name: "imported", hash: await hash(SENTENCE, { cost: 9 }) }];
  await done(hub.root("POST /api/v1/users/import", { users }));
  for (let count = 0; count < SAMPLES; count += 1) {
    await hub.push({ name: "owner", password: SENTENCE }, `owner/private-${count}:1`);
  }
});
afterAll(() => hub[Symbol.asyncDispose]());

/** From an address and at a time that the throttle has nothing against. */
async function ask(path: string, options: RequestInit = {}): Promise<number> {
  asked += 1;
  if (asked % 50 === 0) hub.wait(6 * MINUTE);
  const address = `10.${asked >> 16}.${(asked >> 8) & 255}.${asked & 255}`;
  const headers = { ...(options.headers as object), "x-forwarded-for": address };
  const answer = await fetch(`${hub.url}${path}`, { ...options, headers });
  await answer.arrayBuffer();
  return answer.status;
}

const WRONG = "a wrong but long sentence";
const basic = (name: string) => ({
  headers: { authorization: `Basic ${btoa(`${name}:${WRONG}`)}` },
});
const json = (body: object) => ({
  method: "POST",
  headers: { "content-type": "application/json", "sec-fetch-site": "same-origin" },
  body: JSON.stringify(body),
});
const DOORS: Readonly<Record<string, (name: string) => Promise<number>>> = {
  "GET /v2/token": (name) => ask("/v2/token", basic(name)),
  "POST /v2/token": (username) => {
    const form = { grant_type: "password", username, password: WRONG };
    return ask("/v2/token", { method: "POST", body: new URLSearchParams(form) });
  },
  "GET /v2/": (name) => ask("/v2/", basic(name)),
  "GET /api/v1/account": (name) => ask("/api/v1/account", basic(name)),
  "POST /v2/auth/token": (identifier) => ask("/v2/auth/token", json({ identifier, secret: WRONG })),
  "POST /v2/users/login": (username) => ask("/v2/users/login", json({ username, password: WRONG })),
  "POST /api/v1/session": (name) => ask("/api/v1/session", json({ name, password: WRONG })),
};

describe("S40: no door tells by its time who has an account", () => {
  test.each(Object.keys(DOORS))("%s", async (door) => {
    const logIn = DOORS[door];
    if (logIn === undefined) throw new Error(`there is no door ${door}`);
    expect(await logIn("present")).toBe(401);
    const leak = await findTimingLeak({
      one: () => logIn("present"),
      other: (round) => logIn(`absent-${round}`),
      samples: DOOR_SAMPLES,
      toleranceMs: 2,
    });
    expect(leak).toBeUndefined();
  });

  test.each(["imported", "disabled"])("nor what kind of account it is: %s", async (name) => {
    const leak = await findTimingLeak({
      one: () => ask("/v2/token", basic(name)),
      other: (round) => ask("/v2/token", basic(`absent-${round}`)),
      samples: SAMPLES,
      toleranceMs: 2,
    });
    expect(leak).toBeUndefined();
  });
});

describe("S40: no door tells by its time what is private from what does not exist", () => {
  const stranger = { headers: { authorization: `Basic ${btoa(`present:${SENTENCE}`)}` } };
  test.each([
    "/v2/NAME/manifests/1",
    "/v2/NAME/tags/list",
    "/v2/NAME/referrers/sha256:DIGEST",
    "/v2/token?scope=repository:NAME:pull",
    "/api/v1/repositories/NAME",
    "/v2/repositories/NAME/",
  ])("%s", async (door) => {
    const path = (name: string) => door.replace("NAME", name).replace("DIGEST", "0".repeat(64));
    const leak = await findTimingLeak({
      one: (round) => ask(path(`owner/private-${round}`), stranger),
      other: (round) => ask(path(`owner/absent-${round}`), stranger),
      samples: SAMPLES,
      toleranceMs: 1,
    });
    expect(leak).toBeUndefined();
  });
});

describe("S40: nobody who asks for mail can tell by the time whether any is sent", () => {
  const REQUESTS = {
    "POST /api/v1/sign-up": (email: string) =>
      ask("/api/v1/sign-up", json({ name: "newcomer", password: SENTENCE, email })),
    "POST /api/v1/password-reset": (account: string) =>
      ask("/api/v1/password-reset", json({ account })),
  };
  test.each(Object.entries(REQUESTS))("%s", async (_path, request) => {
    expect(await request(ADDRESS)).toBe(202);
    const leak = await findTimingLeak({
      one: () => {
        // Nobody is written to more than a few times an hour.
        hub.wait(15 * MINUTE);
        return request(ADDRESS);
      },
      other: (round) => request(`absent-${round}@example.com`),
      samples: DOOR_SAMPLES,
      toleranceMs: 2,
    });
    expect(leak).toBeUndefined();
  });
});

test("S39: status, body and headers are the same for who is there and who is not", async () => {
  for (const [door, logIn] of Object.entries(DOORS)) {
    expect([door, await logIn("present")]).toEqual([door, await logIn("absent")]);
  }
  const answers = await Promise.all(
    ["present", "imported", "disabled", "absent"].map(async (name) => {
      const answer = await fetch(`${hub.url}/v2/token`, basic(name));
      const headers = [...answer.headers].filter(([key]) => !/^(date|x-request-id)$/.test(key));
      return { status: answer.status, headers, text: await answer.text() };
    }),
  );
  for (const answer of answers) expect(answer).toEqual(answers[0]);
});

test("the measure sees a leak of some milliseconds, and none in noise", async () => {
  const wait = async (ms: number) => {
    const end = performance.now() + ms;
    while (performance.now() < end) await Promise.resolve();
  };
  const noise = () => 2 + Math.random();
  const options = { other: () => wait(noise()), samples: 40, toleranceMs: 1 };
  expect(await findTimingLeak({ one: () => wait(noise()), ...options })).toBeUndefined();
  expect(await findTimingLeak({ one: () => wait(noise() + 4), ...options })).toContain("differ by");
  expect(mannWhitney([1, 2, 3, 4, 5], [6, 7, 8, 9, 10])).toBeLessThan(0.02);
  expect(mannWhitney([1, 3, 5, 7, 9], [2, 4, 6, 8, 10])).toBeGreaterThan(0.5);
});
