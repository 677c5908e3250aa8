#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# rpmbuild builds the spec from the tarball; Debian's has no macros of systemd, so that they are ours here,
# and show what the scripts call.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

: "${TARBALL:?}"
command -v rpmbuild >/dev/null || skip_all "rpmbuild is not installed"
cat >"$T/macros" <<'END2'
%_topdir %{getenv:T}/rpm
%_unitdir /usr/lib/systemd/system
%sysusers_create() systemd-sysusers %{*}
%tmpfiles_create() systemd-tmpfiles --create %{*}
%systemd_post() systemctl preset %{*}
%systemd_preun() systemctl disable --now %{*}
%systemd_postun_with_restart() systemctl try-restart %{*}
END2
mkdir "$T/rpm"
ok "rpmbuild" rpmbuild --load "$T/macros" --nodeps --dbpath "$T/rpm/db" -tb "$TARBALL"
rpms=("$T"/rpm/RPMS/*/*.rpm)
query()
{
	rpm --dbpath "$T/rpm/db" -qp "$@" 2>/dev/null
}
is "$(query --qf '%{NAME} ' "${rpms[@]}" | tr ' ' '\n' | grep -v debug | sort | xargs)" "pgtop-dashboards pgtop-tlb pgtopd" \
	"three packages"
pgtopd=$(printf '%s\n' "${rpms[@]}" | grep '/pgtopd-[0-9]')
is "$(query --configfiles "$pgtopd")" /etc/pgtop/pgtopd.conf "the configuration is one"
like "$(query --scripts "$pgtopd" | xargs)" \
	'systemd-sysusers pgtop.conf systemd-tmpfiles --create pgtop.conf systemctl preset pgtopd.service pgtop-opener.socket' \
	"installation: group, directories, units"
like "$(query --scripts "$pgtopd" | xargs)" \
	'systemctl disable --now pgtopd.service pgtop-opener.socket .*pgtopd --restore' "removal: stopped, knobs restored"
like "$(query --scripts "$pgtopd" | xargs)" 'systemctl try-restart pgtopd.service' "upgrade: restarted"
done_testing
