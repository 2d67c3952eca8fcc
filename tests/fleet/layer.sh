#!/bin/sh
# Installs Debian packages into an overlay above this machine's root, and keeps what they added.
#   layer.sh FOLDER PACKAGE...
# Runs in a mount namespace of its own: what it mounts ends with it.
set -eu
folder=$1
shift

# In memory: overlayfs refuses an upper folder that lies within its lower one.
bench=$(mktemp -d)
trap 'cd /; umount -R "$bench" && rmdir "$bench"' EXIT
mount -t tmpfs -o mode=755 layer "$bench"
mkdir "$bench/upper" "$bench/work" "$bench/root"
root=$bench/root upper=$bench/upper
mount -t overlay -o "lowerdir=/,upperdir=$upper,workdir=$bench/work" layer "$root"
for place in proc sys dev; do mount --rbind "/$place" "$root/$place"; done
for place in run tmp; do mount -t tmpfs -o mode=1777 "$place" "$root/$place"; done
# The name servers may stand behind a link into the machine's /run.
cat /etc/resolv.conf >"$bench/resolv.conf"
mkdir -p "$(dirname "$(readlink -m "$root/etc/resolv.conf")")"
mount --bind "$bench/resolv.conf" "$root/etc/resolv.conf" 2>/dev/null || true

# No service starts, and PostgreSQL makes no cluster: each host makes its own.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
mkdir -p "$root/etc/postgresql-common"
echo 'create_main_cluster = false' >"$root/etc/postgresql-common/createcluster.conf"

apt() {
  DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$root" apt-get -q -o DPkg::Lock::Timeout=120 "$@"
}
apt update || echo 'apt-get update failed; going on with the lists that are there'
apt install -y --no-install-recommends --no-upgrade "$@"
apt clean

rm "$root/usr/sbin/policy-rc.d"
cd "$upper"
rm -rf dev home proc root run sys tmp var/lib/apt var/cache usr/share/doc usr/share/man
find var/log -type f -delete
mkdir "$folder"
cp -a "$upper/." "$folder"
