# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel series: build, gates, measurements; part of the Makefile.

# The kernel series. kernel/build prints the directory of the Image.
KERNEL_CONFIG ?= base
KERNEL_PATCHES ?= all
kernel: ## build the arm64 kernel with the series (KERNEL_CONFIG="base debug", KERNEL_PATCHES=none|N)
	@scripts/deps kernel
	$(Q)kernel/build -c "$(KERNEL_CONFIG)" -s $(KERNEL_PATCHES)

kernel-quick: ## the gates of the series that need no compiler
	$(Q)prove --timer $(PROVEFLAGS) kernel/check :: --quick

kernel-check: ## all gates of the series: each step builds, options off cost nothing, 16K and 64K
	@scripts/deps kernel
	$(Q)prove --timer $(PROVEFLAGS) kernel/selftest kernel/check

# A plugin counts what the guest's CPUs execute.
$(VM_O)/qemu/count.so: $(addprefix kernel/tests/qemu/,count.c tlbi.c tlbi.h header) $(VM_O)/flags/plugin
	$(call say,PLUGIN)
	$(Q)mkdir -p $(@D) && header=$$(kernel/tests/qemu/header) && $(HOSTCC) $(PLUGIN_CFLAGS) \
		-fvisibility=hidden -fPIC -shared -pthread -I$$header -o $@ $(filter %.c,$^)

$(VM_O)/qemu/tlbi_words: $(addprefix kernel/tests/qemu/,tlbi_words.c tlbi.c tlbi.h) $(VM_O)/flags/plugin
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(HOSTCC) $(PLUGIN_CFLAGS) -o $@ $(filter %.c,$^)

plugin: $(VM_O)/qemu/count.so

plugin-check: $(VM_O)/qemu/tlbi_words $(TLB_BENCH) ## the counter of TLBI instructions, what is compared with it, reports of the bench
	$(Q)WORDS=$(abspath $<) prove $(PROVEFLAGS) $(sort $(wildcard kernel/tests/*/*.t))

# Counts of instructions on the kernel of kernel/, which this builds: its events against TLBI
# executed, what the events cost, what the PTE slots of the fixmap save.
KERNEL_MEASURE = PLUGIN=$(abspath $(VM_O)/qemu/count.so) MMOPS=$(abspath $(ARM64_O)/tests/tools/mmops)
tlbi-check: payload plugin ## each event of TLB maintenance against the TLBI instructions executed
	$(Q)O=$(VM_O) $(KERNEL_MEASURE) prove --timer $(PROVEFLAGS) kernel/tests/qemu/tlbi

kernel-measure: tlbi-check ## counts on the kernel of kernel/: TLBI against events, costs
	$(Q)$(KERNEL_MEASURE) kernel/tests/qemu/tracecost
	$(Q)$(KERNEL_MEASURE) kernel/tests/qemu/fixmap

.PHONY: kernel kernel-quick kernel-check plugin plugin-check tlbi-check kernel-measure
