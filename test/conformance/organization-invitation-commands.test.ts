import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SENTENCE } from "../harness/hub-api.ts";
import { startWithTerminal } from "../harness/hub-terminal.ts";
import { secretIn } from "../harness/mailed-hub.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const OLGA = { name: "olga", password: SENTENCE };
const CAROL = { name: "carol", password: SENTENCE };
const DAN = { name: "dan", password: SENTENCE };

async function start() {
  const hub = await startWithTerminal();
  await hub.addUsers("olga", "carol", "dan");
  await hub.addOrganization("acme", { olga: "owner" });
  await hub.root("POST /api/v1/organizations/acme/teams", { name: "builders" });
  return hub;
}

test("an owner invites, and whoever is invited accepts or declines", async () => {
  await using hub = await start();
  const asOlga = (words: string, input?: string) => hub.typeAs(OLGA, words, input);
  expect(await asOlga("org invite acme carol nobody --dry-run")).toBe(
    "carol: would be invited\nnobody: cannot be invited: no account has this name",
  );
  const wish = "org invite acme carol dan --role contributor --team builders";
  expect(await asOlga(wish)).toBe("carol: invited\ndan: invited");
  expect(await asOlga("org invite acme olga carol")).toMatch(
    /^olga: is a member already\ncarol: is invited already, as \S+$/,
  );
  const list = await asOlga("org invitations acme");
  expect(list).toMatch(/^ID +WHO +ROLE +TEAMS +BY +UNTIL/);
  expect(list).toMatch(/\S+ +carol +contributor +builders +olga +\d{4}-/);
  const own = await hub.typeAs(CAROL, "account invitations");
  expect(own).toMatch(/\n\S+ +acme +contributor +builders +olga +\d{4}-/);
  const idOf = (shown: string) => shown.split("\n")[1]?.split(" ")[0] ?? "";
  expect(await hub.typeAs(CAROL, `account accept ${idOf(own)}`)).toBe(
    "you are contributor of acme, in builders",
  );
  const second = idOf(await hub.typeAs(DAN, "account invitations"));
  expect(await asOlga(`org reinvite acme ${second}`)).toMatch(/^dan: invited until \d{4}-/);
  expect(await hub.typeAs(DAN, `account decline ${second}`)).toBe(`declined ${second}`);
  expect(await asOlga(`org uninvite acme ${second}`)).toBe(
    `berth: one of acme, ${second} is not there, or not yours to see: see berth org list`,
  );
});

test("many are invited from a file or standard input, and links are shown to hand over", async () => {
  await using hub = await start();
  await using home = await makeTempDirectory("invitees");
  const file = join(home.path, "invitees.txt");
  await writeFile(file, "# the new ones\ncarol\n\nada@example.com\n");
  const shown = await hub.typeAs(OLGA, `org invite acme --file ${file}`);
  const secret = secretIn(shown);
  expect(shown).toBe(
    `carol: invited\nada@example.com: invited\n  berth account accept --secret ${secret}`,
  );
  const piped = await hub.typeAs(OLGA, "org invite acme --file -", "dan\nbo@example.com\n");
  expect(piped).toMatch(/^dan: invited\nbo@example\.com: invited\n {2}berth account accept /);
  expect(await hub.typeAs(DAN, `account accept --secret ${secret}`)).toBe("you are member of acme");
  expect(await hub.typeAs(CAROL, "account accept", `${secret}\n`)).toMatch(/^berth: it was used/);
  const { items } = JSON.parse(await hub.typeAs(OLGA, "org invitations acme --json"));
  const bo = items.find((one: { invitee: string }) => one.invitee === "bo@example.com");
  expect(await hub.typeAs(OLGA, `org uninvite acme ${bo.id}`)).toBe(`cancelled ${bo.id}`);
  const late = `account accept --secret ${secretIn(piped)}`;
  expect(await hub.typeAs(CAROL, late)).toMatch(/^berth: it was used already, has expired/);
  expect(await hub.typeAs(OLGA, "org invite acme")).toBe("berth: name whom to invite, or a --file");
});
