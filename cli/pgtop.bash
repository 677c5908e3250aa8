# SPDX-License-Identifier: GPL-2.0-only
# bash completion for pgtop(8)

_pgtop_commands="top watch map why doctor policy record replay prom"

# The options of each command, without --version and --help.
declare -gA _pgtop_options=(
	[top]="--interval --rows --pid --cgroup --sort --all --json --no-color --event --symbol --fentry
		--kprobe --root --at --history --own --socket"
	[watch]="--interval --rows --pid --cgroup --sort --no-color --event --symbol --fentry --kprobe
		--root --count --batch --replay --own --socket"
	[map]="--rows --pid --json --no-color --svg --symbol --root"
	[why]="--rows --cgroup --json --no-color --leaf"
	[doctor]="--interval --json --no-color --event --symbol --fentry --kprobe --root --as
		--socket"
	[policy]="--rows --since --json --no-color --socket"
	[record]="--interval --rows --pid --cgroup --event --symbol --fentry --kprobe --root --count
		--own --socket"
	[replay]="--rows --sort --all --json --no-color --count"
	[prom]="--rows --pid --cgroup --json --event --symbol --fentry --kprobe --root --own
		--socket"
)

# The command before the cursor: the first word that is no option and no option's value.
_pgtop_command()
{
	local i
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-i | --interval | -n | --rows | --since | -p | --pid | --cgroup | --sort | --svg | --leaf | --event | \
			--symbol | --root | --count | --replay | --at | --history | --as | --socket) i=$((i + 1)) ;;
		-*) ;;
		*) echo "${COMP_WORDS[i]}"; return ;;
		esac
	done
}

_pgtop()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command words=
	COMPREPLY=()
	command=$(_pgtop_command)
	case $prev in
	-p | --pid) words=$(cd /proc && printf '%s\n' [0-9]*) ;;
	--cgroup) mapfile -t COMPREPLY < <(compgen -d -- "${cur:-/sys/fs/cgroup/}"); return ;;
	--svg | --socket | --replay) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	--root | --history) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
	--as) words=pgtopd ;;
	--leaf) words="64K 2M" ;;
	--sort) words="unfolds folds maps tlb_flushes tlb_sent tlb_received tlb_flush_pages
		tlb_mm tlb_range tlb_page tlb_kernel tlb_all tlb_pgtable tlb_other tlb_escalated
		linear_splits present_bytes block_bytes contpte_bytes aligned_bytes swap_bytes" ;;
	--event) words="instructions= cycles= dtlb_walk= itlb_walk= l1d_refill= walk_cycles=
		stall_tlb=" ;;
	-i | --interval | -n | --rows | --since | --at | --symbol | --count) return ;;
	*)
		case $command:$cur in
		*:-*) ;;
		:*) words=$_pgtop_commands ;;
		record:* | replay:*) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
		policy:*) case $prev in
			why | hold | release) return ;;
			*) words="status log why hold release" ;;
			esac ;;
		map:*) words="kernel $(cd /proc && printf '%s\n' [0-9]*)" ;;
		why:*) words="$(cd /proc && printf '%s\n' [0-9]*) $(cat /proc/[0-9]*/comm 2>/dev/null)" ;;
		esac
		;;
	esac
	[ -n "$words" ] || words="${_pgtop_options[${command:-top}]-} --version --help"
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _pgtop pgtop
