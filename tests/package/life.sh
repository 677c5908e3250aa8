# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The life of the packages in a system without a running systemd; life.t starts it there, as root.
# /mnt holds the packages in debs/, the next version of them in next/, and tests/compat/0.1.0 in old/.
# shellcheck source=tests/tap.sh
. /mnt/tap.sh

export DEBIAN_FRONTEND=noninteractive
conf=/etc/pgtop/pgtopd.conf
text=/var/lib/prometheus/node-exporter/pgtop.prom
staged=/etc/default/grub.d/pgtop.cfg

# all files, with what is not of a package's content left out: logs, caches, backups of /etc/group
files()
{
	find / \( -path /mnt -o -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /var/tmp \
		-o -path /run/systemd -o -path /run/mount -o -path /var/lib/dpkg -o -path /var/cache -o -path /var/log -o -path /var/lib/apt \) -prune \
		-o -printf '%y %m %u:%g %p\n' | grep -v -E ' /(etc/g?(group|shadow)-|etc/\.pwd\.lock)$' | sort -k 4
}
version()
{
	dpkg-query -W -f '${Version} ${db:Status-Status}' "$1"
}
packages=(pgtop-tlb pgtopd pgtop-dashboards)

files >"$T/before"
ok "apt installs them" apt-get -y install /mnt/debs/{pgtop-tlb,pgtopd,pgtop-dashboards}_*.deb
want=$(cat /mnt/version)
for package in "${packages[@]}"; do
	is "$(version "$package")" "$want installed" "$package is installed"
done
is "$(pgtop --version)" "pgtop $(cat /mnt/upstream)" "pgtop says its version"
like "$(getent group pgtop)" '^pgtop:' "there is the group pgtop"
is "$(stat -c '%a %U %G' /var/lib/pgtop)" "750 root pgtop" "... and a directory for what pgtopd keeps"
for unit in multi-user.target.wants/pgtopd.service sockets.target.wants/pgtop-opener.socket; do
	ok "enabled: ${unit#*/}" test -e "/etc/systemd/system/$unit"
done
ok "systemd takes the units" systemd-analyze verify --man=no pgtopd.service pgtop-opener.socket
ok "pgtopd takes its configuration" pgtopd --check-config
cmp_ok "$(grep -c '^#' $conf)" -gt 50 "the configuration explains each key"
for page in man5/pgtopd.conf.5 man7/pgtop-metrics.7 man8/pgtop.8 man8/pgtopd.8; do
	ok "man page ${page#*/}" gzip -t "/usr/share/man/$page.gz"
done
ok "dashboards" jq -e .panels /usr/share/pgtop/pgtop.json
if [ -r /sys/kernel/btf/vmlinux ]; then
	pgtop -i 0 --json >"$T/snapshot"
	cmp_ok "$(json "$T/snapshot" .fields.linear_map.mapped_bytes.value)" -ge \
		$(($(awk '/^MemTotal:/ { print $2 }' /proc/meminfo) * 1024)) "pgtop walks this kernel's page tables"
fi

# --- a next version: what the administrator wrote stays

printf '# ours\n[daemon]\nwindow = 30s\n' >>$conf
cp $conf "$T/conf"
echo '[daemon]' >/etc/pgtop/pgtopd.conf.d/ours.conf
ok "upgrade" apt-get -y -o Dpkg::Options::=--force-confold install /mnt/next/*.deb
is "$(version pgtopd)" "$want+next installed" "it is the next version"
ok "the configuration is as it was" cmp $conf "$T/conf"
ok "the new one lies beside it" grep -q 'of the next version' $conf.dpkg-dist
ok "... and has all comments" test "$(grep -c '^#' $conf.dpkg-dist)" -gt 50
like "$(pgtopd --print-config)" 'window = 30s' "it is in effect"
ok "downgrade" apt-get -y --allow-downgrades -o Dpkg::Options::=--force-confold install /mnt/debs/pgtopd_*.deb
is "$(version pgtopd)" "$want installed" "it is the first version again"
ok "... and takes the configuration" pgtopd --check-config

# --- removal restores knobs: on a made-up machine that 0.1.0 left in mid-trial

thp=/sys/kernel/mm/transparent_hugepage
mount -t tmpfs tmpfs /sys
while read -r size word; do
	mkdir -p "$thp/hugepages-${size}kB"
	words="always inherit madvise never"
	echo "${words/$word/[$word]}" >"$thp/hugepages-${size}kB/enabled"
done </mnt/old/knobs
mkdir -p /sys/devices/system/cpu
echo 0-3 >/sys/devices/system/cpu/online
echo 00000000-1111-2222-3333-444444444444 >"$T/boot_id"
echo 67584 >"$T/min_free"
mount --bind "$T/boot_id" /proc/sys/kernel/random/boot_id
mount --bind "$T/min_free" /proc/sys/vm/min_free_kbytes
cp /mnt/old/journal /var/lib/pgtop/journal
chmod 600 /var/lib/pgtop/journal
mkdir -p ${text%/*} ${staged%/*}
# as after a crash
echo 'pgtop_build_info 1' >$text
ok "remove" apt-get -y remove pgtopd
# what the journal says of each knob that still holds what pgtopd wrote; somebody else's is left alone
sed 's/^[^ ]* //' /mnt/old/journal | jq -rs 'map(.knob | select(.ours and (.moved | not))) | unique_by(.path)[] |
	[.path, .original, .ours] | @tsv' >"$T/knobs"
cmp_ok "$(wc -l <"$T/knobs")" -ge 2 "the journal names knobs"
while IFS=$'\t' read -r path original ours; do
	size=${path#*hugepages-} && size=${size%kB*}
	held=$(sed -n "s/^$size //p" /mnt/old/knobs)
	[ "$held" != "$ours" ] || held=$original
	is "$(sed 's/.*\[\(.*\)\].*/\1/' "$path")" "$held" "the knob of $size kB is $held"
done <"$T/knobs"
ok "the configuration stays" cmp $conf "$T/conf"
ok "the program is gone" test ! -e /usr/sbin/pgtopd
ok "metrics that nobody updates are gone" test ! -e $text
umount /proc/sys/kernel/random/boot_id /proc/sys/vm/min_free_kbytes /sys

# --- purge leaves nothing

{ echo '# Written by pgtopd(8); not if edited. Sum: 0'; echo 'GRUB_CMDLINE_LINUX=x'; } >$staged
ok "purge" apt-get -y purge "${packages[@]}"
ok "what it staged for GRUB is gone" test ! -e $staged
rmdir --ignore-fail-on-non-empty -p ${staged%/*}
files >"$T/after"
is "$(diff "$T/before" "$T/after" | grep '^[<>]')" "" "all files are as before the installation"
like "$(getent group pgtop)" '^pgtop:' "the group stays, as Debian does it"
ok "installed again after the purge" apt-get -y install /mnt/debs/pgtopd_*.deb
echo "GRUB_CMDLINE_LINUX=mine" | (mkdir -p ${staged%/*} && cat >$staged)
ok "purged again" apt-get -y purge pgtopd
is "$(cat $staged)" "GRUB_CMDLINE_LINUX=mine" "a file for GRUB that is not pgtopd's stays"
done_testing
