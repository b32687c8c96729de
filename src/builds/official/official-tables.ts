import type { Generated } from "kysely";
import type { SubmissionState } from "../../contract/official.ts";
import type { NamespaceId } from "../../namespaces/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";

export type SubmissionId = number & { readonly __brand: "SubmissionId" };

/** The rows of the programme; lists and objects are JSON. */
export interface OfficialTables {
  official_submissions: {
    id: Generated<SubmissionId>;
    name: string;
    state: SubmissionState;
    why: string | null;
    author_id: NamespaceId;
    principal: string;
    /** What its author called the hub: addresses of the hub's own sources begin with it. */
    base_url: string | null;
    is_security: number;
    definition: string;
    definition_hash: string;
    documents: string;
    /** Base 64. */
    logo: string | null;
    checks: string;
    images: string;
    indexes: Generated<string>;
    digest: string | null;
    /** The submission that was published when this one was checked. */
    compared_with: SubmissionId | null;
    /** What the hub submitted anew by itself, and for which bases. */
    rebuild_of: SubmissionId | null;
    rebuild_bases: string | null;
    /** Of such: more of its bases may come until then. */
    not_before: number | null;
    /** Where what was built of it lies. */
    repository_id: RepositoryId | null;
    created_at: number;
    changed_at: number;
  };
  official_reviews: {
    submission_id: SubmissionId;
    reviewer_id: NamespaceId;
    reviewer: string;
    verdict: "approve" | "request changes";
    note: string;
    digest: string;
    created_at: number;
  };
  official_notes: {
    submission_id: SubmissionId;
    check_number: number;
    text: string;
    author: string;
    digest: string;
  };
  official_reviewers: { account_id: NamespaceId; created_at: number };
  official_images: {
    name: string;
    submission_id: SubmissionId;
    status: "maintained" | "deprecated" | "retired";
    reason: string;
    tags: string;
    unmaintained: string;
    flags: string;
    /** What was found in it since, and newer packages mend. */
    attention: Generated<string>;
    published_at: number;
  };
  official_publishers: { namespace_id: NamespaceId; created_at: number };
  /** The namespace in which what is looked at is hidden. */
  official_stages: { namespace_id: NamespaceId };
}
