#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# deadline: 1800
#
# Installed, tested as Debian does it (debian/tests), upgraded, removed, purged, with systemd as PID 1.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

export DEBIAN_FRONTEND=noninteractive
mkdir -p /var/lib/dpkg/{info,updates,alternatives,triggers} /var/log
touch /var/lib/dpkg/{status,available}
dpkg_()
{
	dpkg --force-depends --force-confold "$@"
}
knobs()
{
	cat /sys/kernel/mm/transparent_hugepage/{hugepages-*kB/,}*enabled /proc/sys/vm/min_free_kbytes 2>/dev/null
}
main_pid()
{
	systemctl show -P MainPID pgtopd
}

# left by whoever made the user land, so that nothing starts in it
rm -f /usr/sbin/policy-rc.d
before=$(knobs)
install()
{
	dpkg_ -i /opt/pgtop/debs/*.deb >"$T/install" 2>&1
}
ok "install" install
is "$(systemctl is-enabled pgtopd.service pgtop-opener.socket | xargs)" "enabled enabled" "enabled"
is "$(systemctl is-active pgtopd.service pgtop-opener.socket | xargs)" "active active" "started" ||
	diag "$(cat "$T/install"; systemctl --no-pager status pgtopd.service pgtop-opener.socket)"
like "$(getent group pgtop)" '^pgtop:' "the group is there"
for name in smoke service observe; do
	ok "debian/tests/$name" sh "/opt/pgtop/autopkgtests/$name"
done

# node_exporter of this user land has no unit enabled; it is run as its package would
prometheus-node-exporter --collector.textfile.directory=/var/lib/prometheus/node-exporter \
	--web.listen-address=127.0.0.1:9100 >"$T/exporter" 2>&1 &
at_exit kill $!
collected()
{
	curl -s http://127.0.0.1:9100/metrics | grep -q '^pgtop_build_info'
}
ok "node_exporter collects its metrics" wait_for $((180 * VM_SLOW)) collected

first=$(main_pid)
ok "upgrade" dpkg_ -i /opt/pgtop/next/pgtopd.deb
is "$(systemctl is-active pgtopd)" active "it runs after the upgrade"
isnt "$(main_pid)" "$first" "... restarted"
ok "downgrade" dpkg_ -i /opt/pgtop/debs/pgtopd_*.deb
is "$(systemctl is-active pgtopd)" active "it runs after the downgrade"

ok "remove" dpkg_ -r pgtopd
is "$(pgrep -c '^pgtop')" 0 "nothing of it runs"
is "$(systemctl show -P LoadState pgtopd.service)" not-found "systemd does not know it any more"
is "$(knobs)" "$before" "the knobs are as before"
ok "its metrics are gone" test ! -e /var/lib/prometheus/node-exporter/pgtop.prom
ok "the configuration stays" test -e /etc/pgtop/pgtopd.conf
ok "purge" dpkg_ -P pgtopd pgtop-tlb
is "$(find / -xdev \( -path /opt/pgtop -o -path /var/lib/dpkg -o -path /var/tmp -o -path /var/log -o -path /run/log \
	-o -path /results \) -prune -o -name '*pgtop*' -print | grep -v -e pgtop-vm -e '^/sys/' -e '^/proc/')" "" \
	"no file of it is left"
is "$(find /run -name '*pgtop*' | grep -v -e pgtop-vm -e pgtop-test)" "" "... nor in /run"
is "$(systemctl --failed --no-legend --plain | awk '{ print $1 }' | grep pgtop)" "" "no unit has failed"
done_testing
