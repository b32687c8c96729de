import { type FSWatcher, watch } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Server as TlsServer } from "node:https";
import { basename, dirname } from "node:path";
import { createSecureContext, type SecureVersion } from "node:tls";
import type { Logger } from "pino";

interface TlsFilesOptions {
  readonly certificate: string;
  readonly key: string;
  readonly minimumVersion: SecureVersion;
  readonly log: Logger;
}

/** Certificate and key change one after the other: both are read when nothing has moved for so long. */
const SETTLE_MILLISECONDS = 200;

/** A certificate and its key in files, read again when they change; files that do not fit leave the old ones in force. */
export class TlsFiles implements Disposable {
  readonly #options: TlsFilesOptions;
  #watchers: FSWatcher[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: TlsFilesOptions) {
    this.#options = options;
  }

  /** Throws when the files cannot be read or do not belong together. */
  async load() {
    const { certificate, key, minimumVersion: minVersion } = this.#options;
    const files = { cert: await readFile(certificate), key: await readFile(key), minVersion };
    createSecureContext(files);
    return files;
  }

  /** Gives new connections of `server` the files of the moment. Folders are watched: renewals replace files by renaming. */
  watch(server: TlsServer): void {
    const { certificate, key } = this.#options;
    for (const folder of new Set([dirname(certificate), dirname(key)])) {
      const names = [certificate, key]
        .filter((file) => dirname(file) === folder)
        .map((f) => basename(f));
      this.#watchers.push(
        watch(folder, (_event, name) => {
          // Kubernetes swaps a link named ..data beside the files.
          if (name === null || names.includes(name) || name.startsWith(".."))
            this.#schedule(server);
        }),
      );
    }
  }

  #schedule(server: TlsServer): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.reload(server).catch((error: unknown) => {
        this.#options.log.error(
          { err: error },
          "new TLS files refused, the old ones stay in force",
        );
      });
    }, SETTLE_MILLISECONDS);
    this.#timer.unref();
  }

  async reload(server: TlsServer): Promise<void> {
    server.setSecureContext(await this.load());
    this.#options.log.info({ certificate: this.#options.certificate }, "TLS files reloaded");
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }
}
