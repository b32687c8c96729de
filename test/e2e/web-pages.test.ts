import { request } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  countPolicyReports,
  findBarriers,
  logInBrowser,
  startChromium,
  type Visit,
  visit,
} from "../harness/chromium.ts";
import { done, ROOT, startAccountsHub } from "../harness/hub-api.ts";
import { pushImage } from "../harness/pushed-image.ts";

/** What would run if any page took it for more than a text. */
const EVIL = `<img src=x onerror="window.hacked=1"><svg onload="window.hacked=1">\u202e[link](javascript:window.hacked=1)`;
const EVIL_README = `# ${EVIL}

<script>window.hacked=1</script> <a href="javascript:window.hacked=1">click</a> [a](javascript:window.hacked=1)
[b](data:text/html,<script>window.hacked=1</script>) ![c](https://pictures.invalid/c.png) ![d](javascript:window.hacked=1)

| ${EVIL} | x |
|---|---|
| <iframe srcdoc="<script>parent.hacked=1</script>"></iframe> | y |
`;

let hub: Awaited<ReturnType<typeof startAccountsHub>>;
let chromium: Awaited<ReturnType<typeof startChromium>>;

beforeAll(async () => {
  [hub, chromium] = await Promise.all([startAccountsHub(), startChromium()]);
  for (const tag of ["1.9.0", "1.10.0", "latest"])
    await pushImage(hub.url, ROOT, { ...SHOP, as: `admin/shop:${tag}` });
  await pushImage(hub.url, ROOT, { ...SHOP, layers: ["other"], as: "admin/shop:latest" });
  const description = { description: "The shop's pages", fullDescription: "# Shop\n\nSells." };
  await done(hub.root("PATCH /api/v1/repositories/admin/shop", description));
});
afterAll(async () => {
  await chromium.close();
  await hub[Symbol.asyncDispose]();
});

const SHOP = {
  config: {
    os: "linux",
    architecture: "amd64",
    created: "2026-01-01T00:00:00Z",
    config: { Env: ["PATH=/bin"], Cmd: ["serve"], Labels: { team: "shop" } },
    history: [{ created_by: "FROM scratch" }, { created_by: "COPY shop /" }],
  },
  layers: ["first layer of the shop", "second"],
};

async function visitAsRoot(): Promise<Visit> {
  const visitor = await visit(chromium, hub.url);
  await logInBrowser(visitor, hub.url, ROOT);
  return visitor;
}

/** Until nothing is read or shown to be read any more. */
async function settle({ page }: Visit): Promise<void> {
  await page.locator("h1").first().waitFor();
  await page.waitForFunction(
    "document.querySelector('[role=status] :is(.mantine-Loader-root, .mantine-Skeleton-root)') === null",
  );
}

test("a page shows a push while it happens, puts versions in order, and deletes what is chosen", async () => {
  await using visitor = await visitAsRoot();
  const { page } = visitor;
  await page.goto("/r/admin/shop");
  const tag = (name: string) => page.getByRole("link", { name, exact: true });
  await tag("1.10.0").waitFor();
  await pushImage(hub.url, ROOT, { ...SHOP, as: "admin/shop:1.2.0" });
  await tag("1.2.0").waitFor();
  await page.getByRole("combobox", { name: "Order" }).selectOption("Latest version first");
  await page.locator("tbody tr").first().getByText("1.10.0").waitFor();
  const names = await page.locator("tbody a").allInnerTexts();
  expect(names).toEqual(["1.10.0", "1.9.0", "1.2.0", "latest"]);
  await page.getByLabel("Choose 1.2.0").check();
  await page.getByRole("button", { name: "Delete (1)" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Delete a tag of admin/shop?").waitFor();
  // Another tag names the same image.
  await dialog.getByText(/^This hub keeps images without a tag, .* frees 0\b/).waitFor();
  expect(await findBarriers(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Delete (1)" }).click();
  await tag("1.2.0").waitFor({ state: "detached" });
  expect((await hub.root("GET /api/v1/catalog/images/admin/shop?reference=1.2.0")).status).toBe(
    404,
  );
  expect(visitor.failures).toEqual([]);
});

test("how long ago something was goes on while its page is open", async () => {
  await using visitor = await visitAsRoot();
  const { page } = visitor;
  await page.clock.install();
  await page.goto("/r/admin/shop");
  const pushed = page.locator("tbody time").first();
  await pushed.getByText(/(?:second|minute)s? ago|now/).waitFor();
  await page.clock.fastForward("03:00:00");
  await pushed.getByText("3 hours ago").waitFor();
});

test("tags are filtered, chosen all at once and deleted, and the way back finds the filter in the address", async () => {
  const config = { ...SHOP.config, architecture: "arm64" };
  for (const tag of ["1.0", "1.1"]) {
    await pushImage(hub.url, ROOT, { ...SHOP, config, as: `admin/tools:${tag}-arm` });
    await pushImage(hub.url, ROOT, { ...SHOP, as: `admin/tools:${tag}` });
  }
  await using visitor = await visitAsRoot();
  const { page } = visitor;
  await page.goto("/r/admin/tools");
  const tag = (name: string) => page.getByRole("link", { name, exact: true });
  await tag("1.0").waitFor();
  await page.getByRole("combobox", { name: "Architecture" }).selectOption("arm64");
  await tag("1.0").waitFor({ state: "detached" });
  expect(await page.locator("tbody a").allInnerTexts()).toEqual(["1.1-arm", "1.0-arm"]);
  expect(page.url()).toContain("architecture=arm64");
  await tag("1.1-arm").click();
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForURL("**/image/**");
  await page.goBack();
  await tag("1.0-arm").waitFor();
  expect(await tag("1.0").count()).toBe(0);
  const all = page.getByLabel("Choose all 2 shown");
  await all.check();
  await page.getByLabel("Choose 1.0-arm").uncheck();
  await page.getByRole("button", { name: "Delete (1)" }).waitFor();
  await all.check();
  await all.uncheck();
  await page.getByRole("button", { name: "Delete (0)" }).waitFor();
  await all.check();
  await page.getByRole("button", { name: "Delete (2)" }).click();
  // Both name one image, whose bytes neither of them frees alone.
  await page
    .getByRole("dialog")
    .getByText(/Deleting those as well frees [1-9]/)
    .waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Delete (2)" }).click();
  await page.getByText("No tag is like that.").waitFor();
  await page.goBack();
  await tag("1.0").waitFor();
  const left = await done(hub.root("GET /api/v1/catalog/tags/admin/tools"));
  expect(left.body.items.map((one: { name: string }) => one.name)).toEqual(["1.1", "1.0"]);
  expect(await findBarriers(page)).toEqual([]);
  expect(visitor.failures).toEqual([]);
});

test("what somebody pushed to the library is shown, and not as an official image", async () => {
  await pushImage(hub.url, ROOT, { ...SHOP, as: "library/pushed:1.0" });
  await using visitor = await visitAsRoot();
  const { page } = visitor;
  await page.goto("/_/pushed?q=1");
  await page.waitForURL("**/r/library/pushed?q=1");
  await page.getByRole("link", { name: "1.0", exact: true }).waitFor();
  expect(await page.getByText("Official", { exact: true }).count()).toBe(0);
  expect(visitor.failures).toEqual([]);
});

test("a repository is filed under categories, and found by them and by what it runs on, by keyboard", async () => {
  await using visitor = await visitAsRoot();
  const { page } = visitor;
  await page.goto("/settings/admin/shop");
  await page.getByRole("combobox", { name: "Filed under" }).press("ArrowDown");
  await page.keyboard.type("web serv");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect
    .poll(() => hub.root("GET /api/v1/repository-categories/admin/shop"))
    .toMatchObject({
      body: { categories: ["web-servers"] },
    });
  await page.goto("/");
  await page.getByRole("combobox", { name: "Category" }).focus();
  await page.keyboard.type("web serv");
  await page.waitForURL("**/?category=web-servers");
  const card = page.getByRole("link", { name: "admin/shop", exact: true });
  await card.waitFor();
  await page.getByText("Web servers · amd64").waitFor();
  await page.getByRole("combobox", { name: "Architecture" }).focus();
  await page.keyboard.type("s390x");
  await card.waitFor({ state: "detached" });
  await page.getByRole("heading", { name: "Nothing is like that" }).waitFor();
  await page.waitForURL("**/?category=web-servers&architecture=s390x");
  await page.reload();
  await page.getByRole("heading", { name: "Nothing is like that" }).waitFor();
  await page.goto("/activity/admin/shop");
  await page.getByRole("link", { name: "Tag 1.10.0" }).click();
  await page.getByRole("heading", { name: "History of 1.10.0" }).waitFor();
  expect(visitor.failures).toEqual([]);
});

test("what is looked for in Explore, and in which order, stands in the address", async () => {
  await pushImage(hub.url, ROOT, { ...SHOP, as: "admin/bikes:1" });
  const description = "Everything on wheels";
  await done(hub.root("PATCH /api/v1/repositories/admin/bikes", { description }));
  await using visitor = await visitAsRoot();
  const { page } = visitor;
  await page.goto("/");
  const search = page.getByPlaceholder("Names, descriptions, labels, categories");
  await search.fill("bik");
  await page.waitForURL("**/?q=bik");
  await page.getByRole("combobox", { name: "Order" }).selectOption("By name");
  await page.waitForURL("**/?q=bik&order=name");
  await page.reload();
  await page.getByRole("link", { name: "admin/bikes", exact: true }).waitFor();
  expect(await search.inputValue()).toBe("bik");
  // The palette finds what the hub finds by each word, wherever it stands.
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder("Search repositories, go anywhere").fill("wheels bikes");
  await page.getByRole("dialog").locator("button", { hasText: "admin/bikes" }).waitFor();
  expect(visitor.failures).toEqual([]);
});

test("a label of an image leads to the repositories that have it, and whoever sees nothing is asked to sign in", async () => {
  await using visitor = await visitAsRoot();
  const { page } = visitor;
  await page.goto("/image/admin/shop?reference=1.9.0&tab=config");
  await page.getByRole("link", { name: "Repositories with this team" }).click();
  await page.getByText("Label team=shop").waitFor();
  const cards = page.locator("main a", { hasText: /^admin\// });
  await expect.poll(() => cards.allInnerTexts(), { timeout: 10_000 }).toContain("admin/shop");
  await page.goto("/?label=team%3Dnobody");
  await page.getByRole("heading", { name: "Nothing is like that" }).waitFor();
  await page.getByRole("button", { name: "Any label" }).click();
  await page.getByRole("link", { name: "admin/shop", exact: true }).waitFor();
  expect(await findBarriers(page)).toEqual([]);
  await using stranger = await visit(chromium, hub.url);
  await stranger.page.goto("/r/admin/shop");
  await stranger.page.waitForURL("**/sign-in?next=%2Fr%2Fadmin%2Fshop");
  expect([...visitor.failures, ...stranger.failures]).toEqual([]);
});

test("what was chosen and typed in one repository does not come along to another", async () => {
  for (const name of ["admin/one", "admin/other"]) await done(hub.push(ROOT, `${name}:1`) as never);
  const one = { description: "", fullDescription: "About the one" };
  await done(hub.root("PATCH /api/v1/repositories/admin/one", one));
  await using visitor = await visitAsRoot();
  const { page } = visitor;
  await page.goto("/r/admin/one");
  await page.getByText("About the one").waitFor();
  await page.getByLabel("Choose 1").check();
  await page.getByLabel("Filter tags").fill("1");
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder("Search repositories, go anywhere").waitFor();
  await page.keyboard.type("admin/other");
  // Until all that was typed is looked for: less of it finds the one, too.
  const offered = page.getByRole("dialog").locator("button", { hasText: "admin/o" });
  await expect
    .poll(() => offered.allInnerTexts(), { timeout: 10_000 })
    .toEqual([expect.stringMatching(/other/)]);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "admin/other", level: 1 }).waitFor();
  await page.getByLabel("Choose 1").waitFor();
  expect(await page.getByLabel("Choose 1").isChecked()).toBe(false);
  expect(await page.getByLabel("Filter tags").inputValue()).toBe("");
  await page.getByRole("button", { name: "Describe" }).click();
  expect(await page.getByLabel("In full, as markdown").inputValue()).toBe("");
  expect(visitor.failures).toEqual([]);
});

test("a repository is described in its page, and what somebody else writes meanwhile stays", async () => {
  await using visitor = await visitAsRoot();
  const { page } = visitor;
  await page.goto("/r/admin/shop");
  await page.getByRole("button", { name: "Describe" }).click();
  await page.getByLabel("In full, as markdown").fill("Sells **everything**.");
  const meanwhile = { description: "By somebody else" };
  await done(hub.root("PATCH /api/v1/repositories/admin/shop", meanwhile));
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator("strong", { hasText: "everything" }).waitFor();
  await page.getByText("By somebody else").waitFor();
});

test("a repository is starred, and the star is taken back", async () => {
  await using visitor = await visitAsRoot();
  const { page } = visitor;
  await page.goto("/r/admin/shop");
  const star = (pressed: boolean) =>
    page.getByRole("button", { name: "Star, to find it again", pressed });
  const starred = async () => (await done(hub.root("GET /api/v1/stars"))).body.items;
  await star(false).click();
  await star(true).waitFor();
  expect(await starred()).toMatchObject([{ repository: "admin/shop" }]);
  await star(true).click();
  await star(false).waitFor();
  expect(await starred()).toEqual([]);
});

test("a token is made by keyboard alone, shown once, and logs in", async () => {
  await using visitor = await visitAsRoot();
  const { page } = visitor;
  await page.goto("/");
  await settle(visitor);
  await page.keyboard.press("Control+k");
  await page.locator("input:focus").waitFor();
  await page.keyboard.type("tokens");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/account/tokens");
  await page.getByLabel("What it is for").focus();
  await page.keyboard.type("ci");
  await page.getByLabel("Only these repositories").focus();
  await page.keyboard.type("admin/shop, admin/web-*");
  await page.keyboard.press("Enter");
  await page.getByText(`docker login --username admin ${new URL(hub.url).host}`).waitFor();
  const secret = await page.getByRole("alert").locator("pre").first().textContent();
  const asked = await hub.as("admin", secret ?? "")("GET /api/v1/catalog/repositories/admin/shop");
  expect(asked.status).toBe(200);
  const { body } = await done(hub.root("GET /api/v1/account/tokens"));
  expect(body.items).toMatchObject([{ label: "ci", repositories: ["admin/shop", "admin/web-*"] }]);
  await page.reload();
  await page.getByRole("cell", { name: "ci", exact: true }).waitFor();
  await page.getByText("Only admin/shop, admin/web-*").waitFor();
  expect(await page.getByText(secret ?? "").count()).toBe(0);
});

test("S68: nothing that people write runs on any page, and all of it is shown as text", async () => {
  const evil = { description: EVIL.slice(0, 100), fullDescription: EVIL_README };
  await pushImage(hub.url, ROOT, {
    as: "admin/evil:1",
    layers: ["evil"],
    annotations: { [EVIL]: EVIL, "org.opencontainers.image.url": "javascript:window.hacked=1" },
    config: {
      os: EVIL,
      architecture: "javascript:window.hacked=1",
      created: EVIL,
      config: { Env: [EVIL], Labels: { [EVIL]: EVIL }, Entrypoint: EVIL, User: { evil: EVIL } },
      history: [{ created_by: EVIL, comment: EVIL }, null, EVIL],
    },
  });
  await done(hub.root("PATCH /api/v1/repositories/admin/evil", evil));
  const token = { label: EVIL.slice(0, 100), scopes: ["repo:read"] };
  await done(hub.root("POST /api/v1/account/tokens", token));
  await using visitor = await visitAsRoot();
  const { page } = visitor;
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).host));
  const look = async (path: string, ...tabs: readonly string[]) => {
    await page.goto(path);
    await settle(visitor);
    for (const tab of ["", ...tabs]) {
      if (tab !== "") await page.getByRole("tab", { name: tab }).click();
      await page.getByText("onerror").first().waitFor();
      expect(await page.evaluate("window.hacked"), `${path} ${tab}`).toBeUndefined();
      const wild =
        'a[href^="javascript:"], a[href^="data:"], main img, iframe, [onerror], [onload]';
      expect(await page.locator(wild).count(), `${path} ${tab}`).toBe(0);
    }
  };
  await look("/");
  await look("/r/admin/evil");
  await look(`/?q=${encodeURIComponent(EVIL)}`);
  await look("/image/admin/evil?reference=1", "Layers", "Configuration");
  await look("/account/tokens");
  await page.goto("/sign-in?next=javascript:window.hacked=1");
  await page.goto("/sign-in?next=//evil.invalid/");
  await settle(visitor);
  expect(new Set(asked)).toEqual(new Set([new URL(hub.url).host]));
  expect(visitor.failures).toEqual([]);
});

test("the first page loads no more than 250,000 bytes of program, as gzip makes it", async () => {
  await using visitor = await visit(chromium, hub.url);
  const { page } = visitor;
  const programs = new Set<string>();
  page.on("response", (response) => {
    if (response.url().endsWith(".js")) programs.add(response.url());
  });
  await page.goto("/");
  await settle(visitor);
  await page.waitForLoadState("networkidle");
  const sizes = await Promise.all([...programs].map(sizeWithGzip));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  expect(total).toBeGreaterThan(50_000);
  expect(total).toBeLessThanOrEqual(250_000);
});

/** As it goes over the wire to browsers that know no better compression. */
async function sizeWithGzip(url: string): Promise<number> {
  const { statusCode, headers, body } = await request(url, {
    headers: { "accept-encoding": "gzip" },
  });
  expect([statusCode, headers["content-encoding"]]).toEqual([200, "gzip"]);
  return (await body.arrayBuffer()).byteLength;
}

test("no page reported anything that its policy forbids, and the hub logged no error", async () => {
  expect(await countPolicyReports(hub.url)).toBe(0);
  expect(hub.errors).toEqual([]);
});
