import { expect, test } from "vitest";
import type { SourceProvider } from "../../contract/build-sources.ts";
import { readHookEvent } from "./hook-event.ts";

const read = (provider: SourceProvider, headers: Record<string, string>, body: object) =>
  readHookEvent(provider, { headers, body: Buffer.from(JSON.stringify(body)), now: new Date(0) });

const github = (head: number | null, action = "opened") => ({
  ...{ action, number: 7 },
  pull_request: {
    head: { ref: "topic", repo: head === null ? null : { id: head } },
    base: { ref: "main", repo: { id: 1 } },
  },
});
const gitlab = (action: string, more: object = {}) => ({
  object_attributes: {
    ...{ iid: 7, action, source_branch: "topic", target_branch: "main" },
    ...{ source_project_id: 1, target_project_id: 1, ...more },
  },
});
const bitbucket = (from: string, branch = "topic") => ({
  pullrequest: {
    id: 7,
    source: { branch: { name: branch }, repository: { full_name: from } },
    destination: { branch: { name: "main" }, repository: { full_name: "acme/api" } },
  },
});
const server = (from: number) => ({
  pullRequest: {
    id: 7,
    fromRef: { id: "refs/heads/topic", repository: { id: from } },
    toRef: { id: "refs/heads/main", repository: { id: 1 } },
  },
});
const GITHUB = { "x-github-event": "pull_request" };
const GITLAB = { "x-gitlab-event": "Merge Request Hook" };
const CLOUD = { "x-event-key": "pullrequest:created" };
const PULL = { ref: "refs/pull/7/head", fetched: "refs/pull/7/head", base: "main", head: "topic" };
const MERGE = { ref: "refs/merge-requests/7/head", fetched: "refs/merge-requests/7/head" };
const FROM = "refs/pull-requests/7/from";

test.each<[SourceProvider, Record<string, string>, object, object]>([
  ["github", GITHUB, github(1), { ...PULL, isFork: false }],
  ["github", GITHUB, github(2, "synchronize"), { ...PULL, isFork: true }],
  ["github", GITHUB, github(null), { ...PULL, isFork: true }],
  ["gitea", { "x-gitea-event": "pull_request" }, github(2, "synchronized"), { isFork: true }],
  ["gitea", { "x-forgejo-event": "pull_request" }, github(1, "reopened"), { isFork: false }],
  ["gitlab", GITLAB, gitlab("open"), { ...MERGE, base: "main", head: "topic", isFork: false }],
  ["gitlab", GITLAB, gitlab("update", { oldrev: "1" }), { ...MERGE, isFork: false }],
  ["gitlab", GITLAB, gitlab("open", { source_project_id: 2 }), { isFork: true }],
  [
    "bitbucket",
    CLOUD,
    bitbucket("acme/api"),
    { ref: FROM, fetched: "refs/heads/topic", isFork: false },
  ],
  ["bitbucket", CLOUD, bitbucket("eve/api"), { ref: FROM, from: "eve/api", isFork: true }],
  [
    "bitbucket-server",
    { "x-event-key": "pr:opened" },
    server(1),
    { ref: FROM, base: "main", isFork: false },
  ],
  ["bitbucket-server", { "x-event-key": "pr:from_ref_updated" }, server(2), { isFork: true }],
])("a pull request of %s is read: %j %j", (...[provider, headers, body, proposal]) => {
  expect(read(provider, headers, body)).toMatchObject({ kind: "proposal", proposal });
});

test.each<[SourceProvider, Record<string, string>, object]>([
  ["github", GITHUB, github(1, "closed")],
  ["github", GITHUB, github(1, "labeled")],
  ["github", GITHUB, { ...github(1), number: "../7" }],
  ["github", GITHUB, { ...github(1), number: -1 }],
  ["gitlab", GITLAB, gitlab("update")],
  ["gitlab", GITLAB, gitlab("merge")],
  ["gitlab", GITLAB, gitlab("open", { target_branch: "--upload-pack=x" })],
  ["bitbucket", CLOUD, bitbucket("../../etc")],
  ["bitbucket", CLOUD, bitbucket("acme/api", "a b")],
  ["bitbucket", { "x-event-key": "pullrequest:fulfilled" }, bitbucket("acme/api")],
  ["other", { "x-berth-event": "pull_request" }, github(1)],
])("what is no pull request to build is not read as one: %s %j %j", (provider, headers, body) => {
  expect(read(provider, headers, body)).toEqual({ kind: "other" });
});
