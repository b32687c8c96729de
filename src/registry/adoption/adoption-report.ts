/** What was taken over, and what was left alone and why. */
export interface AdoptionReport {
  repositories: number;
  manifests: number;
  tags: number;
  blobs: number;
  bytes: number;
  readonly skipped: { readonly what: string; readonly why: string }[];
}

export function emptyReport(): AdoptionReport {
  return { repositories: 0, manifests: 0, tags: 0, blobs: 0, bytes: 0, skipped: [] };
}
