import { BASE_CHECKS } from "./base-checks.ts";
import type { Check } from "./check.ts";
import type { DockerfileSubject } from "./dockerfile-subject.ts";
import { DOWNLOAD_CHECKS } from "./download-checks.ts";
import { PRACTICE_CHECKS } from "./practice-checks.ts";

/** Checks 11 to 28: each Dockerfile by itself. */
export const DOCKERFILE_CHECKS: readonly Check<DockerfileSubject>[] = [
  ...BASE_CHECKS,
  ...DOWNLOAD_CHECKS,
  ...PRACTICE_CHECKS,
].toSorted((one, other) => one.number - other.number);
