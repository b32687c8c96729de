import { expect, test } from "vitest";
import { parseRoute } from "./route.ts";
import { scopesOf } from "./route-scopes.ts";

const DIGEST = `sha256:${"0a".repeat(32)}`;

test.each([
  ["GET", "/v2/", []],
  ["GET", "/v2/_catalog", ["registry:catalog:*"]],
  ["HEAD", "/v2/app/manifests/1", ["repository:app:pull"]],
  ["PUT", "/v2/team/app/manifests/1", ["repository:team/app:pull,push"]],
  ["DELETE", "/v2/team/app/manifests/1", ["repository:team/app:delete"]],
  ["POST", "/v2/team/app/blobs/uploads/", ["repository:team/app:pull,push"]],
])("%s %s needs the scopes %j", (method, path, scopes) => {
  expect(printed(method, path)).toEqual(scopes);
});

test("a mount needs to read its source too", () => {
  const path = `/v2/team/app/blobs/uploads/?mount=${DIGEST}&from=`;
  const push = "repository:team/app:pull,push";
  expect(printed("POST", `${path}base%2Fimage`)).toEqual([push, "repository:base/image:pull"]);
  expect(printed("POST", `${path}team/app`)).toEqual([push]);
  expect(printed("POST", path.slice(0, -"&from=".length))).toEqual([push]);
});

test("a source that is no name stays out of the challenge", () => {
  const path = `/v2/team/app/blobs/uploads/?mount=${DIGEST}&from=`;
  for (const from of ["A", "x%22,error=%22", "../etc", "orgs/x"]) {
    expect(printed("POST", path + from)).toEqual(["repository:team/app:pull,push"]);
  }
});

function printed(method: string, path: string): readonly string[] {
  return scopesOf(parseRoute(method, path)).map(
    ({ type, name, actions }) => `${type}:${name}:${actions.join(",")}`,
  );
}
