import { expect, test } from "vitest";
import { FORMATS } from "./formats.ts";
import type { Happening, Surroundings } from "./happening.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const PUSH: Happening = {
  id: "7",
  kind: "push",
  repository: "svendowideit/testhook",
  digest: DIGEST,
  mediaType: MANIFEST,
  size: 708,
  tags: ["latest"],
  actor: "trustedbuilder",
  at: new Date(1417566161 * 1000),
};
const AROUND: Surroundings = {
  repository: {
    isPublic: false,
    description: "",
    fullDescription: "Docker Hub based automated build",
    createdAt: new Date(1417494799 * 1000),
  },
  baseUrl: "https://hub.example.com",
  hookId: "2141b5bi5i5b02bec211i4eeih0242eg11000a",
};

function bodies(format: keyof typeof FORMATS, happening: Happening = PUSH) {
  return FORMATS[format](happening, AROUND).map(({ body }) => body);
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
  const [message] = FORMATS[format](PUSH, AROUND);
  expect(message?.contentType).toBe(`application/vnd.docker.distribution.events.${version}+json`);
  expect(JSON.parse(message?.body ?? "")).toEqual({
    events: [
      {
        id: "7-0",
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
        request: { id: "7", addr: "", host: "hub.example.com", method: "PUT", useragent: "" },
        actor: { name: "trustedbuilder" },
        source: { addr: "hub.example.com", instanceID: "berth" },
      },
    ],
  });
});

test("a tag that was deleted is an event with a tag and no digest, as the registry sends it", () => {
  const happening = {
    ...PUSH,
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
  const [message] = FORMATS.cloudevents(PUSH, AROUND);
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
