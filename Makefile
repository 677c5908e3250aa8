# SPDX-License-Identifier: GPL-2.0-only
#
# pgtop: how far the TLB of a Linux machine reaches.  `make help` lists targets.
#
# O=DIR        build directory (build; build/ARCH for another architecture, build/san)
# ARCH=arm64   target architecture (the build machine's); CROSS_COMPILE= as the kernel's
# V=1          show commands         WERROR=1  warnings are errors
# SAN=1        address and undefined-behaviour sanitizers
# PREFIX=, DESTDIR=  for install

VERSION := 0.1.0

HOST_ARCH := $(patsubst aarch64,arm64,$(shell uname -m))
ARCH ?= $(HOST_ARCH)
ifneq ($(ARCH),$(HOST_ARCH))
CROSS_COMPILE ?= $(if $(filter arm64,$(ARCH)),aarch64-linux-gnu-,x86_64-linux-gnu-)
MULTIARCH := $(patsubst %-,%,$(CROSS_COMPILE))
export PKG_CONFIG_LIBDIR ?= /usr/lib/$(MULTIARCH)/pkgconfig:/usr/share/pkgconfig
endif
# Native builds are in build/, others below it, so that the README can name build/pgtop.
O ?= build$(if $(filter-out $(HOST_ARCH),$(ARCH)),/$(ARCH))$(if $(SAN),/san)
PREFIX ?= /usr/local
PKG_CONFIG ?= pkg-config
CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
ifeq ($(origin CC),default)
CC := $(CROSS_COMPILE)gcc
endif
AR := $(CROSS_COMPILE)ar

comma := ,
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s%s\n' $(1) $(patsubst $(O)/%,%,$@))

CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wno-unused-parameter -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wformat=2
ALL_CFLAGS := -std=gnu17 $(WARNINGS) -Iinclude -Ilib -I$(O) -D_GNU_SOURCE \
	-DPGTOP_VERSION='"$(VERSION)"' $(if $(WERROR),-Werror) \
	$(if $(SAN),-fsanitize=address$(comma)undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer)
LIBS := libbpf libelf zlib json-c
LIB_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(LIBS) 2>/dev/null)
LIB_LDLIBS := $(shell $(PKG_CONFIG) --libs $(LIBS) 2>/dev/null)
ALL_CFLAGS += $(LIB_CFLAGS) $(CFLAGS)
DAEMON_LIBS := libsystemd inih
DAEMON_LDLIBS := $(shell $(PKG_CONFIG) --libs $(DAEMON_LIBS) 2>/dev/null) -lm
ALL_LDFLAGS := $(if $(SAN),-fsanitize=address$(comma)undefined) $(LDFLAGS)

BPF_ARCH := $(if $(filter arm64,$(ARCH)),arm64,x86)
BPF_CFLAGS := -O2 -g --target=bpf -mcpu=v3 -D__TARGET_ARCH_$(BPF_ARCH) -Iinclude -Ibpf \
	-Wall -Wextra -Wno-unused-parameter -Wno-missing-declarations $(if $(WERROR),-Werror) \
	-idirafter /usr/include/$(shell $(CC) -print-multiarch 2>/dev/null)

LIB_SRCS := $(sort $(wildcard lib/*.c lib/*/*.c))
CLI_SRCS := $(sort $(wildcard cli/*.c cli/*/*.c))
DAEMON_SRCS := $(sort $(wildcard daemon/*.c daemon/*/*.c))
BPF_SRCS := $(sort $(wildcard bpf/*.bpf.c))
UNIT_SRCS := $(sort $(wildcard tests/unit/test_*.c))
TOOL_SRCS := $(sort $(wildcard tests/tools/*.c))
PROG_SRCS := $(sort $(wildcard tests/progs/*.c))
LIB_OBJS := $(LIB_SRCS:%.c=$(O)/%.o)
CLI_OBJS := $(CLI_SRCS:%.c=$(O)/%.o)
DAEMON_OBJS := $(DAEMON_SRCS:%.c=$(O)/%.o)
SKELS := $(BPF_SRCS:bpf/%.bpf.c=$(O)/%.skel.h)
UNITS := $(UNIT_SRCS:%.c=$(O)/%)
TOOLS := $(TOOL_SRCS:%.c=$(O)/%)
PROGS := $(PROG_SRCS:%.c=$(O)/%)

.DELETE_ON_ERROR:
.SECONDARY:

all: $(O)/pgtop $(if $(wildcard daemon/main.c),$(O)/pgtopd) ## build pgtop and pgtopd

$(O)/pgtop: $(CLI_OBJS) $(O)/libpgtop.a
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LDLIBS)

$(O)/libpgtop.a: $(LIB_OBJS)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# A skeleton must exist before the first compilation; afterwards the .d files know who needs it.
$(LIB_OBJS): | $(SKELS)

$(O)/%.o: %.c
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/%.bpf.o: bpf/%.bpf.c
	$(call say,BPF)
	$(Q)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/%.skel.h: $(O)/%.bpf.o
	$(call say,SKEL)
	$(Q)$(BPFTOOL) gen skeleton $< name $(notdir $*)_bpf > $@

$(O)/pgtopd: $(O)/daemon/main.o $(O)/libdaemon.a $(O)/libpgtop.a
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LDLIBS) $(DAEMON_LDLIBS)

# Never the other way round: pgtop includes nothing of pgtopd's.
$(CLI_OBJS): ALL_CFLAGS += -Icli
$(DAEMON_OBJS): ALL_CFLAGS += -Idaemon
$(O)/tests/%: ALL_CFLAGS += -Icli -Idaemon

$(O)/libdaemon.a: $(filter-out %/main.o,$(DAEMON_OBJS))
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(O)/libcli.a: $(filter-out %/main.o,$(CLI_OBJS))
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(O)/tests/unit/%: $(O)/tests/unit/%.o $(O)/libcli.a $(O)/libdaemon.a $(O)/libpgtop.a
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LDLIBS) $(DAEMON_LDLIBS) -lcmocka

# The model of TLBs that the bench's plugin for QEMU runs.
TLBMODEL_SRCS := $(addprefix tests/bench/tlbmodel/,core.c preset.c scope.c tlb.c walk.c) tests/qemu/tlbi.c
$(O)/tests/unit/test_tlbmodel: $(TLBMODEL_SRCS:%.c=$(O)/%.o)

# Small programs that make the machine do a known thing; linked statically, also run in the VM.
$(O)/tests/tools/%: tests/tools/%.c
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu17 $(WARNINGS) $(if $(WERROR),-Werror) -O2 -D_GNU_SOURCE \
		-Ilib -MMD -MP -MF $@.d -pthread -static -o $@ $<

# Test programs that use the library, or parts of the daemon without its event loop, directly.
$(O)/tests/progs/%: $(O)/tests/progs/%.o $(O)/libdaemon.a $(O)/libpgtop.a
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LDLIBS) -lm

tools: $(TOOLS) $(PROGS) ## build the workloads and programs the tests use

unit: $(UNITS) ## unit tests
	$(Q)CMOCKA_MESSAGE_OUTPUT=TAP UBSAN_OPTIONS=print_stacktrace=1 \
		prove $(PROVEFLAGS) --exec tests/unit/run $(UNITS)

# Library and daemon once more, by clang: coverage for the fuzzer, both sanitizers.
FUZZED_SRCS := $(LIB_SRCS) $(filter-out %/main.c,$(DAEMON_SRCS))
FUZZ_RUNS ?= $(if $(SOAK),2000000,50000)
FUZZERS := $(patsubst %.c,$(O)/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_CFLAGS := $(filter-out -Werror -fsanitize=%,$(ALL_CFLAGS)) -Idaemon -Wno-format-nonliteral -O1 -g \
	-fno-omit-frame-pointer -fno-sanitize-recover=undefined
$(FUZZED_SRCS:%.c=$(O)/fuzz/%.o): | $(SKELS)
$(O)/fuzz/%.o: %.c
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CLANG) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link,address,undefined \
		-MMD -MP -c -o $@ $<

$(O)/fuzz/libpgtop.a: $(FUZZED_SRCS:%.c=$(O)/fuzz/%.o)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(O)/fuzz/tests/fuzz/%: $(O)/fuzz/tests/fuzz/%.o $(O)/fuzz/libpgtop.a
	$(call say,LD)
	$(Q)$(CLANG) -fsanitize=fuzzer,address,undefined -o $@ $^ $(LIB_LDLIBS) $(DAEMON_LDLIBS)

fuzz: $(FUZZERS) ## a bounded number of inputs (FUZZ_RUNS) into each parser of outside text
	$(Q)FUZZ_RUNS=$(FUZZ_RUNS) prove -j2 $(PROVEFLAGS) --exec tests/fuzz/run $(FUZZERS)

# Made-up machines under the real policy: gates as TAP, a picture in SVG.
SIM_OBJS := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard tests/sim/*.c)))
SIM_MACHINES ?= 10000
$(SIM_OBJS): ALL_CFLAGS += -Itests/sim
$(O)/tests/sim/sim: $(SIM_OBJS) $(O)/libdaemon.a $(O)/libpgtop.a
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LDLIBS) $(DAEMON_LDLIBS)

sim: $(O)/tests/sim/sim ## the policy on 10,000 simulated machines for 30 days each; build/sim.svg
	$(Q)prove -v $(PROVEFLAGS) --exec '' $< :: --machines $(SIM_MACHINES) --svg $(O)/sim.svg

sim-quick: ## the same on 1,500 machines
	@$(MAKE) --no-print-directory SIM_MACHINES=1500 sim

lint: ## scripts, licence lines, white space, words that do not belong in public
	$(Q)failed=0; for t in rooms names shell spdx whitespace public-words; do \
		echo "  LINT    $$t"; tests/lint/$$t || failed=1; done; exit $$failed

format-check: ## all C files are formatted as .clang-format says
	$(Q)git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror

# What each target needs is installed first; the rest runs in a second make, which sees it.
demo: ## install what is missing, build, and run pgtop once on this machine
	@scripts/deps build
	@$(MAKE) --no-print-directory -j2 all $(O)/tests/tools/demo_load
	@scripts/demo $(O)/pgtop $(O)/tests/tools/demo_load

check: ## all tests: unit, fuzz, host (real BPF, as root), vm (arm64 in QEMU)
	@scripts/deps build check vm kernel
	@$(MAKE) --no-print-directory -j2 all tools
	@$(MAKE) --no-print-directory -j2 --output-sync=target lint format-check docs-check plugin-check \
		kernel-quick unit sim-quick fuzz
	@$(MAKE) --no-print-directory host-check
	@$(MAKE) --no-print-directory -j2 SAN=1 all tools
	@$(MAKE) --no-print-directory SAN=1 CHURN_SECONDS=5 STORM_EVENTS=200000 unit host-check
	@$(MAKE) --no-print-directory kernel
	@$(MAKE) --no-print-directory vm-check tlbi-check bench-quick

HOST_TESTS := $(sort $(wildcard tests/host/*.t))
export MUST_RUN
host-check: $(O)/pgtop $(O)/pgtopd $(TOOLS) $(PROGS) ## tests with real BPF on this machine, as root
	$(Q)PGTOP=$(abspath $(O)/pgtop) PGTOPD=$(abspath $(O)/pgtopd) \
		TOOLS=$(abspath $(O)/tests/tools) PROGS=$(abspath $(O)/tests/progs) SAN=$(SAN) prove $(PROVEFLAGS) $(HOST_TESTS)

# Everything the guest runs, in one directory that appears as /opt/pgtop in it.  VM_O: where the
# arm64 programs, the payload and the logs of the machines go.
VM_O ?= build
# The model of TLBs as a plugin of this machine's QEMU, and what runs in the guest.
TLB_BENCH = $(VM_O)/bench/tlbmodel.so $(VM_O)/bench/guest
ARM64_O = $(VM_O)/arm64
PAYLOAD = $(VM_O)/payload
payload: ## build/payload: what the guests of the VM tests run
	@$(MAKE) --no-print-directory ARCH=arm64 O=$(ARM64_O) SAN= all tools
	$(Q)rm -rf $(PAYLOAD) && mkdir -p $(PAYLOAD)/bin && cp -r systemd $(PAYLOAD)
	$(Q)cp $(ARM64_O)/pgtop $(ARM64_O)/pgtopd $(TOOL_SRCS:%.c=$(ARM64_O)/%) $(PROG_SRCS:%.c=$(ARM64_O)/%) \
		$(PAYLOAD)/bin

# A plugin counts what the guest's CPUs execute; it is built for this machine's QEMU.
HOSTCC ?= cc
PLUGIN_CFLAGS = -std=gnu17 $(WARNINGS) $(if $(WERROR),-Werror) -O2 -D_GNU_SOURCE
$(VM_O)/qemu/count.so: $(addprefix tests/qemu/,count.c tlbi.c tlbi.h header)
	$(call say,PLUGIN)
	$(Q)mkdir -p $(@D) && header=$$(tests/qemu/header) && $(HOSTCC) $(PLUGIN_CFLAGS) \
		-fvisibility=hidden -fPIC -shared -pthread -I$$header -o $@ $(filter %.c,$^)

$(VM_O)/qemu/tlbi_words: $(addprefix tests/qemu/,tlbi_words.c tlbi.c tlbi.h)
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(HOSTCC) $(PLUGIN_CFLAGS) -o $@ $(filter %.c,$^)

plugin: $(VM_O)/qemu/count.so

plugin-check: $(VM_O)/qemu/tlbi_words $(TLB_BENCH) ## the counter of TLBI instructions, what is compared with it, reports of the bench
	$(Q)WORDS=$(abspath $<) prove $(PROVEFLAGS) $(sort $(wildcard tests/qemu/*.t tests/bench/*.t))

vm-check: payload ## tests in arm64 kernels in QEMU (VM_MACHINES=, VM_TESTS= to choose)
	$(Q)O=$(VM_O) prove --timer $(PROVEFLAGS) $(addprefix tests/vm/,run linmap-compare linmap-memory linmap-restart promtool powercut) :: -p $(PAYLOAD) \
		$(if $(VM_TESTS),-t "$(VM_TESTS)") $(VM_MACHINES)

vm-shell: payload ## a root shell in the stock arm64 VM with pgtop in PATH
	$(Q)O=$(VM_O) tests/vm/boot -p $(PAYLOAD) --shell

vm: ## pgtop, then a root shell, on the kernel of kernel/ (builds that first, ~10 minutes)
	@scripts/deps build vm kernel
	@$(MAKE) --no-print-directory payload
	$(Q)O=$(VM_O) tests/vm/boot -f patched -p $(PAYLOAD) --shell -x pgtop

vm-demo: ## a tour of two minutes of pgtop on that kernel; ends by itself
	@scripts/deps build vm kernel
	@$(MAKE) --no-print-directory payload
	$(Q)O=$(VM_O) tests/vm/boot -f patched -p $(PAYLOAD) --shell -x './tour; exit'

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

bench: ## pgtop, its peers, the series, modelled TLBs (20 minutes); writes docs/benchmarks.md
	@$(MAKE) --no-print-directory bench-tool
	@$(MAKE) --no-print-directory bench-tlb bench-repeat

bench-tool: ## speed and memory, against other tools, and what the kernel series costs
	@scripts/deps build vm kernel bench
	@$(MAKE) --no-print-directory all tools payload plugin
	$(Q)PGTOP=$(abspath $(O)/pgtop) TOOLS=$(abspath $(O)/tests/tools) PROGS=$(abspath $(O)/tests/progs) \
		PAYLOAD=$(abspath $(PAYLOAD)) O=$(VM_O) $(KERNEL_MEASURE) \
		tests/bench/tool -o $(VM_O)/bench --docs $(BENCH_PARTS)

bench-tlb: ## misses of modelled TLBs on the kernel of kernel/; writes into docs/benchmarks.md
	@scripts/deps vm kernel bench
	@$(MAKE) --no-print-directory $(TLB_BENCH)
	$(Q)$(TLB_MEASURE) --docs

bench-repeat: ## bench-tlb once more, 400 days later by the clock: the same figures, to the byte
	@scripts/deps vm kernel bench
	@$(MAKE) --no-print-directory $(TLB_BENCH)
	$(Q)$(TLB_MEASURE) --repeat

bench-quick: ## some of bench-tlb against the figures in the tree (BENCH_ACCEPT=1 to replace them)
	@scripts/deps vm kernel
	@$(MAKE) --no-print-directory $(TLB_BENCH)
	$(Q)$(TLB_MEASURE) --quick $(if $(BENCH_ACCEPT),--accept)

bench-compare: ## ratios of two results: OLD=FILE NEW=FILE (build/bench/tlb.json, tool.json)
	$(Q)tests/bench/compare "$(OLD)" "$(NEW)"

# BENCH_KERNEL= names the directory of a kernel that is already built.
BENCH_KERNEL ?= $$(kernel/build)
TLB_MEASURE = kernel=$(BENCH_KERNEL) && PLUGIN=$(abspath $(VM_O)/bench/tlbmodel.so) \
	GUEST=$(abspath $(VM_O)/bench/guest) tests/bench/tlb -k "$$kernel" -o $(VM_O)/bench \
	$(if $(BENCH_JOBS),-j $(BENCH_JOBS))
$(VM_O)/bench/tlbmodel.so: $(TLBMODEL_SRCS) $(wildcard tests/bench/tlbmodel/*) tests/qemu/tlbi.h tests/qemu/header
	$(call say,PLUGIN)
	$(Q)mkdir -p $(@D) && header=$$(tests/qemu/header) && $(HOSTCC) $(PLUGIN_CFLAGS) -O3 -flto \
		-fvisibility=hidden -fPIC -shared -I$$header $$($(PKG_CONFIG) --cflags glib-2.0) -o $@ \
		$(TLBMODEL_SRCS) tests/bench/tlbmodel/plugin.c

$(VM_O)/bench/guest: $(wildcard tests/bench/guest/*.c tests/bench/guest/*.h) tests/tools/program.h tests/tools/secret.h
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(if $(filter aarch64,$(shell uname -m)),,aarch64-linux-gnu-)gcc $(PLUGIN_CFLAGS) \
		-static -o $@ $(filter %.c,$^)

# Counts of instructions on the kernel of kernel/, which this builds: its events against TLBI
# executed, what the events cost, what the PTE slots of the fixmap save.
KERNEL_MEASURE = PLUGIN=$(abspath $(VM_O)/qemu/count.so) MMOPS=$(abspath $(ARM64_O)/tests/tools/mmops)
tlbi-check: payload plugin ## each event of TLB maintenance against the TLBI instructions executed
	$(Q)O=$(VM_O) $(KERNEL_MEASURE) prove --timer $(PROVEFLAGS) tests/qemu/tlbi

kernel-measure: tlbi-check ## counts on the kernel of kernel/: TLBI against events, costs
	$(Q)$(KERNEL_MEASURE) tests/qemu/tracecost
	$(Q)$(KERNEL_MEASURE) tests/qemu/fixmap

soak: ## the long tests: fuzzing, churn, storms, the policy in a VM (12 minutes), the debug kernel
	@$(MAKE) --no-print-directory fuzz host-check SOAK=1 CHURN_SECONDS=600
	@$(MAKE) --no-print-directory vm-check SOAK=1 \
		VM_MACHINES="4k-policy patched-nodes patched-nodes-repaint patched-off patched-kpti patched-late patched-stress \
			linmap-memory kunit kunit-split kunit-repaint kunit-debug debug debug-split"
export SOAK

$(O)/docs/metrics: $(O)/docs/metrics.o $(O)/libpgtop.a
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LDLIBS)

docs: $(O)/docs/metrics ## write docs/metrics.md and pgtop-metrics(7) anew from the tables
	$(Q)$< > docs/metrics.md && $< man > docs/pgtop-metrics.7

docs-check: $(O)/docs/metrics
	@$< | cmp - docs/metrics.md && $< man | cmp - docs/pgtop-metrics.7 || \
		{ echo "stale: run 'make docs'"; false; }

MANS := $(sort $(wildcard docs/*.[578]))
UNIT_DIR = $(PREFIX)/lib/systemd/system
COMPLETIONS = $(PREFIX)/share/bash-completion/completions
DASHBOARDS = dashboards/rules.yml dashboards/pgtop.json
INSTALLED = $(PREFIX)/sbin/pgtop $(PREFIX)/sbin/pgtopd $(COMPLETIONS)/pgtop \
	$(foreach m,$(MANS),$(PREFIX)/share/man/man$(subst .,,$(suffix $(m)))/$(notdir $(m))) \
	$(UNIT_DIR)/pgtopd.service $(PREFIX)/lib/sysusers.d/pgtop.conf \
	$(PREFIX)/lib/tmpfiles.d/pgtop.conf $(DASHBOARDS:dashboards/%=$(PREFIX)/share/pgtop/%)

install: all ## install below DESTDIR and PREFIX (/usr/local); configuration in /etc
	install -d $(DESTDIR)$(UNIT_DIR) $(DESTDIR)/etc/pgtop/pgtopd.conf.d
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/sbin $(O)/pgtop $(O)/pgtopd
	for m in $(MANS); do install -D -m 644 -t \
		$(DESTDIR)$(PREFIX)/share/man/man$${m##*.} $$m || exit 1; done
	install -D -m 644 cli/pgtop.bash $(DESTDIR)$(COMPLETIONS)/pgtop
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/pgtop $(DASHBOARDS)
	sed 's,@sbindir@,$(PREFIX)/sbin,' systemd/pgtopd.service.in \
		>$(DESTDIR)$(UNIT_DIR)/pgtopd.service
	chmod 644 $(DESTDIR)$(UNIT_DIR)/pgtopd.service
	install -D -m 644 systemd/sysusers.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/pgtop.conf
	install -D -m 644 systemd/tmpfiles.conf $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/pgtop.conf
	@# what the administrator changed stays
	test -e $(DESTDIR)/etc/pgtop/pgtopd.conf || \
		install -m 644 systemd/pgtopd.conf $(DESTDIR)/etc/pgtop/pgtopd.conf

uninstall: ## remove what install installed; a configuration that was changed stays
	rm -f $(INSTALLED:%=$(DESTDIR)%)
	! cmp -s systemd/pgtopd.conf $(DESTDIR)/etc/pgtop/pgtopd.conf || \
		rm -f $(DESTDIR)/etc/pgtop/pgtopd.conf
	-rmdir $(DESTDIR)/etc/pgtop/pgtopd.conf.d $(DESTDIR)/etc/pgtop

clean: ## remove the build directory
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | sort | awk -F '\t' '{ \
		n = split($$2, word, " "); line = sprintf("%-14s", $$1); \
		for (i = 1; i <= n; i++) { \
			if (length(line) + length(word[i]) > 78) { print line; line = sprintf("%14s", "") } \
			line = line " " word[i] } \
		print line }'

.PHONY: all tools kernel kernel-quick kernel-check tlbi-check plugin plugin-check docs docs-check unit sim sim-quick fuzz lint format-check demo check host-check payload vm-check vm-shell vm vm-demo bench bench-tool bench-tlb bench-repeat bench-quick bench-compare kernel-measure soak install \
	uninstall clean help

-include $(LIB_OBJS:.o=.d) $(CLI_OBJS:.o=.d) $(DAEMON_OBJS:.o=.d) $(BPF_SRCS:bpf/%.bpf.c=$(O)/%.bpf.d) \
	$(UNITS:=.d) $(TLBMODEL_SRCS:%.c=$(O)/%.d) $(SIM_OBJS:.o=.d) $(TOOLS:=.d) $(PROGS:=.d) $(FUZZED_SRCS:%.c=$(O)/fuzz/%.d) $(FUZZERS:=.d)
