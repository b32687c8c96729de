import type { SourceRepository } from "./git-source.ts";

/** Why a repository of sources cannot be looked at. */
export class SourceUnreadable extends Error {
  override readonly name = "SourceUnreadable";
  /** Whether it was tried: otherwise nothing is known about it. */
  readonly wasTried: boolean;

  constructor(message: string, options: ErrorOptions & { readonly wasTried: boolean }) {
    super(message, options);
    this.wasTried = options.wasTried;
  }
}

/** Where definitions say that sources are. */
export interface Sources {
  /** With the commit and the ref, if it has them. Throws SourceUnreadable. */
  open(source: {
    readonly gitRepo: string;
    readonly gitFetch: string;
    readonly gitCommit: string;
  }): Promise<SourceRepository>;
  /** Whether it is one of the hub's own, which needs no network. */
  isOwn(gitRepo: string): boolean;
}
