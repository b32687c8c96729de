import { expect, test } from "vitest";
import { type CiRuleDraft, faultsOf, jobLinesOf, linesOf, ruleOf } from "./ci-rule-lines.ts";

const DRAFT: CiRuleDraft = {
  ...{ service: "github", name: "deploy", project: "acme/api", branch: "main", account: "ci" },
  ...{ issuer: "", subject: "", repositories: "acme/**", push: true, minutes: "30" },
};

test.for<[Partial<CiRuleDraft>, string]>([
  [{ name: "Deploy it" }, "name"],
  [{ project: "https://github.com/acme/api" }, "project"],
  [{ project: "acme" }, "project"],
  [{ branch: "a b" }, "branch"],
  [{ account: "CI" }, "account"],
  [{ repositories: "acme/**, library/*" }, "repositories"],
  [{ service: "other", issuer: "http://ci.example.com", subject: "x" }, "issuer"],
  [{ service: "other", issuer: "https://ci.example.com", subject: "a b" }, "subject"],
])("%j is shown where it is wrong, and makes no rule", ([wish, field]) => {
  expect([...faultsOf({ ...DRAFT, ...wish })]).toEqual([field]);
  expect(linesOf({ ...DRAFT, ...wish })).toBeUndefined();
  expect(ruleOf({ ...DRAFT, ...wish }, "organization")).toBeUndefined();
});

test("what is not written yet is not wrong, and makes no rule", () => {
  const draft = { ...DRAFT, account: "", project: "" };
  expect(faultsOf(draft).size).toBe(0);
  expect(linesOf(draft)).toBeUndefined();
  expect(ruleOf(draft, "organization")).toBeUndefined();
});

test("a rule of the hub says whose account it is, one of an organization does not", () => {
  const rule = {
    ...{ name: "deploy", issuer: "https://token.actions.githubusercontent.com" },
    ...{ claims: { repository: "acme/api", ref: "refs/heads/main" }, repositories: ["acme/**"] },
    ...{ actions: ["pull", "push"], lifetimeSeconds: 1800 },
  };
  expect(ruleOf(DRAFT, "hub")).toEqual({ ...rule, account: "ci" });
  expect(ruleOf(DRAFT, "organization")).toEqual(rule);
  expect(ruleOf({ ...DRAFT, account: "" }, "organization")).toEqual(rule);
  expect(ruleOf({ ...DRAFT, account: "" }, "hub")).toBeUndefined();
});

test("a job of another service is known by its subject", () => {
  const other = { service: "other", issuer: "https://ci.example.com", subject: "org/1/*" } as const;
  const draft = { ...DRAFT, ...other, project: "", minutes: "60", push: false };
  expect(ruleOf(draft, "organization")).toMatchObject({
    ...{ issuer: "https://ci.example.com", claims: { sub: "org/1/*" }, actions: ["pull"] },
    lifetimeSeconds: 3600,
  });
  expect(linesOf(draft)).toContain('claims: { sub: "org/1/*" }');
});

test.each(["github", "gitlab", "other"] as const)(
  "a job on %s names the organization",
  (service) => {
    const lines = jobLinesOf(service, "https://hub.example.com", "acme");
    expect(lines).toContain("berth login --oidc --organization acme https://hub.example.com");
  },
);
