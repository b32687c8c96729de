import { type FSWatcher, watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { createSecureContext, type SecureContextOptions, type SecureVersion } from "node:tls";
import type { Logger } from "pino";

interface TlsFilesOptions {
  readonly certificate: string;
  readonly key: string;
  readonly minimumVersion: SecureVersion;
  readonly log: Logger;
}

/** The files cannot be read, or are no certificate with its key. */
export class TlsFilesError extends Error {
  override readonly name = "TlsFilesError";
}

interface SecureServer {
  setSecureContext(options: SecureContextOptions): void;
}

/** Certificate and key change one after the other: both are read when nothing has moved for so long. */
const SETTLE_MS = 200;

/**
 * A certificate and its key in files. They are read again when the files change or the process gets SIGHUP; files that
 * cannot be used leave the old ones in force. Connections that are open stay as they are.
 */
export class TlsFiles implements Disposable {
  readonly #options: TlsFilesOptions;
  readonly #undo = new DisposableStack();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: TlsFilesOptions) {
    this.#options = options;
  }

  /** Throws {@link TlsFilesError}. */
  async load(): Promise<SecureContextOptions> {
    const { certificate, key, minimumVersion: minVersion } = this.#options;
    try {
      const files = { cert: await readFile(certificate), key: await readFile(key), minVersion };
      createSecureContext(files);
      return files;
    } catch (cause) {
      const reason = cause instanceof Error ? `: ${cause.message}` : "";
      const message = `could not use the TLS files ${certificate} and ${key}${reason}`;
      throw new TlsFilesError(message, { cause });
    }
  }

  /** Gives new connections of `server` the files of the moment. */
  watch(server: SecureServer): void {
    const { certificate, key } = this.#options;
    const reload = () => this.#schedule(server);
    process.on("SIGHUP", reload);
    this.#undo.defer(() => process.off("SIGHUP", reload));
    // Folders, because renewals replace a file by renaming another over it.
    for (const folder of new Set([dirname(certificate), dirname(key)])) {
      const files = [certificate, key].filter((file) => dirname(file) === folder);
      const watcher = watchFolder(folder, new Set(files.map((file) => basename(file))), reload);
      watcher.on("error", (error) => {
        this.#options.log.warn({ err: error, folder }, "TLS files no longer watched");
      });
      this.#undo.defer(() => watcher.close());
    }
  }

  #schedule(server: SecureServer): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#reload(server), SETTLE_MS);
    this.#timer.unref();
  }

  async #reload(server: SecureServer): Promise<void> {
    const { certificate, log } = this.#options;
    try {
      server.setSecureContext(await this.load());
      log.info({ certificate }, "TLS files reloaded");
    } catch (error) {
      log.error({ err: error }, "new TLS files refused, the old ones stay in force");
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#undo.dispose();
  }
}

function watchFolder(folder: string, names: ReadonlySet<string>, onChange: () => void): FSWatcher {
  return watch(folder, { persistent: false }, (_event, name) => {
    // Kubernetes keeps the files behind a link named ..data and swaps that.
    if (name === null || names.has(name) || name.startsWith("..")) onChange();
  });
}
