import koffi from "koffi";

/**
 * The system calls that Node does not offer and that make serving files cheap. All of them are synchronous,
 * so a descriptor that was valid when the call began cannot be closed and reused before it returns.
 */
export interface KernelCalls {
  /** Moves file content into a socket inside the kernel. */
  sendfile(socketFd: number, fileFd: number, range: FileSlice): SendfileResult;
  /** While corked, a socket sends only full segments: headers and the first bytes of a body share one. */
  cork(socketFd: number, corked: boolean): void;
  /** Whether the byte at `position` can be read without waiting for the disk; false when that cannot be told. */
  isCached(fileFd: number, position: number): boolean;
  /** Reads what can be read without waiting for the disk; 0 when nothing can, or when the file has ended. */
  readCached(fileFd: number, range: FileSlice, target: Buffer): number;
}

export interface FileSlice {
  readonly position: number;
  readonly length: number;
}

/**
 * `sent` with 0 bytes means the file ended; `full`: the socket takes nothing now; `gone`: the peer left;
 * `unsupported`: this pair of descriptors needs the portable way.
 */
type SendfileResult =
  | { readonly outcome: "sent"; readonly bytes: number }
  | { readonly outcome: "full" | "gone" | "unsupported" };

const IPPROTO_TCP = 6;
const TCP_CORK = 3;
const RWF_NOWAIT = 8;

const FULL: SendfileResult = { outcome: "full" };
const GONE: SendfileResult = { outcome: "gone" };
const UNSUPPORTED: SendfileResult = { outcome: "unsupported" };

/** Loads the calls; undefined where they do not exist, and then everything works without them. */
export function loadKernelCalls(): KernelCalls | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    return bindKernelCalls();
  } catch {
    // No library for this processor or C library: the portable way serves the same bytes, at a higher cost.
    return undefined;
  }
}

function bindKernelCalls(): KernelCalls {
  const libc = koffi.load(null);
  const sendfile = libc.func("long sendfile64(int out, int in, int64_t *offset, size_t count)");
  const setsockopt = libc.func(
    "int setsockopt(int fd, int level, int name, const int *value, uint32_t length)",
  );
  const preadv2 = libc.func(
    "long preadv64v2(int fd, const void *vectors, int count, int64_t offset, int flags)",
  );
  const { EINTR } = koffi.os.errno;
  const outcomes = outcomeByErrno();
  const offset = new BigInt64Array(1);
  // struct iovec { void *base; size_t length; }
  const vector = new BigUint64Array(2);
  const probe = Buffer.from(new ArrayBuffer(1));
  const on = new Int32Array([1]);
  const off = new Int32Array([0]);

  return { sendfile: sendSlice, cork, isCached, readCached };

  function sendSlice(socketFd: number, fileFd: number, range: FileSlice): SendfileResult {
    for (;;) {
      offset[0] = BigInt(range.position);
      const bytes: number = sendfile(socketFd, fileFd, offset, range.length);
      if (bytes >= 0) return { outcome: "sent", bytes };
      const errno = koffi.errno();
      if (errno === EINTR) continue;
      const outcome = outcomes.get(errno);
      if (outcome !== undefined) return outcome;
      throw new Error(`could not send the file to the socket (errno ${errno})`);
    }
  }

  function cork(socketFd: number, corked: boolean): void {
    // A socket that cannot be corked (a Unix socket, a closing one) only loses the saving.
    setsockopt(socketFd, IPPROTO_TCP, TCP_CORK, corked ? on : off, 4);
  }

  function isCached(fileFd: number, position: number): boolean {
    return readNow(fileFd, position, probe) >= 0;
  }

  function readCached(fileFd: number, range: FileSlice, target: Buffer): number {
    const bytes = readNow(fileFd, range.position, target.subarray(0, range.length));
    return Math.max(bytes, 0);
  }

  function readNow(fileFd: number, position: number, target: Buffer): number {
    // The address is used up before this function returns, and `target` is alive until then.
    vector[0] = koffi.address(target);
    vector[1] = BigInt(target.length);
    return preadv2(fileFd, vector, 1, BigInt(position), RWF_NOWAIT);
  }
}

function outcomeByErrno(): ReadonlyMap<number, SendfileResult> {
  const { EAGAIN, EPIPE, ECONNRESET, ENOTCONN, ETIMEDOUT, EINVAL, ENOSYS, EOPNOTSUPP } =
    koffi.os.errno;
  const table: [number | undefined, SendfileResult][] = [
    [EAGAIN, FULL],
    [EPIPE, GONE],
    [ECONNRESET, GONE],
    [ENOTCONN, GONE],
    [ETIMEDOUT, GONE],
    [EINVAL, UNSUPPORTED],
    [ENOSYS, UNSUPPORTED],
    [EOPNOTSUPP, UNSUPPORTED],
  ];
  const known = new Map<number, SendfileResult>();
  for (const [errno, outcome] of table) if (errno !== undefined) known.set(errno, outcome);
  return known;
}
