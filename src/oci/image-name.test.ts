import { expect, test } from "vitest";
import { splitImageName } from "./image-name.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

test.each([
  ["nginx", undefined, "nginx", "latest"],
  ["acme/api:1.2", undefined, "acme/api", "1.2"],
  [`acme/api@${DIGEST}`, undefined, "acme/api", DIGEST],
  [`acme/api:1.2@${DIGEST}`, undefined, "acme/api", DIGEST],
  ["localhost/api", "localhost", "api", "latest"],
  ["localhost:5000/acme/api:1", "localhost:5000", "acme/api", "1"],
  ["127.0.0.1:5000/api", "127.0.0.1:5000", "api", "latest"],
  [`hub.example.com/a/b/c@${DIGEST}`, "hub.example.com", "a/b/c", DIGEST],
])("%s", (text, ...parts) => {
  const [host, repository, reference] = parts;
  expect(splitImageName(text)).toEqual({ ...(host && { host }), repository, reference });
});
