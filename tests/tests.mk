# SPDX-License-Identifier: GPL-2.0-only
#
# Tests and benchmarks of pgtop; part of the Makefile.

UNIT_SRCS := $(sort $(wildcard tests/unit/test_*.c))
TOOL_SRCS := $(sort $(wildcard tests/tools/*.c))
PROG_SRCS := $(sort $(wildcard tests/progs/*.c))
UNITS := $(UNIT_SRCS:%.c=$(O)/%)
TOOLS := $(TOOL_SRCS:%.c=$(O)/%)
PROGS := $(PROG_SRCS:%.c=$(O)/%)
$(O)/tests/%: private ALL_CFLAGS += -Icli -Idaemon -Iopener

$(UNIT_SRCS:%.c=$(O)/%.o): | $(if $(shell $(lacks) unit 2>&1),lacking-unit)
$(O)/tests/unit/%: $(O)/tests/unit/%.o $(O)/libcli.a $(O)/libdaemon.a $(O)/libpgtop.a $(O)/flags/ld
	$(call say,LD)
	$(link) $(DAEMON_LDLIBS) -lcmocka

$(O)/tests/unit/test_opener: $(filter-out %/main.o,$(OPENER_OBJS))

# The model of TLBs that the bench's plugin for QEMU runs.
TLBMODEL_SRCS := $(addprefix kernel/tests/tlbmodel/,core.c events.c guestpmu.c preset.c scope.c tlb.c walk.c) kernel/tests/qemu/tlbi.c
$(O)/tests/unit/test_tlbmodel: $(TLBMODEL_SRCS:%.c=$(O)/%.o)

# Small programs that make the machine do a known thing; linked statically, also run in the VM.
TOOL_CC := $(CC) -std=gnu17 $(WARNINGS) $(if $(WERROR),-Werror) -D_GNU_SOURCE -Ilib -pthread \
	$(PREFIX_MAP) $(CPPFLAGS) $(CFLAGS) -static $(LDFLAGS)
$(eval $(call flags,$(O)/flags/tools,$(TOOL_CC)))
$(O)/tests/tools/%: tests/tools/%.c $(O)/flags/tools
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(TOOL_CC) -MMD -MP -MF $@.d -o $@ $<

# Test programs that use the library, or parts of the daemon without its event loop, directly.
$(PROG_SRCS:%.c=$(O)/%.o): | $(SKELS)
$(O)/tests/progs/%: $(O)/tests/progs/%.o $(O)/libdaemon.a $(O)/libpgtop.a $(O)/flags/ld
	$(call say,LD)
	$(link) -lm

tools: $(TOOLS) $(PROGS) ## build the workloads and programs the tests use

unit: $(UNITS) ## unit tests
	$(Q)CMOCKA_MESSAGE_OUTPUT=TAP UBSAN_OPTIONS=print_stacktrace=1 \
		prove -j2 $(PROVEFLAGS) --exec tests/unit/run $(UNITS)

# Library and daemon once more, by clang: coverage for the fuzzer, both sanitizers.
FUZZED_SRCS := $(LIB_SRCS) $(filter-out %/main.c,$(DAEMON_SRCS) $(OPENER_SRCS))
FUZZ_RUNS ?= $(if $(SOAK),2000000,50000)
FUZZERS := $(patsubst %.c,$(O)/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_CFLAGS := $(filter-out -Werror -fsanitize=% -fno-sanitize% -fno-omit%,$(ALL_CFLAGS)) -Idaemon -Iopener -Wno-format-nonliteral -O1 -g \
	-fno-omit-frame-pointer -fno-sanitize-recover=undefined
$(eval $(call flags,$(O)/flags/fuzz,$(CLANG) $(FUZZ_CFLAGS) $(LDFLAGS)))
$(FUZZED_SRCS:%.c=$(O)/fuzz/%.o): | $(SKELS)
$(O)/fuzz/%.o: %.c $(O)/flags/fuzz | $(O)/version.h
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CLANG) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link,address,undefined \
		-MMD -MP -c -o $@ $<

$(O)/fuzz/libpgtop.a: $(FUZZED_SRCS:%.c=$(O)/fuzz/%.o) $(O)/flags/ar
	$(call say,AR)
	$(archive)

$(O)/fuzz/tests/fuzz/%: $(O)/fuzz/tests/fuzz/%.o $(O)/fuzz/libpgtop.a $(O)/flags/ld
	$(call say,LD)
	$(Q)$(CLANG) -fsanitize=fuzzer,address,undefined $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIB_LDLIBS) \
		$(DAEMON_LDLIBS)

fuzz: $(FUZZERS) ## a bounded number of inputs (FUZZ_RUNS) into each parser of outside text
	$(Q)FUZZ_RUNS=$(FUZZ_RUNS) prove -j2 $(PROVEFLAGS) --exec tests/fuzz/run $(FUZZERS)

# Made-up machines under the real policy: gates as TAP, a picture in SVG.
SIM_OBJS := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard tests/sim/*.c)))
SIM_MACHINES ?= 10000
$(SIM_OBJS): private ALL_CFLAGS += -Itests/sim
$(O)/tests/sim/sim: $(SIM_OBJS) $(O)/libdaemon.a $(O)/libpgtop.a $(O)/flags/ld
	$(call say,LD)
	$(link) $(DAEMON_LDLIBS)

sim: $(O)/tests/sim/sim ## the policy on 10,000 simulated machines for 30 days each; build/sim.svg
	$(Q)prove -v $(PROVEFLAGS) --exec '' $< :: --machines $(SIM_MACHINES) --svg $(O)/sim.svg

SIM_QUICK := --machines 500 --seeds 3
sim-quick: $(O)/tests/sim/sim ## the same on 500 machines of each of three seeds, also with a restart of pgtopd each week
	$(Q)prove -v $(PROVEFLAGS) --exec '' $< :: $(SIM_QUICK) --svg $(O)/sim.svg
	$(Q)prove -v $(PROVEFLAGS) --exec '' $< :: $(SIM_QUICK) --restart-days 7

SIM_SOAK := --machines 2000 --seeds 20
sim-soak: $(O)/tests/sim/sim ## the same on 2,000 machines of each of 20 seeds, without, with weekly and with daily restarts
	$(Q)prove -v $(PROVEFLAGS) --exec '' $< :: $(SIM_SOAK)
	$(Q)prove -v $(PROVEFLAGS) --exec '' $< :: $(SIM_SOAK) --restart-days 7
	$(Q)prove -v $(PROVEFLAGS) --exec '' $< :: $(SIM_SOAK) --restart-days 1

lint: ## includes, names, licences, spelling, white space, shell, words that do not belong in public
	$(Q)$(in_git); tests/lint/run

format-check: ## all C files are formatted as .clang-format says
	$(Q)$(in_git); git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror

# Each host test runs once in it: with sanitizers, but for what measures the machine or runs other
# programs; and so do the unit tests, which build-check runs without.
check: ## unit, fuzz, host (real BPF, as root) and VM tests (arm64 in QEMU); not vm-all, kernel-check, soak
	@scripts/deps build check vm kernel
	@$(MAKE) --no-print-directory -j2 all tools
	@$(MAKE) --no-print-directory -j2 --output-sync=target lint format-check docs-check build-check \
		plugin-check kernel-quick sim-quick fuzz
	@$(MAKE) --no-print-directory host-check HOST_TESTS="$(HOST_PLAIN)"
	@$(MAKE) --no-print-directory -j2 SAN=1 all tools
	@$(MAKE) --no-print-directory SAN=1 unit host-check HOST_TESTS="$(filter-out $(HOST_PLAIN),$(HOST_TESTS))"
	@$(MAKE) --no-print-directory kernel
	@$(MAKE) --no-print-directory vm-check tlbi-check bench-quick

# Three at a time, as they mostly wait, the longest first; but those that have a line "# alone:
# REASON" run one after the other afterwards. With sanitizers, those with a line "# not sanitized: REASON" are left out.
HOST_TESTS := $(sort $(wildcard tests/host/*.t))
marked = $(if $(HOST_TESTS),$(shell grep -l '^$(hash) $(1): ' $(HOST_TESTS)))
hash := \#
HOST_JOBS ?= 3
HOST_LONG = $(filter $(patsubst %,tests/host/%.t,pgtopd fleet pgtopd_tune docs_kernel),$(HOST_TESTS))
HOST_PLAIN = $(sort $(call marked,alone) $(call marked,not sanitized))
HOST_ALONE = $(filter-out $(HOST_OUT),$(call marked,alone))
HOST_OUT = $(if $(SAN),$(call marked,not sanitized))
HOST_PROVE = PGTOP=$(abspath $(O)/pgtop) PGTOPD=$(abspath $(O)/pgtopd) TOOLS=$(abspath $(O)/tests/tools) \
	PROGS=$(abspath $(O)/tests/progs) SAN=$(SAN) prove --timer --exec tests/host/run $(PROVEFLAGS)
ifdef MUST_RUN
export MUST_RUN
endif
host-check: $(O)/pgtop $(O)/pgtopd $(O)/pgtop-opener $(if $(SAN),,$(O)/static/pgtop) $(TOOLS) $(PROGS) ## tests with real BPF on this machine, as root
	$(Q)failed=0; together="$(filter-out $(HOST_ALONE) $(HOST_OUT),$(HOST_LONG) $(filter-out $(HOST_LONG),$(HOST_TESTS)))"; alone="$(HOST_ALONE)"; \
		[ -z "$$together" ] || $(HOST_PROVE) -j$(HOST_JOBS) $$together || failed=1; \
		[ -z "$$alone" ] || $(HOST_PROVE) $$alone || failed=1; exit $$failed

build-check: $(O)/pgtop $(O)/pgtopd $(O)/pgtop-opener ## the build itself: flags, packages, paths, dist, clean
	$(Q)PGTOP=$(abspath $(O)/pgtop) prove $(PROVEFLAGS) $(sort $(wildcard tests/build/*.t))

# What the packages are, built twice, installed and removed, in systems of both Debian releases.
package-check: ## Debian packages, RPM, static binaries: built twice, installed, removed (30 minutes, as root)
	@scripts/deps package
	@$(MAKE) --no-print-directory dist
	$(Q)DEBS=$(abspath $(O)/deb) TARBALL=$(abspath $(DIST).tar.xz) prove --timer $(PROVEFLAGS) \
		$(addprefix tests/package/,debs.t life.t static.t rpm.t vm.t)

# Everything the guest runs, in one directory that appears as /opt/pgtop in it.  VM_O: where the
# arm64 programs, the payload and the logs of the machines go.
VM_O ?= $(if $(filter command% env%,$(origin O)),$(O),build)
# Plugins run in this machine's QEMU, and what runs in the bench's guest is always the same code.
HOSTCC ?= cc
PLUGIN_CFLAGS := -std=gnu17 $(WARNINGS) $(if $(WERROR),-Werror) -D_GNU_SOURCE $(CPPFLAGS) $(CFLAGS) \
	-O2 $(LDFLAGS)
GUESTCC := $(if $(filter aarch64,$(shell uname -m)),,aarch64-linux-gnu-)gcc
$(eval $(call flags,$(VM_O)/flags/plugin,$(HOSTCC) $(GUESTCC) $(PLUGIN_CFLAGS)))
# The model of TLBs as a plugin of this machine's QEMU, and what runs in the guest.
TLB_BENCH = $(VM_O)/bench/tlbmodel.so $(VM_O)/bench/guest
ARM64_O = $(VM_O)/arm64
PAYLOAD = $(VM_O)/payload
payload: $(if $(filter x86_64,$(shell uname -m)),payload-x86_64) ## build/payload: what the guests of the VM tests run
	@$(MAKE) --no-print-directory ARCH=arm64 O=$(ARM64_O) SAN= all tools static
	$(Q)rm -rf $(PAYLOAD) && mkdir -p $(PAYLOAD)/bin && cp -r systemd $(PAYLOAD)
	@$(MAKE) --no-print-directory -s ARCH=arm64 O=$(ARM64_O) SAN= PREFIX=/usr DESTDIR=$(abspath $(PAYLOAD))/installed install
	$(Q)cp $(ARM64_O)/pgtop $(ARM64_O)/pgtopd $(TOOL_SRCS:%.c=$(ARM64_O)/%) $(PROG_SRCS:%.c=$(ARM64_O)/%) \
		$(PAYLOAD)/bin
	$(Q)cp $(ARM64_O)/static/pgtop $(PAYLOAD)/bin/pgtop-static

# The same for x86_64 machines.
PAYLOAD_X86 = $(PAYLOAD)-amd64
payload-x86_64:
	@$(MAKE) --no-print-directory O=$(VM_O) SAN= all tools
	$(Q)rm -rf $(PAYLOAD_X86) && mkdir -p $(PAYLOAD_X86)/bin && cp -r systemd $(PAYLOAD_X86)
	@$(MAKE) --no-print-directory -s O=$(VM_O) SAN= PREFIX=/usr DESTDIR=$(abspath $(PAYLOAD_X86))/installed install
	$(Q)cp $(VM_O)/pgtop $(VM_O)/pgtopd $(TOOL_SRCS:%.c=$(VM_O)/%) $(PROG_SRCS:%.c=$(VM_O)/%) $(PAYLOAD_X86)/bin

# What reads results of the machines, and what boots machines of its own
VM_AFTER = $(addprefix tests/vm/,powercut linmap-compare promtool) \
	$(addprefix kernel/tests/,linmap-memory linmap-restart kunit/results)
VM_ARGS = -p $(PAYLOAD) $(if $(VM_TESTS),-t "$(VM_TESTS)") $(VM_MACHINES) \
	$(if $(VM_ALL)$(VM_MACHINES),,-q)
vm-check: payload ## arm64 kernels in QEMU: the part in make check, or VM_MACHINES=, VM_TESTS=
	@! tests/qemu/build --cached >/dev/null 2>&1 || $(MAKE) --no-print-directory -s $(VM_O)/bench/tlbmodel.so
	$(Q)failed=0; export O=$(VM_O); prove --timer $(PROVEFLAGS) tests/vm/run :: $(VM_ARGS) || failed=1; \
		prove --timer -j2 $(PROVEFLAGS) $(VM_AFTER) :: $(VM_ARGS) || failed=1; exit $$failed

vm-all: ## every test on every machine of tests/vm/matrix (hours)
	@$(MAKE) --no-print-directory vm-check VM_ALL=1

# What breaks there is news, and no reason for make check to fail: it is a job of its own.
vm-newest: payload ## the newest kernel that Debian's backports have, under all that a stock kernel can: which it is, what broke
	$(Q)failed=0; export O=$(VM_O); rm -rf $(VM_O)/vm/newest; \
		prove --timer $(PROVEFLAGS) tests/vm/run :: -p $(PAYLOAD) $(if $(VM_TESTS),-t "$(VM_TESTS)") newest || failed=1; \
		tests/vm/newest $(VM_O)/vm/newest || failed=1; exit $$failed

qemu: ## a QEMU whose PMU counts TLB misses, for the machines *-pmu (10 to 30 minutes, once)
	@scripts/deps qemu
	$(Q)tests/qemu/build

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
	GUEST=$(abspath $(VM_O)/bench/guest) kernel/tests/bench/tlb -k "$$kernel" -o $(VM_O)/bench \
	$(if $(BENCH_JOBS),-j $(BENCH_JOBS))
$(VM_O)/bench/tlbmodel.so: $(TLBMODEL_SRCS) $(wildcard kernel/tests/tlbmodel/*) kernel/tests/qemu/tlbi.h kernel/tests/qemu/header \
		$(VM_O)/flags/plugin
	$(call say,PLUGIN)
	$(Q)mkdir -p $(@D) && header=$$(kernel/tests/qemu/header) && $(HOSTCC) $(PLUGIN_CFLAGS) -O3 -flto \
		-fvisibility=hidden -fPIC -shared -I$$header $$($(PKG_CONFIG) --cflags glib-2.0) -o $@ \
		$(TLBMODEL_SRCS) kernel/tests/tlbmodel/plugin.c

$(VM_O)/bench/guest: $(wildcard kernel/tests/bench/guest/*.c kernel/tests/bench/guest/*.h) tests/tools/program.h tests/tools/secret.h \
		$(VM_O)/flags/plugin
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(GUESTCC) $(PLUGIN_CFLAGS) \
		-static -o $@ $(filter %.c,$^)

soak: ## the long tests: 20 seeds of the simulator, fuzzing, churn, storms, the policy in a VM (12 minutes), the debug kernel
	@$(MAKE) --no-print-directory sim-soak fuzz host-check SOAK=1 CHURN_SECONDS=600
	@$(MAKE) --no-print-directory SAN=1 STORM_EVENTS=200000 unit host-check
	@$(MAKE) --no-print-directory vm-check SOAK=1 \
		VM_MACHINES="4k-policy patched-nodes patched-nodes-repaint patched-off patched-kpti patched-late patched-stress \
			linmap-memory kunit kunit-split kunit-repaint kunit-debug debug debug-split"
export SOAK

.PHONY: tools unit fuzz sim sim-quick sim-soak lint format-check check build-check package-check host-check payload payload-x86_64 \
	vm-check vm-all vm-newest vm-shell qemu \
	vm vm-demo \
	bench bench-tool bench-tlb bench-repeat bench-quick bench-compare soak

-include $(UNITS:=.d) $(TLBMODEL_SRCS:%.c=$(O)/%.d) $(SIM_OBJS:.o=.d) $(TOOLS:=.d) $(PROGS:=.d) \
	$(FUZZED_SRCS:%.c=$(O)/fuzz/%.d) $(FUZZERS:=.d)
