/** How bad a vendor says it is. `negligible` is below `low`: Debian's "unimportant", Ubuntu's "negligible". */
export const SEVERITIES = ["unknown", "negligible", "low", "medium", "high", "critical"] as const;

export type Severity = (typeof SEVERITIES)[number];

/** What a vendor says about a package that it does not simply list as affected. */
export type VendorStatus =
  | "affected"
  | "not-affected"
  | "will-not-fix"
  | "fix-deferred"
  | "under-investigation"
  | "end-of-life";

/** What a feed says about one vulnerability in one package. */
export interface AffectedRecord {
  readonly kind: "affected";
  /** Which feed says so: "debian-tracker", "ghsa". */
  readonly source: string;
  /** In OSV's words, with the release: "Debian:12", "npm". */
  readonly ecosystem: string;
  /** The source package of a distribution where its advisories name that, otherwise the package as installed. */
  readonly name: string;
  /** The CVE where one is known, otherwise the advisory's own id. */
  readonly id: string;
  /** The feed's own id where it has one beside the CVE: "DSA-5380-1", "GHSA-...". */
  readonly advisory?: string;
  readonly aliases?: readonly string[];
  /** Which versions, as intervals: see `interval.ts`. */
  readonly affected: readonly string[];
  /** Versions with the fix, where the intervals do not say them. */
  readonly fixedIn?: readonly string[];
  readonly status?: VendorStatus;
  readonly severity?: Severity;
  /** The module stream of an RPM that alone is meant: "nodejs:18". */
  readonly module?: string;
}

export interface KnownExploited {
  readonly added: string;
  readonly due?: string;
  readonly isRansomware: boolean;
}

/** What is known of a vulnerability wherever it is found. Fields of several feeds are put together. */
export interface DetailRecord {
  readonly kind: "detail";
  readonly source: string;
  readonly id: string;
  readonly aliases?: readonly string[];
  readonly summary?: string;
  readonly published?: string;
  /** Vectors with their prefix; those of CVSS 2 have none. */
  readonly cvss?: readonly string[];
  readonly weaknesses?: readonly string[];
  readonly references?: readonly string[];
  /** Probability, 0 to 1. */
  readonly epss?: number;
  readonly knownExploited?: KnownExploited;
  /** Where a way to exploit it is published: "exploitdb", "metasploit". */
  readonly exploits?: readonly string[];
  /** CISA's triage: exploitation, automatable, technical impact. */
  readonly ssvc?: readonly string[];
}

/** What a feed says about itself. */
export interface FeedFacts {
  readonly kind: "feed";
  readonly source: string;
  /** The day of its newest content: "2026-11-20". */
  readonly date?: string;
}

/** An advisory that was withdrawn: what was known of it is removed. */
export interface WithdrawnRecord {
  readonly kind: "withdrawn";
  readonly source: string;
  readonly id: string;
}

export type FeedRecord = AffectedRecord | DetailRecord | FeedFacts | WithdrawnRecord;

/** What of a package URL's ecosystems is listed: whether "no advisory" means "not affected". */
export type Completeness = "fixed-only" | "open-too";

/** A feed as it is opened: without its compression. */
export interface Feed {
  /** Its name, relative to what was imported. */
  readonly path: string;
  /** The day it was made, where something beside it says so. */
  readonly date?: string | undefined;
  readonly open: () => AsyncIterable<Uint8Array>;
}

/** Reads one published format. */
export interface Importer {
  /** "debian-tracker" */
  readonly format: string;
  /** One line for people. */
  readonly title: string;
  readonly lists: Completeness;
  /**
   * source: a feed holds everything that its source says, and replaces what was imported from it before.
   * advisories: a feed may be a part; what it names replaces what was known of the same advisories.
   */
  readonly replaces: "source" | "advisories";
  /** One feed says it all: of several, only the newest is read. */
  readonly isOneFeed?: boolean;
  readonly recognises: (sample: { readonly path: string; readonly head: string }) => boolean;
  readonly read: (feed: Feed) => AsyncIterable<FeedRecord>;
}

/** A feed that is not what it claims to be. It never replaces anything. */
export class FeedError extends Error {
  override readonly name = "FeedError";
}
