import { describe, expect } from "vitest";
import { randomImage } from "../harness/artifacts.ts";
import { digestOf, type Image } from "../harness/images.ts";
import { blobPath, manifestPath } from "../harness/registry-client.ts";
import { errorsOf, expectEmpty, KNOWN_CODES } from "./expectations.ts";
import { newRepository, type Suite, type Target } from "./target.ts";

/** Errors as the specification words them, on every route. */
export function describeErrors({ check, target }: Suite): void {
  describe("errors", () => {
    check("E1: every refusal is JSON with codes of the specification and a sentence", async () => {
      const { client } = target();
      for (const [method, path] of await refusedRequests(target())) {
        const answer = await client.send(method, path);
        expect(answer.status, `${method} ${path}`).toBeGreaterThanOrEqual(400);
        expect(answer.status, `${method} ${path}`).toBeLessThan(500);
        for (const { code, message } of errorsOf(answer)) {
          expect(KNOWN_CODES).toContain(code);
          expect(message.length).toBeGreaterThan(5);
        }
      }
    });

    check("E1: a method that a route does not have answers 405 and those it has", async () => {
      const { client } = target();
      const { repository, image } = await pushedImage(target());
      for (const [method, path] of [
        ["POST", "/v2/"],
        ["PUT", `/v2/${repository}/tags/list`],
        ["PATCH", manifestPath(repository, "1")],
        ["POST", manifestPath(repository, "1")],
        ["PUT", blobPath(repository, image.config.digest)],
        ["DELETE", `/v2/${repository}/referrers/${image.manifest.digest}`],
      ] as const) {
        const answer = await client.send(method, path);
        expect(answer.status, `${method} ${path}`).toBe(405);
        expect(errorsOf(answer)).toMatchObject([{ code: "UNSUPPORTED" }]);
        expect(answer.headers.allow).toMatch(/\bGET\b/);
      }
    });

    check("E2: an error never has a body for HEAD", async () => {
      const { client, random } = target();
      const repository = newRepository(target());
      const digest = digestOf(random.bytes(10));
      for (const path of [
        manifestPath(repository, "missing"),
        manifestPath(repository, digest),
        blobPath(repository, digest),
        `/v2/${repository}/tags/list`,
      ]) {
        expectEmpty(await client.head(path), 404);
      }
      const malformed = await client.head(blobPath(repository, "sha256:bad"));
      expect(malformed.body).toHaveLength(0);
    });
  });
}

/** One request that has to be refused for each route and each reason. */
async function refusedRequests(target: Target): Promise<readonly (readonly [string, string])[]> {
  const { repository } = await pushedImage(target);
  const unknown = newRepository(target);
  const digest = digestOf(target.random.bytes(10));
  return [
    ["GET", manifestPath(repository, "missing")],
    ["GET", manifestPath(repository, digest)],
    ["GET", manifestPath(unknown, "missing")],
    ["GET", manifestPath("UPPER", "1")],
    ["GET", manifestPath(repository, "sha256:bad")],
    ["PUT", manifestPath(repository, "new")],
    ["PUT", manifestPath(repository, "-bad")],
    ["DELETE", manifestPath(repository, "missing")],
    ["GET", blobPath(repository, digest)],
    ["GET", blobPath(repository, "sha256:bad")],
    ["DELETE", blobPath(repository, digest)],
    ["GET", `/v2/${unknown}/tags/list`],
    ["GET", `/v2/${repository}/tags/list?n=x`],
    ["GET", `/v2/_catalog?n=x`],
    ["GET", `/v2/${repository}/referrers/bad`],
    ["POST", `/v2/${repository}/blobs/uploads/?digest=bad`],
    ["POST", `/v2/UPPER/blobs/uploads/`],
    ["GET", `/v2/${repository}/blobs/uploads/01234567-89ab-4def-8123-456789abcdef`],
    ["PATCH", `/v2/${repository}/blobs/uploads/not-an-upload`],
    ["GET", "/v2/unknown-route"],
    ["GET", `/v2/${repository}/tags`],
  ];
}

async function pushedImage(target: Target): Promise<{ repository: string; image: Image }> {
  const repository = newRepository(target);
  const image = randomImage(target.random);
  await target.client.push(repository, "1", image);
  return { repository, image };
}
