import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseDigest } from "../../src/oci/digest.ts";
import { BUNDLE_TYPE, signStatement } from "../../src/signing/index.ts";
import { buildArtifact } from "../harness/artifacts.ts";
import {
  countPolicyReports,
  logInBrowser,
  startChromium,
  type Visit,
  visit,
} from "../harness/chromium.ts";
import { expectWell } from "../harness/expect-well.ts";
import { done, ROOT, SENTENCE } from "../harness/hub-api.ts";
import { buildIndex, content, descriptor } from "../harness/images.ts";
import { imageOf, isOver, NGINX, scansOf, startScanningHub } from "../harness/scanning-hub.ts";

const OWNER = { name: "olaf", password: SENTENCE };
const CVE = "CVE-2023-44487";
const WAIT = { timeout: 30_000, interval: 500 };
/** What would run if a page took it for more than a text. */
const EVIL = `<img src=x onerror="window.hacked=1">`;

let hub: Awaited<ReturnType<typeof startScanningHub>>;
let chromium: Awaited<ReturnType<typeof startChromium>>;

beforeAll(async () => {
  [hub, chromium] = await Promise.all([startScanningHub(), startChromium()]);
  await hub.importTracker(NGINX);
  await hub.client.push("acme/web", "1", imageOf([["nginx", "1.22.1-9"]]));
  const mended = [
    ["nginx", "1.22.1-9+deb12u1"],
    [`libevil${EVIL}`, "1"],
  ] as const;
  await hub.client.push("acme/web", "2", imageOf(mended));
  for (const tag of ["1", "2"]) await hub.ask(scansOf("acme/web", tag), isOver);
  // What came before the hub had seen its new advisories is matched once more.
  await hub.ask(scansOf("acme/web", "1"), (body) => JSON.stringify(body).includes(CVE));
});
afterAll(async () => {
  await chromium.close();
  await hub[Symbol.asyncDispose]();
});

async function visitAsOwner(): Promise<Visit> {
  const visitor = await visit(chromium, hub.url);
  await logInBrowser(visitor, hub.url, OWNER);
  return visitor;
}

/** A feed that has less than before is refused: what came once stays. */
const holes = new Set<string>();
async function importHole(id: string): Promise<void> {
  holes.add(id);
  const redis = Object.fromEntries([...holes].map((one) => [one, null]));
  await hub.importTracker({ ...NGINX, redis });
}

/** What an attempt before this one decided would hide what this one looks for. */
async function revokeDecisions(repository: string): Promise<void> {
  const { body } = await done(hub.olaf(`GET /api/v1/vex/repositories/${repository}`));
  for (const { id } of body.items) await hub.olaf(`DELETE /api/v1/vex/decisions/${id}`);
}

test("where nothing was compared, no page says that nothing was found, and whoever can mend it is led to how", async () => {
  await using bare = await startScanningHub();
  await bare.client.push("acme/bare", "1", imageOf([["nginx", "1.22.1-9"]]));
  await bare.ask(scansOf("acme/bare", "1"), isOver);
  await using visitor = await visit(chromium, bare.url);
  await logInBrowser(visitor, bare.url, ROOT);
  const { page } = visitor;
  await page.goto("/r/acme/bare");
  await page.getByRole("row", { name: /Not compared: no advisories/ }).waitFor();
  await page.goto("/r/acme/bare?findings=none");
  await page.getByText("No tag is like that").waitFor();
  await page.goto("/image/acme/bare?reference=1");
  await page.getByText("The hub has no advisories about Debian:12").waitFor();
  expect(await page.getByText("Nothing found").count()).toBe(0);
  await page.getByRole("link", { name: "Bring advisories in" }).click();
  await page.getByText("berth advisories import DIRECTORY", { exact: true }).waitFor();
  await expectWell(visitor, "unmatched");
});

test("a finding leads to its fix, is decided about with a reason and an end, and the decision is taken back", async () => {
  await revokeDecisions("acme/web");
  await using visitor = await visitAsOwner();
  const { page } = visitor;
  await page.goto("/image/acme/web?reference=1");
  await page.getByText("Upgrade nginx to 1.22.1-9+deb12u1").waitFor();
  await using other = await visit(chromium, hub.url);
  await logInBrowser(other, hub.url, ROOT);
  await other.page.goto("/image/acme/web?reference=1");
  await other.page.getByText("Upgrade nginx to 1.22.1-9+deb12u1").waitFor();
  await page.getByRole("searchbox", { name: "Filter findings" }).fill("openssl");
  await page.getByText("0 of 1 shown").waitFor();
  await page.getByRole("searchbox", { name: "Filter findings" }).fill("NGINX");
  await page.getByRole("button", { name: `Decide about ${CVE}` }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Why, for those who read it later").fill(`HTTP/2 is off ${EVIL}`);
  await dialog.getByRole("button", { name: "Decide", exact: true }).click();
  const decided = page.getByRole("region", { name: "Decided to be none (1)" });
  await decided.getByText("olaf decided for acme/web").waitFor();
  await decided.getByText("HTTP/2 is off").waitFor();
  // Whoever has the same image open sees it without a reload, and that it is taken back.
  const elsewhere = other.page.getByRole("region", { name: "Decided to be none (1)" });
  await elsewhere.getByText("olaf decided for acme/web").waitFor();
  await expectWell(visitor, "decided");
  const { body } = await hub.olaf("GET /api/v1/vex/repositories/acme/web");
  expect(body.items).toMatchObject([{ status: "not_affected", author: "olaf" }]);
  expect(Date.parse(body.items[0].expiresAt)).toBeGreaterThan(Date.now());
  await decided.getByRole("button", { name: `Take the decision about ${CVE} back` }).click();
  await decided.waitFor({ state: "detached" });
  await elsewhere.waitFor({ state: "detached" });
  expect((await hub.olaf("GET /api/v1/vex/repositories/acme/web")).body.items).toEqual([]);
});

test("two images are compared: what went of findings, and which versions changed", async () => {
  await using visitor = await visitAsOwner();
  const { page } = visitor;
  await page.goto("/image/acme/web?reference=1");
  await page.getByRole("link", { name: "Compare" }).click();
  await page.getByRole("combobox", { name: "To" }).click();
  await page.getByRole("option", { name: "2", exact: true }).click();
  await page.getByRole("button", { name: "Compare" }).click();
  const findings = page.getByRole("region", { name: "Findings", exact: true }).first();
  await findings.getByRole("row", { name: new RegExp(`Went.*${CVE}`) }).waitFor();
  const packages = page.getByRole("region", { name: "Packages", exact: true }).first();
  await packages
    .getByRole("row", { name: /Changed deb nginx 1.22.1-9 1.22.1-9\+deb12u1/ })
    .waitFor();
  const files = page.getByRole("region", { name: "Files", exact: true }).first();
  await files.getByRole("row", { name: /Changed var\/lib\/dpkg\/status/ }).waitFor();
});

test("of tags with several platforms those of one are compared, and pulled", async () => {
  const both = (version: string) => buildIndex([imageOf([["nginx", "1"]]), armOf(version)]);
  const armOf = (version: string) => imageOf([["curl", version]], { arm: true });
  for (const tag of ["1", "2"]) await hub.client.push("acme/many", tag, both(tag));
  for (const tag of ["1", "2"]) await hub.ask(scansOf("acme/many", tag), isOver);
  await using visitor = await visitAsOwner();
  const { page } = visitor;
  await page.goto("/compare/acme/many?from=1&to=2");
  const packages = page.getByRole("region", { name: "Packages", exact: true }).first();
  await packages.getByText("No difference.").waitFor();
  await page.getByLabel("Platform", { exact: true }).selectOption("linux/arm64");
  await packages.getByRole("row", { name: /Changed deb curl 1 2/ }).waitFor();
  await expectWell(visitor, "compared");
  await page.goto("/image/acme/many?reference=2");
  await page.getByLabel("Platform", { exact: true }).selectOption("linux/arm64");
  await page.getByText(/docker pull --platform linux\/arm64 \S+\/acme\/many:2$/).waitFor();
  await page.goto("/r/acme/many");
  await page.getByLabel("Platform", { exact: true }).selectOption("linux/arm64");
  await page.getByText(/docker pull --platform linux\/arm64 \S+\/acme\/many:2$/).waitFor();
  await page.getByRole("switch", { name: "By digest" }).check();
  const { digest } = both("2").manifest;
  await page.getByText(new RegExp(`--platform linux/arm64 \\S+/acme/many@${digest}$`)).waitFor();
  // Of an index there are no layers: a link to them shows what there is.
  await page.goto("/image/acme/many?reference=2&tab=layers");
  await page.getByRole("tab", { name: "Findings", selected: true }).waitFor();
});

test("new advisories change the findings of open pages within seconds, and nobody else hears of it", async () => {
  const [first, second] = [`CVE-2026-${holes.size + 1001}`, `CVE-2026-${holes.size + 1002}`];
  await importHole(first);
  await hub.client.push("acme/live", "1", imageOf([["redis", "5"]]));
  await hub.ask(scansOf("acme/live", "1"), (body) => JSON.stringify(body).includes(first));
  await using visitor = await visitAsOwner();
  const { page } = visitor;
  const tags = await page.context().newPage();
  await using stranger = await visit(chromium, hub.url);
  await logInBrowser(stranger, hub.url, { name: "wanda", password: SENTENCE });
  await stranger.page.goto("/");
  const told = await stranger.page.evaluateHandle(() => {
    const events: string[] = [];
    new EventSource("/api/v1/events").onmessage = ({ data }) => events.push(data);
    return events;
  });
  await Promise.all([page.goto("/image/acme/live?reference=1"), tags.goto("/r/acme/live")]);
  await page.getByText(first).first().waitFor();
  expect(await page.getByText(second).count()).toBe(0);
  const row = tags.locator("tbody tr").first();
  const before = await row.textContent();
  await importHole(second);
  await page.getByText(second).first().waitFor();
  await expect.poll(() => row.textContent(), WAIT).not.toBe(before);
  expect((await told.jsonValue()).join()).not.toContain("acme/live");
});

test("who has a vulnerability is found over the hub, of what the reader may pull", async () => {
  await using visitor = await visitAsOwner();
  const { page } = visitor;
  await page.goto("/search");
  await page.getByRole("textbox", { name: "Vulnerability" }).fill(CVE.toLowerCase());
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: /^acme\/web@/ }).waitFor();
  await using stranger = await visit(chromium, hub.url);
  await logInBrowser(stranger, hub.url, { name: "wanda", password: SENTENCE });
  await stranger.page.goto(`/search?vulnerability=${CVE}`);
  await stranger.page.getByText("No image that you may pull has it").waitFor();
});

test("a policy is tried on real pulls and enforced, the image says why it was refused, and an exception lets it through", async () => {
  const pull = async () => (await hub.wanda("GET /v2/acme/web/manifests/1")).status;
  await hub.olaf("DELETE /api/v1/pull-policies?scope=acme&name=no-holes");
  await done(hub.olaf("PATCH /api/v1/repositories/acme/web", { visibility: "public" }));
  expect(await pull()).toBe(200);
  await using visitor = await visitAsOwner();
  const { page } = visitor;
  await page.goto("/pull-policies/acme");
  await page.getByRole("textbox", { name: "Name", exact: true }).first().fill("no-holes");
  await page.getByRole("checkbox", { name: "No known vulnerabilities" }).check();
  await page.getByRole("combobox", { name: "Mode" }).click();
  await page.getByRole("option", { name: /^enforce/ }).click();
  const trial = page.getByRole("status", { name: "What it would have done" });
  // Pulls are counted a moment after they are answered.
  await expect
    .poll(async () => {
      await page.getByRole("button", { name: "Try it on the last 30 days" }).click();
      return await trial.textContent();
    }, WAIT)
    .toMatch(/It would refuse \d+ of \d+ pulls?/);
  await page.getByRole("button", { name: "Save this policy" }).click();
  await page.getByRole("region", { name: "no-holes", exact: true }).waitFor();
  expect(await pull()).toBe(403);
  await using reader = await visit(chromium, hub.url);
  await logInBrowser(reader, hub.url, { name: "wanda", password: SENTENCE });
  await reader.page.goto("/image/acme/web?reference=1&tab=trust");
  await reader.page.getByText("No: it is refused to whoever may not push.").waitFor();
  await reader.page.getByRole("region", { name: "no-holes of acme" }).getByText(CVE).waitFor();
  expect(await reader.page.getByRole("button", { name: /Approve/ }).count()).toBe(0);
  await page.goto("/image/acme/web?reference=1&tab=trust");
  await page.getByRole("button", { name: "Approve an exception from no-holes" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason").fill(`mended on Monday ${EVIL}`);
  await dialog.getByRole("button", { name: "Approve an exception" }).click();
  await page.getByText("let through: mended on Monday").waitFor();
  expect(await pull()).toBe(200);
  await reader.page.getByText("let through: mended on Monday").waitFor();
  await page.goto("/pull-policies/acme");
  await page.getByRole("cell", { name: /mended on Monday/ }).waitFor();
  await expectWell(visitor, "an exception");
});

test("a key is trusted in a page, and what it signed is shown as signed wherever the image is", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  await using visitor = await visitAsOwner();
  const { page } = visitor;
  await page.goto("/pull-policies/acme");
  const form = page.getByRole("form", { name: "Trust it" });
  await form.getByRole("textbox", { name: "Name" }).fill("release");
  await form.getByRole("textbox", { name: /PEM/ }).fill("no key at all");
  await form.getByRole("button", { name: "Trust it" }).click();
  await form.getByRole("alert").waitFor();
  await form.getByRole("textbox", { name: /PEM/ }).fill(pem);
  await form.getByRole("button", { name: "Trust it" }).click();
  await page.getByRole("cell", { name: "acme/release", exact: true }).waitFor();
  const image = imageOf([["nginx", "1.22.1-9+deb12u1"]]);
  await hub.client.push("acme/signed", "1", image);
  const { json } = signStatement(privateKey, parseDigest(image.manifest.digest));
  const signature = buildArtifact({
    artifactType: BUNDLE_TYPE,
    subject: descriptor(image.manifest),
    layers: [content(BUNDLE_TYPE, Buffer.from(json))],
  });
  await hub.client.push("acme/signed", signature.manifest.digest, signature);
  const isSigned = async () =>
    (await done(hub.olaf("GET /api/v1/catalog/repositories/acme/signed"))).body.isSigned;
  await expect.poll(isSigned, WAIT).toBe(true);
  await page.goto("/r/acme/signed");
  await page.locator("tbody tr").getByText("Signed", { exact: true }).waitFor();
  await page.goto("/image/acme/signed?reference=1&tab=trust");
  await page.getByText("acme/release").first().waitFor();
  await expectWell(visitor, "a signed image");
});

test("no page reported anything", async () => {
  expect(await countPolicyReports(hub.url)).toBe(0);
  expect(hub.errors).toEqual([]);
});
