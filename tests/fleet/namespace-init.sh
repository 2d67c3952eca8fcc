#!/bin/sh
# The first process of a namespace host: makes its root, waits for its cable, runs sshd.
#   namespace-init.sh FOLDER LAYERS NAME ADDRESS/WIDTH CONTROLLER CONTROLLER-HARDWARE SSHD
# Whatever it mounts is in its own mount namespace and ends with it.
set -eu
folder=$1 layers=$2 name=$3 address=$4 controller=$5 hardware=$6 sshd=$7
root=$folder/root

# Through the outside's /proc: our number out there.
read -r pid _ </proc/self/stat
echo "$pid" >"$folder/pid.new"
mv "$folder/pid.new" "$folder/pid"

hostname "$name"
mount -t overlay -o "lowerdir=$layers,upperdir=$folder/upper,workdir=$folder/work" fleet "$root"
mount --bind "$folder/home" "$root/home"
mount --bind "$folder/superuser" "$root/root"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"
mount -t tmpfs -o mode=1777,nosuid,nodev tmp "$root/tmp"
mount -t tmpfs -o mode=755,nosuid,nodev run "$root/run"
mkdir -p "$root/run/sshd"
mkdir -m 1777 "$root/run/lock"
mount -t tmpfs -o mode=755 dev "$root/dev"
cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777,nosuid,nodev shm "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"

# One directory for all hosts, where the fleet has one.
shared=${folder%/hosts/*}/shared
if [ -d "$shared" ]; then mount --bind "$shared" "$root/mnt/shared"; fi

# Each boot has its own identity, as a machine's has.
cat /proc/sys/kernel/random/uuid >"$root/run/boot_id"
mount --bind "$root/run/boot_id" "$root/proc/sys/kernel/random/boot_id"

# Nothing of the machine around stays in sight, nor stays mounted because of us.
cd "$root"
pivot_root . .
umount -l .
cd /

read -r go
exec </dev/null
ip -batch - <<END
link set lo up
link set eth0 up
addr add $address dev eth0
neigh replace $controller lladdr $hardware dev eth0 nud permanent
END

"$sshd" -D -e &
if [ -x /etc/fleet/boot ]; then /etc/fleet/boot & fi
# While we wait, we also take in the processes that lost their parents.
sleep infinity &
wait "$!"
