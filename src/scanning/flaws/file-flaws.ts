import type { Analyser, FileFlaw, LayerFile } from "../inventory/model.ts";
import { findSecrets } from "./secrets/find-secrets.ts";

const MEBIBYTE = 1024 * 1024;
/** What people write secrets into is small. */
const LARGEST_TEXT = 4 * MEBIBYTE;
const ALL_BYTES = 256 * MEBIBYTE;
const BINARY_SAMPLE = 1024;
/**
 * Where distributions put what they ship, and nobody else does. Read before it is known which files their packages own, so that a
 * whole distribution costs nothing; what others put there by hand is not searched either.
 */
const OF_DISTRIBUTION =
  /^(?:usr\/(?:share|lib|lib32|lib64|libexec|include|bin|sbin|games)|lib|lib64|bin|sbin|boot|var\/lib\/(?:dpkg|apt|rpm|pacman)|var\/cache|lib\/apk|proc|sys|dev)\//;
/** Below those, what package managers of languages install for everybody. */
const INSTALLED_BY_OTHERS = /^usr\/(?:lib|share)\/(?:node_modules|nginx)\//;
/** Pictures, archives, fonts, compiled code; and what is long and holds no settings. */
const NO_TEXT =
  /\.(?:png|jpe?g|gif|ico|webp|svg|woff2?|ttf|otf|eot|mp[34]|pdf|zip|gz|xz|bz2|zst|br|tar|tgz|jar|war|ear|class|pyc|so|a|o|node|wasm|map|mo|po|pack|idx|db|sqlite3?|deb|rpm|apk|whl|gem|lock|d\.ts)$/i;
/** Data of tests and examples of packages, which hold keys that are public. */
const EXAMPLES =
  /(?:^|\/)(?:node_modules|site-packages|dist-packages|gems|vendor)\/(?:.*\/)?(?:tests?|__tests__|testdata|fixtures?|examples?|docs?)\//;

/** Secrets by their form, in what looks like text. */
const secretAnalyser: Analyser = {
  name: "secrets",
  maxBytes: LARGEST_TEXT,
  wants: ({ path, size }) =>
    size > 0 &&
    size <= LARGEST_TEXT &&
    (!OF_DISTRIBUTION.test(path) || INSTALLED_BY_OTHERS.test(path)) &&
    !NO_TEXT.test(path) &&
    !EXAMPLES.test(path),
  analyse: (_, content) => {
    if (content.subarray(0, BINARY_SAMPLE).includes(0)) return {};
    return flawsOf(
      findSecrets(content).map(({ rule, line, beginning }) => ({
        kind: "secret-in-file",
        detail: `${rule.title} ("${beginning}...")`,
        line,
      })),
    );
  },
};

const PRIVATE_FILE =
  /(?:^|\/)(?:\.ssh\/id_(?:rsa|dsa|ecdsa|ed25519)|\.env(?:\.(?:local|production|prod))?|\.git-credentials|\.netrc|\.pgpass|\.bash_history|\.zsh_history|\.mysql_history|\.psql_history|\.aws\/credentials|\.docker\/config\.json|\.kube\/config|\.gnupg\/secring\.gpg|\.git\/config|[^/]+\.(?:p12|pfx|jks|keystore|kdbx))$/;
const PACKAGE_CACHE =
  /^(?:var\/cache\/apt\/archives\/[^/]+\.deb|var\/lib\/apt\/lists\/[^/]+_(?:Packages|Sources|InRelease|Release)(?:\.\w+)?|var\/cache\/(?:yum|dnf|libdnf5)\/.+\.(?:rpm|solv|solvx)|var\/cache\/apk\/[^/]+\.(?:apk|tar\.gz)|var\/cache\/zypp\/.+|(?:root|home\/[^/]+)\/(?:\.cache\/(?:pip|yarn|go-build|composer|uv|pypoetry)|\.npm\/_cacache|\.composer\/cache|\.cargo\/registry\/cache|\.m2\/repository|\.gradle\/caches|\.nuget\/packages|go\/pkg\/mod\/cache)\/.+)$/;
const SET_ID = 0o6000;
const WRITABLE_BY_ALL = 0o002;

/** What names and permission bits alone tell. */
const placeAnalyser: Analyser = {
  name: "file-places",
  maxBytes: ALL_BYTES,
  wants: (file) => file.size <= ALL_BYTES && placeFlaws(file).length > 0,
  analyse: (file) => flawsOf(placeFlaws(file)),
};

function placeFlaws({ path, mode, size }: LayerFile): FileFlaw[] {
  const flaws: FileFlaw[] = [];
  if ((mode & SET_ID) !== 0) flaws.push({ kind: "setuid-file", detail: modeOf(mode) });
  if ((mode & WRITABLE_BY_ALL) !== 0) {
    flaws.push({ kind: "world-writable-file", detail: modeOf(mode) });
  }
  if (size > 0 && PRIVATE_FILE.test(path) && !EXAMPLES.test(path))
    flaws.push({ kind: "private-file" });
  if (size > 0 && PACKAGE_CACHE.test(path)) flaws.push({ kind: "package-cache" });
  return flaws;
}

function modeOf(mode: number): string {
  return `mode ${(mode & 0o7777).toString(8).padStart(4, "0")}`;
}

function flawsOf(flaws: readonly FileFlaw[]): { flaws?: readonly FileFlaw[] } {
  return flaws.length === 0 ? {} : { flaws };
}

/** What finds flaws in the files of a layer; apart from those of the inventory, which are quicker. */
export const FLAW_ANALYSERS: readonly Analyser[] = [secretAnalyser, placeAnalyser];
