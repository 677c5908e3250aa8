# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # variables for those who source it
#
# For the scripts beside run that boot machines of their own; prove gives all of them the
# arguments of run.
#
#   chosen NAME ARG...          whether NAME is to run: always, but where tests or machines are
#                               chosen by name only if it is one of them; $payload is what -p says

payload=${PAYLOAD-}

chosen()
{
	local name=$1 names=''
	shift
	while [ $# -gt 0 ]; do
		case $1 in
		-p) payload=$2; shift ;;
		-t) names+=" $2 "; shift ;;
		-M | -T) shift ;;
		-q) ;;
		*) names+=" $1 " ;;
		esac
		shift
	done
	[ -z "$names" ] || [[ $names == *" $name "* ]]
}
