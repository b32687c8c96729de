import { expect, test } from "vitest";
import type { Happening, Surroundings } from "../events/happening.ts";
import { sampleOf } from "../events/samples.ts";
import { wordIn } from "./formats.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const PUSH: Happening = {
  id: "7",
  topic: "manifest.pushed",
  kind: "push",
  repository: "svendowideit/testhook",
  account: "svendowideit",
  name: "svendowideit/testhook",
  digest: DIGEST,
  mediaType: MANIFEST,
  size: 708,
  tags: ["latest"],
  actor: "trustedbuilder",
  address: "192.0.2.7",
  client: "docker/29.0",
  host: "hub.example.com",
  requestId: "0b1f",
  details: {},
  at: new Date(1417566161 * 1000),
};
const AROUND: Surroundings = {
  repository: {
    isPublic: false,
    description: "",
    fullDescription: "Docker Hub based automated build",
    isOfficial: false,
    createdAt: new Date(1417494799 * 1000),
  },
  baseUrl: "https://hub.example.com",
  source: { addr: "hub-1:5000", instanceID: "berth" },
  newCallbackId: () => "2141b5bi5i5b02bec211i4eeih0242eg11000a",
};

type Format = Parameters<typeof wordIn>[0];

function bodies(format: Format, happening: Happening = PUSH) {
  return wordIn(format, happening, AROUND).map(({ body }) => body);
}

test("hub is Docker Hub's sample, byte by byte, but for the host's name and what this hub does not keep", () => {
  expect(bodies("hub")).toEqual([
    '{"callback_url":"https://hub.example.com/u/svendowideit/testhook/hook/2141b5bi5i5b02bec211i4eeih0242eg11000a/",' +
      '"push_data":{"pushed_at":1417566161,"pusher":"trustedbuilder","tag":"latest"},' +
      '"repository":{"comment_count":0,"date_created":1417494799,"description":"","dockerfile":"",' +
      '"full_description":"Docker Hub based automated build","is_official":false,"is_private":true,"is_trusted":false,' +
      '"name":"testhook","namespace":"svendowideit","owner":"svendowideit","repo_name":"svendowideit/testhook",' +
      '"repo_url":"https://hub.example.com/u/svendowideit/testhook/","star_count":0,"status":"Active"}}',
  ]);
});

test("hub sends one message for each tag, and none for what has no tag or is deleted", () => {
  expect(bodies("hub", { ...PUSH, tags: ["1", "2"] })).toHaveLength(2);
  expect(bodies("hub", { ...PUSH, tags: [] })).toEqual([]);
  expect(bodies("hub", { ...PUSH, kind: "delete" })).toEqual([]);
});

test.each([
  ["distribution", "v1"],
  ["distribution-v2", "v2"],
] as const)("%s is the registry's envelope %s", (format, version) => {
  const [message] = wordIn(format, PUSH, AROUND);
  expect(message?.contentType).toBe(`application/vnd.docker.distribution.events.${version}+json`);
  expect(JSON.parse(message?.body ?? "")).toEqual({
    events: [
      {
        id: expect.stringMatching(
          /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/,
        ),
        timestamp: "2014-12-03T00:22:41.000Z",
        action: "push",
        target: {
          mediaType: MANIFEST,
          digest: DIGEST,
          size: 708,
          length: 708,
          repository: "svendowideit/testhook",
          url: `https://hub.example.com/v2/svendowideit/testhook/manifests/${DIGEST}`,
          tag: "latest",
        },
        request: {
          id: "0b1f",
          addr: "192.0.2.7",
          host: "hub.example.com",
          method: "PUT",
          useragent: "docker/29.0",
        },
        actor: { name: "trustedbuilder" },
        source: { addr: "hub-1:5000", instanceID: "berth" },
      },
    ],
  });
});

test("a tag that was deleted is an event with a tag and no digest, as the registry sends it", () => {
  const happening = {
    ...PUSH,
    topic: "tag.deleted",
    kind: "delete" as const,
    digest: undefined,
    mediaType: undefined,
    size: undefined,
  };
  const [body = ""] = bodies("distribution", happening);
  expect(JSON.parse(body).events[0]).toMatchObject({ action: "delete" });
  expect(JSON.parse(body).events[0].target).toEqual({ repository: PUSH.repository, tag: "latest" });
});

test("harbor is Harbor's PUSH_ARTIFACT", () => {
  expect(JSON.parse(bodies("harbor")[0] ?? "")).toEqual({
    type: "PUSH_ARTIFACT",
    occur_at: 1417566161,
    operator: "trustedbuilder",
    event_data: {
      resources: [
        {
          digest: DIGEST,
          tag: "latest",
          resource_url: "hub.example.com/svendowideit/testhook:latest",
        },
      ],
      repository: {
        date_created: 1417494799,
        name: "testhook",
        namespace: "svendowideit",
        repo_full_name: "svendowideit/testhook",
        repo_type: "private",
      },
    },
  });
});

test("quay is Quay's repo_push", () => {
  expect(JSON.parse(bodies("quay")[0] ?? "")).toEqual({
    name: "testhook",
    repository: "svendowideit/testhook",
    namespace: "svendowideit",
    docker_url: "hub.example.com/svendowideit/testhook",
    homepage: "https://hub.example.com/repository/svendowideit/testhook",
    updated_tags: ["latest"],
  });
});

test("cloudevents has what version 1.0 requires", () => {
  const [message] = wordIn("cloudevents", PUSH, AROUND);
  expect(message?.contentType).toBe("application/cloudevents+json");
  expect(JSON.parse(message?.body ?? "")).toMatchObject({
    specversion: "1.0",
    id: "7",
    source: "https://hub.example.com",
    type: "berth.image.pushed",
    time: "2014-12-03T00:22:41.000Z",
  });
});

test("slack reads no markup out of names", () => {
  const [body = ""] = bodies("slack", { ...PUSH, actor: "<!channel> & co" });
  expect(JSON.parse(body).text).toBe(
    "&lt;!channel&gt; &amp; co pushed svendowideit/testhook:latest on hub.example.com",
  );
});

const QUOTA: Happening = {
  id: "8",
  topic: "quota.exceeded",
  kind: "quota-exceeded",
  account: "acme",
  name: "acme",
  tags: [],
  actor: "berth",
  details: { scope: "acme", used: 11, limit: 10 },
  at: PUSH.at,
};

test("a quota is told in Harbor's, CloudEvents' and Slack's words, and in no registry's", () => {
  expect(JSON.parse(bodies("harbor", QUOTA)[0] ?? "")).toMatchObject({
    type: "QUOTA_EXCEED",
    event_data: { custom_attributes: { Details: "11 of 10 bytes are used" } },
  });
  const warning = { ...QUOTA, topic: "quota.warning", kind: "quota-warning" as const };
  expect(JSON.parse(bodies("harbor", warning)[0] ?? "").type).toBe("QUOTA_WARNING");
  expect(JSON.parse(bodies("cloudevents", QUOTA)[0] ?? "")).toMatchObject({
    type: "berth.quota.exceeded",
    subject: "acme",
    data: { scope: "acme", used: 11, limit: 10 },
  });
  expect(JSON.parse(bodies("slack", QUOTA)[0] ?? "").text).toBe(
    "acme exceeds its quota (11 of 10 bytes) on hub.example.com",
  );
  expect(bodies("distribution", QUOTA)).toEqual([]);
  expect(bodies("hub", QUOTA)).toEqual([]);
});

test("a pull is Harbor's PULL_ARTIFACT and the registry's pull", () => {
  const pull = { ...PUSH, topic: "manifest.pulled", kind: "pull" as const };
  expect(JSON.parse(bodies("harbor", pull)[0] ?? "").type).toBe("PULL_ARTIFACT");
  expect(JSON.parse(bodies("distribution", pull)[0] ?? "").events[0]).toMatchObject({
    action: "pull",
    request: { method: "GET" },
    target: { digest: DIGEST, tag: "latest" },
  });
});

test("a repository that is deleted is the registry's delete of a repository and nothing more", () => {
  const gone: Happening = {
    ...{ id: "9", topic: "repository.deleted", kind: "repository", account: "acme" },
    ...{ name: "acme/app", repository: "acme/app", tags: [], actor: "alice", at: PUSH.at },
    details: {},
  };
  const [event] = JSON.parse(bodies("distribution", gone)[0] ?? "").events;
  expect(event).toMatchObject({ action: "delete", target: { repository: "acme/app" } });
  expect(Object.keys(event.target)).toEqual(["repository"]);
  expect(bodies("distribution", { ...gone, topic: "repository.renamed" })).toEqual([]);
  expect(bodies("distribution", { ...gone, topic: "tag.moved", kind: "tag-moved" })).toEqual([]);
});

test.each([
  "push",
  "pull",
  "delete",
  "tag-moved",
  "repository",
  "namespace",
  "member",
  "right",
  "quota-warning",
  "quota-exceeded",
  "retention-removed",
] as const)(
  "%s is read as its writers write it, and said by the formats that say everything",
  (event) => {
    const wish = { repository: "acme/app", tag: "v1", actor: "alice", at: PUSH.at };
    const happening = sampleOf({ ...wish, event });
    expect(happening.kind).toBe(event);
    for (const format of ["cloudevents", "slack", "json"] as const)
      expect(bodies(format, happening)[0]).not.toMatch(/undefined/);
  },
);

test("what retention removed is Harbor's TAG_RETENTION, and says why in Slack", () => {
  const wish = { repository: "acme/app", tag: "v1", actor: "alice", at: PUSH.at };
  const gone = sampleOf({ ...wish, event: "retention-removed" });
  expect(JSON.parse(bodies("harbor", gone)[0] ?? "")).toMatchObject({
    type: "TAG_RETENTION",
    event_data: {
      retention: {
        total: 1,
        retained: 0,
        harbor_hostname: "hub.example.com",
        project_name: "acme",
        result: "SUCCESS",
        deleted_artifact: [{ type: "image", status: "SUCCESS", name_tag: "app:v1" }],
      },
    },
  });
  expect(JSON.parse(bodies("slack", gone)[0] ?? "").text).toBe(
    "berth removed by retention acme/app:v1: older than 30 days on hub.example.com",
  );
});

test("without an address of the hub, images are named by the host that was asked, and no callback is offered", () => {
  const around = { ...AROUND, baseUrl: "" };
  const word = (format: Format) => JSON.parse(wordIn(format, PUSH, around)[0]?.body ?? "");
  expect(word("hub")).not.toHaveProperty("callback_url");
  expect(word("hub").repository.repo_url).toBe("http://hub.example.com/u/svendowideit/testhook/");
  expect(word("quay").docker_url).toBe("hub.example.com/svendowideit/testhook");
  expect(word("harbor").event_data.resources[0].resource_url).toBe(
    "hub.example.com/svendowideit/testhook:latest",
  );
});
