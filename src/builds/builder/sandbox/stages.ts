import { isIPv4 } from "node:net";

/**
 * What runs before buildah does, outermost first. `outer` is the first process of a process namespace, so that all of it ends with it:
 * it makes what a build may use reachable below /mnt, for a user who could not reach it where it lies. `middle`, root of a user
 * namespace and nobody outside, gives the build its network from outside. `inner` has namespaces of its own for everything, and goes
 * where there is nothing of the machine but its programs, read-only.
 *
 * Arguments: for each thing that is shown `ro|rw|secret PATH NAME`; what is named here in capitals comes by the environment.
 */
export const OUTER = `set -eu
ulimit -c 0
for group in $GROUPS_TO_JOIN; do echo 0 >"$group/cgroup.procs"; done
mount --make-rprivate /
mount -t tmpfs -o mode=0755,size=16m tmpfs /mnt
mkdir /mnt/control /mnt/root /mnt/secrets
mkfifo /mnt/control/go /mnt/control/told
: >/mnt/control/shown
while [ $# -gt 0 ]; do
  case $1 in
    secret) cp -- "$2" "/mnt/secrets/$3" ;;
    *)
      mkdir -p "/mnt/$3"
      mount --bind "$2" "/mnt/$3"
      echo "$1 $3" >>/mnt/control/shown ;;
  esac
  shift 3
done
if [ -n "$BUILD_USER" ]; then
  mknod -m 0666 /mnt/tun c 10 200
  mount --bind /mnt/tun /dev/net/tun
  chmod 0700 /mnt/secrets
  chown -R "$BUILD_USER" /mnt/control /mnt/root /mnt/secrets
  exec setpriv --pdeathsig KILL --reuid "$BUILD_USER" --regid "$BUILD_GROUP" --clear-groups \\
    unshare --user --map-auto --map-root-user --mount --propagation private sh -c "$MIDDLE"
fi
exec sh -c "$MIDDLE"
`;

export const MIDDLE = `set -eu
cd /
exec 4<>/mnt/control/told 5<>/mnt/control/go
{
  code=0
  sh -c 'echo $$ >/mnt/control/pid
    exec unshare --net --pid --ipc --uts --cgroup --mount --propagation private --fork --kill-child=KILL sh -c "$INNER"' \\
    || code=$?
  echo $code >/mnt/control/code
  echo over >&4
} &
read -r word <&4
if [ "$word" = ready ]; then
  if [ "$NETWORK" = filtered ]; then
    {
      slirp4netns --configure --mtu=65520 --disable-host-loopback --ready-fd=3 "$(cat /mnt/control/pid)" tap0 \\
        3>&5 >/mnt/control/network.log 2>&1 || :
      echo lost >&4
    } &
  else
    echo go >&5
  fi
  read -r word <&4
fi
if [ "$word" = lost ]; then
  echo "the network of the build could not be set up, or ended: $(tail -n 1 /mnt/control/network.log)"
  exit 125
fi
exit "$(cat /mnt/control/code)"
`;

/** What RUN may reach is the internet, and the resolver. No RUN has the right to change it. */
const REFUSED = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"],
  ...["172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3"],
];
const RULES = ["-A OUTPUT -o lo -j ACCEPT", "-A OUTPUT -d 10.0.2.3/32 -p udp --dport 53 -j ACCEPT"];

/**
 * `others`: addresses and networks beside those: the machine's own addresses, public ones too, for what is sent to these from its
 * network goes past every firewall around it. IPv6 is refused altogether.
 */
export function printInner(others: readonly string[]): string {
  const refused = [...REFUSED, ...others.filter((network) => isIPv4(network.split("/")[0] ?? ""))];
  const rules = [...RULES, ...refused.map((network) => `-A OUTPUT -d ${network} -j REJECT`)];
  return INNER.replace("FILTER", rules.join("\n"));
}

const INNER = `set -eu
umask 022
root=/mnt/root
mount -t tmpfs -o mode=0755,size=256m,nr_inodes=65536 tmpfs $root
cd $root
mkdir usr etc proc sys dev tmp run var var/tmp old secrets
mount --rbind /usr usr
mount -o remount,bind,ro,nosuid,nodev usr
for folder in bin sbin lib lib32 lib64 libx32; do
  if [ -L "/$folder" ]; then ln -s "$(readlink "/$folder")" "$folder"; fi
done
for device in null zero full random urandom tty; do
  : >"dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
for file in alternatives ld.so.cache ld.so.conf ld.so.conf.d; do
  if [ -e "/etc/$file" ]; then cp -a "/etc/$file" etc/; fi
done
printf 'root:x:0:0:root:/:/bin/sh\\n' >etc/passwd
printf 'root:x:0:\\n' >etc/group
printf 'nameserver 10.0.2.3\\n' >etc/resolv.conf
printf '127.0.0.1 localhost build\\n' >etc/hosts
chmod 1777 tmp var/tmp
cp /mnt/secrets/* secrets/ 2>/dev/null || :
while read -r mode name; do
  mkdir -p "$name"
  mount --bind "/mnt/$name" "$name"
  if [ "$mode" = ro ]; then mount -o remount,bind,ro,nosuid,nodev "$name"; fi
done </mnt/control/shown
mount -t proc -o nosuid,nodev,noexec proc proc
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 sys/fs/cgroup
hostname build
echo ready >/mnt/control/told
head -c 1 </mnt/control/go >/dev/null
iptables-restore <<'end'
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
FILTER
COMMIT
end
if [ -e /proc/sys/net/ipv6 ]; then ip6tables-restore <<'end'
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT DROP [0:0]
-A INPUT -i lo -j ACCEPT
-A OUTPUT -o lo -j ACCEPT
COMMIT
end
fi
pivot_root . old
cd /
umount -l /old
rmdir /old
mkdir /run/home
unset INNER MIDDLE GROUPS_TO_JOIN BUILD_USER BUILD_GROUP
exec sh -c "$COMMAND"
`;
