import type { RepositoryId } from "../repositories/index.ts";

/** The rows that discovery owns. They go with their repositories. */
export interface DiscoveryTables {
  repository_facets: {
    repository_id: RepositoryId;
    /** JSON: what its administrators filed it under. */
    categories: string;
    /** JSON: what its latest images run on. */
    architectures: string;
    /** JSON: labels and annotations of its latest image. */
    labels: string;
    /** All of that as lines in small letters, as `facetLine` writes them. */
    words: string;
    /** Up to which push its images were looked at. */
    read_to: number;
  };
}
