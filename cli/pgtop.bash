# SPDX-License-Identifier: GPL-2.0-only
# bash completion for pgtop(8)

_pgtop() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} words=
	COMPREPLY=()
	case $prev in
	-p | --pid) words=$(cd /proc && printf '%s\n' [0-9]*) ;;
	--cgroup) mapfile -t COMPREPLY < <(compgen -d -- "${cur:-/sys/fs/cgroup/}"); return ;;
	--svg) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	record | replay | --socket) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	--root) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
	--sort) words="unfolds folds maps tlb_flushes tlb_sent tlb_received tlb_flush_pages
		tlb_mm tlb_range tlb_page tlb_kernel tlb_all tlb_pgtable tlb_other tlb_escalated
		present_bytes block_bytes contpte_bytes aligned_bytes swap_bytes" ;;
	--event) words="instructions= cycles= dtlb_walk= itlb_walk= l1d_refill= walk_cycles=
		stall_tlb=" ;;
	-i | --interval | -n | --rows | --symbol | --count | why | hold | release) return ;;
	policy) words="status log why hold release" ;;
	map) words="kernel $(cd /proc && printf '%s\n' [0-9]*)" ;;
	esac
	if [ -z "$words" ]; then
		words="--interval --rows --pid --cgroup --sort --json --no-color --svg --event
			--symbol --fentry --kprobe --root --count --own --socket --version --help"
		[ "$COMP_CWORD" -eq 1 ] && words="$words top map doctor policy record replay prom"
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _pgtop pgtop
