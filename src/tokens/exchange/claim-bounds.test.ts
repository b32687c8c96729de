import { expect, test } from "vitest";
import { findClaimFault } from "./claim-bounds.ts";

type Claims = Readonly<Record<string, string>>;

test.each<Claims>([
  { repository: "acme/api" },
  { repository: "acme/*" },
  { repository_owner: "acme" },
  { repository_id: "1234" },
  { project_path: "acme/*", ref: "main" },
  { namespace_path: "acme" },
  { sub: "repo:acme/api:ref:refs/heads/main" },
  { sub: "repo:acme/*" },
  { sub: "project_path:acme/*:ref_type:branch:ref:main" },
  { sub: "organization:acme:*" },
  { sub: "org/0b1c/project/*" },
  { sub: "system:serviceaccount:shop:*" },
  { sub: "104118372" },
  { "oidc.circleci.com/project-id": "0b1c" },
])("%j says whose jobs they are", (claims) => {
  expect(findClaimFault(claims)).toBeUndefined();
});

test.each<Claims>([
  {},
  { sub: "*" },
  { sub: "**" },
  { sub: "repo:*" },
  { sub: "repo:acme*" },
  { sub: "repo:*/api:ref:refs/heads/main" },
  { sub: "*:acme/api" },
  { sub: "system:serviceaccount:*" },
  { sub: "system:*" },
  { sub: "org/*" },
  // What GitHub lets everybody's jobs call themselves.
  { sub: "ref:refs/heads/main" },
  { sub: "ref:refs/*" },
  { sub: "environment:production:*" },
  { sub: "ref_type:branch" },
  { sub: "ref_protected:true" },
  { sub: "actor_id:1" },
  { sub: "run_attempt:1" },
  { sub: "job_workflow_sha:0123abc" },
  { sub: "workflow_ref:acme/api/.github/workflows/a.yml@refs/heads/main" },
  { repository: "*" },
  { repository: "acme*" },
  { repository: "*/api" },
  { repository: "/*" },
  { repository_owner: "acme*" },
  { repository_id: "12*" },
  { project_path: "*" },
  { ref: "refs/heads/main" },
  { ref: "refs/heads/main", environment: "production", actor: "alice" },
  { pipeline_slug: "api" },
  { constructor: "acme/api" },
])("%j would let in everybody's jobs", (claims) => {
  expect(findClaimFault(claims)).toContain("no claim says of which project");
});
