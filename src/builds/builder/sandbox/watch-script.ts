import type { ContainerWatch } from "../builder.ts";

/** How long a program has to begin to listen, and to end after it was asked to, in tenths of a second. */
const SETTLES = 30;
const STOPS = 100;

/**
 * A shell script beside buildah, outside of the container that it looks at: it tells who listens there, asks the first process to
 * end, and kills it where it does not. What it says begins with a word that the container cannot know.
 */
export function printWatch({ word, stopSignal }: ContainerWatch): string {
  return `
find_first() {
  for status in /proc/[0-9]*/status; do
    set -- $(grep '^NSpid:' "$status" 2>/dev/null || :)
    if [ $# != 3 ] || [ "$3" != 1 ]; then continue; fi
    # The container's runtime is the first process there, until it becomes the program of the image.
    case $(readlink "/proc/$2/exe") in ''|*runc*|*memfd:*) ;; *) echo "$2"; return ;; esac
  done
}
is_alive() { grep -q '^State:[[:space:]]*[^ZX]' "/proc/$1/status" 2>/dev/null; }
list_listeners() {
  inodes=' '
  for table in /proc/net/tcp /proc/net/tcp6; do
    if [ ! -e $table ]; then continue; fi
    while read -r line local remote state queues timer tries user timeout inode rest; do
      if [ "$state" = 0A ]; then inodes="$inodes$inode "; fi
    done <$table
  done
  if [ "$inodes" = ' ' ]; then return 0; fi
  for fd in /proc/[0-9]*/fd/*; do
    link=$(readlink "$fd" 2>/dev/null) || continue
    case $link in 'socket:['*) inode=\${link#*[}; inode=\${inode%]} ;; *) continue ;; esac
    case $inodes in *" $inode "*) ;; *) continue ;; esac
    pid=\${fd#/proc/}; pid=\${pid%%/*}
    set -- $(grep '^Uid:' "/proc/$pid/status" 2>/dev/null || :)
    echo "${word} listens \${3:-0} $(cat "/proc/$pid/comm" 2>/dev/null)"
  done | sort -u
}
watch_container() {
  set +e
  first=
  while [ -z "$first" ]; do
    if [ -e /run/built ]; then return; fi
    sleep 0.05
    first=$(find_first)
  done
  left=${SETTLES}
  while [ $left -gt 0 ] && is_alive "$first"; do left=$((left - 1)); sleep 0.1; done
  if ! is_alive "$first"; then return; fi
  echo; echo "${word} started"
  list_listeners
  begun=$(date +%s%3N)
  kill -s ${stopSignal} "$first"
  left=${STOPS}
  while [ $left -gt 0 ] && is_alive "$first"; do left=$((left - 1)); sleep 0.1; done
  if is_alive "$first"; then
    kill -s KILL "$first"
    echo "${word} killed"
  else
    echo "${word} stopped $(($(date +%s%3N) - begun))"
  fi
}
watch_container &
watcher=$!
`;
}
