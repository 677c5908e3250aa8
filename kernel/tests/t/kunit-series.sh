#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The KUnit tests of the series, which ran while the machine booted, one check each. Where leaves
# of the linear map can be split none is skipped; elsewhere a skip has to say why.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

need_config CONFIG_ARM64_LINEAR_MAP_KUNIT_TEST
ktap=/sys/kernel/debug/kunit/arm64_linear_map/results
ok "the suite has results" grep -q "^KTAP" $ktap
cp $ktap "$RESULTS/kunit"

# a line of KTAP (Documentation/dev-tools/ktap.rst): not/ok, number, name, and perhaps # SKIP why
ran=0 skipped=''
while read -r line; do
	name=${line#*ok * }
	case $line in
	"ok "*"# SKIP"*)
		skipped+="${name}"$'\n'
		isnt "${line#*# SKIP}" "" "${name%% *} is skipped and says why"
		;;
	"ok "*) pass "$name" ;;
	"not ok "*) fail "$name" ;;
	*) continue ;;
	esac
	ran=$((ran + 1))
done < <(sed -n 's/^    \(\(not \)\?ok .*\)/\1/p' $ktap)
is $ran "$(sed -n 's/^    1\.\.//p' $ktap)" "as many as were planned"
if [ "$(linmap_want)" = block_split ]; then
	is "$skipped" "" "none is skipped where leaves can be split"
else
	diag "$skipped"
fi
done_testing
