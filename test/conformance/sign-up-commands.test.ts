import { expect, test } from "vitest";
import { done, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { withTerminal } from "../harness/hub-terminal.ts";
import { HUB_URL, secretIn, startMailedHub } from "../harness/mailed-hub.ts";

const ADA = { name: "ada", password: SENTENCE };
const EMAIL = "ada@example.com";
const NEXT = "an entirely new sentence";
/** Whoever does not get in, and says so all the same, as a forgotten `docker login` does. */
const NOBODY = { name: "ada", password: "what it was once upon a time" };
const ENDED = /^berth: it was used already/;

test("somebody signs up, confirms the address, and changes it later", async () => {
  await using hub = await withTerminal(await startMailedHub({ "access.signUp": "open" }));
  expect(await hub.typeAs(NOBODY, "sign-up", `ada\n${EMAIL}\n${SENTENCE}\n`)).toBe(
    "a mail is on its way: open its link, or run the command in it, to make ada",
  );
  const secret = await hub.secretFor(EMAIL);
  expect(await hub.typeAs(NOBODY, "confirm", `${secret}\n`)).toBe(`${EMAIL} is the address of ada`);
  expect(await hub.typeAs(NOBODY, `confirm --secret ${secret}`)).toMatch(ENDED);
  const [asked, next] = [await hub.typeAs(ADA, "account email a@example.com"), "a@example.com"];
  expect(asked).toMatch(/^a mail is on its way to a@example.com: /);
  const command = `confirm --secret ${await hub.secretFor(next)}`;
  expect(await hub.typeAs(NOBODY, command)).toBe(`${next} is the address of ada`);
});

test("without mail whoever signs up is there at once, and is told whom to ask for a new password", async () => {
  const settings = { "access.signUp": "open" };
  await using hub = await withTerminal(await startAccountsHub({ settings }));
  const shown = await hub.typeAs(NOBODY, "sign-up", `ada\n${EMAIL}\n${SENTENCE}\n`);
  expect(shown).toBe("made ada");
  expect(await hub.typeAs(ADA, "account email a@example.com")).toBe(
    "your address is a@example.com",
  );
  expect(await hub.typeAs(ADA, "account mails")).toBe("official images  on");
  expect(await hub.typeAs(ADA, "account mails --official-images off")).toBe("official images  off");
  expect(await hub.typeAs(ADA, "account mails")).toBe("official images  off");
  const maybe = await hub.typeAs(ADA, "account mails --official-images maybe");
  expect(maybe).toMatch(/^berth: .*official-images/);
  expect(await hub.typeAs(NOBODY, "account password-reset ada")).toMatch(
    /^berth: ask an administrator of the hub/,
  );
});

test("a forgotten password is replaced by what a mail, or an administrator, says", async () => {
  await using hub = await withTerminal(await startMailedHub());
  await done(hub.root("POST /api/v1/users", { ...ADA, email: EMAIL }));
  expect(await hub.typeAs(NOBODY, "account password-reset ada")).toMatch(/^if there is such/);
  const secret = await hub.secretFor(EMAIL);
  expect(await hub.typeAs(NOBODY, "reset-password", `${secret}\n${NEXT}\n`)).toBe(
    "password of ada changed",
  );
  expect((await hub.as("ada", NEXT)("GET /v2/")).status).toBe(200);
  const shown = await hub.type("user reset-password ada");
  const [head, link, command] = shown.split("\n");
  const handed = secretIn(shown);
  expect(head).toMatch(/^for ada, until \d{4}-/);
  expect(link).toBe(`${HUB_URL}/reset?secret=${handed}`);
  expect(command).toBe(`berth reset-password --hub ${HUB_URL} --secret ${handed}`);
  const typed = `reset-password --secret ${handed}`;
  expect(await hub.typeAs(NOBODY, typed, `${SENTENCE}\n`)).toBe("password of ada changed");
  expect((await hub.as("ada")("GET /v2/")).status).toBe(200);
  expect(await hub.typeAs(NOBODY, typed, `${NEXT}\n`)).toMatch(ENDED);
});

test("an administrator invites, sends again, lists and withdraws", async () => {
  const settings = { "access.signUp": "invitation" };
  await using hub = await withTerminal(await startAccountsHub({ settings }));
  const accept = (secret: string, name: string) =>
    hub.typeAs(NOBODY, `sign-up --invitation ${secret}`, `${name}\n${SENTENCE}\n`);
  const shown = await hub.type(`user invite ${EMAIL} --role auditor`);
  const first = secretIn(shown);
  expect(shown).toMatch(/^for ada@example.com, until .*\nberth sign-up --invitation berth_once_/);
  expect(await hub.type(`user invite ${EMAIL}`)).toMatch(/^berth: send it again by/);
  const list = await hub.type("user invitations");
  expect(list).toMatch(/^ID +ADDRESS .*\n\S+ +ada@example.com +auditor +admin +\d{4}-/);
  expect(list).not.toContain(first);
  const { items } = JSON.parse(await hub.type("user invitations --json"));
  const second = secretIn(await hub.type(`user invite --again ${items[0].id}`));
  expect(await accept(first, "ada")).toMatch(ENDED);
  expect(await accept(second, "ada")).toBe("made ada");
  expect((await hub.root("GET /api/v1/users/ada")).body.role).toBe("auditor");
  const third = secretIn(await hub.type("user invite ben@example.com"));
  const { id } = JSON.parse(await hub.type("user invitations --json")).items[0];
  expect(await hub.type(`user uninvite ${id}`)).toBe(`withdrew ${id}`);
  expect(await accept(third, "ben")).toMatch(ENDED);
});
