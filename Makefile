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
ALL_CFLAGS := -std=gnu17 $(WARNINGS) -Iinclude -Ilib -Icli -I$(O) -D_GNU_SOURCE \
	-DPGTOP_VERSION='"$(VERSION)"' $(if $(WERROR),-Werror) \
	$(if $(SAN),-fsanitize=address$(comma)undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer)
LIBS := libbpf libelf zlib json-c
LIB_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(LIBS) 2>/dev/null)
LIB_LDLIBS := $(shell $(PKG_CONFIG) --libs $(LIBS) 2>/dev/null)
ALL_CFLAGS += $(LIB_CFLAGS) $(CFLAGS)
ALL_LDFLAGS := $(if $(SAN),-fsanitize=address$(comma)undefined) $(LDFLAGS)

BPF_ARCH := $(if $(filter arm64,$(ARCH)),arm64,x86)
BPF_CFLAGS := -O2 -g --target=bpf -mcpu=v3 -D__TARGET_ARCH_$(BPF_ARCH) -Iinclude -Ibpf \
	-Wall -Wextra -Wno-unused-parameter -Wno-missing-declarations $(if $(WERROR),-Werror) \
	-idirafter /usr/include/$(shell $(CC) -print-multiarch 2>/dev/null)

LIB_SRCS := $(sort $(wildcard lib/*.c))
CLI_SRCS := $(sort $(wildcard cli/*.c))
BPF_SRCS := $(sort $(wildcard bpf/*.bpf.c))
UNIT_SRCS := $(sort $(wildcard tests/unit/test_*.c))
TOOL_SRCS := $(sort $(wildcard tests/tools/*.c))
PROG_SRCS := $(sort $(wildcard tests/progs/*.c))
LIB_OBJS := $(LIB_SRCS:%.c=$(O)/%.o)
CLI_OBJS := $(CLI_SRCS:%.c=$(O)/%.o)
SKELS := $(BPF_SRCS:bpf/%.bpf.c=$(O)/%.skel.h)
UNITS := $(UNIT_SRCS:%.c=$(O)/%)
TOOLS := $(TOOL_SRCS:%.c=$(O)/%)
PROGS := $(PROG_SRCS:%.c=$(O)/%)

.DELETE_ON_ERROR:
.SECONDARY:

all: $(O)/pgtop ## build pgtop

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

$(O)/libcli.a: $(filter-out %/main.o,$(CLI_OBJS))
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(O)/tests/unit/%: $(O)/tests/unit/%.o $(O)/libcli.a $(O)/libpgtop.a
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LDLIBS) -lcmocka -lm

# Small programs that make the machine do a known thing; linked statically, also run in the VM.
$(O)/tests/tools/%: tests/tools/%.c
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu17 $(WARNINGS) $(if $(WERROR),-Werror) -O2 -D_GNU_SOURCE \
		-Ilib -MMD -MP -MF $@.d -pthread -static -o $@ $<

# Test programs that use the library directly.
$(O)/tests/progs/%: $(O)/tests/progs/%.o $(O)/libpgtop.a
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LDLIBS)

tools: $(TOOLS) $(PROGS) ## build the workloads and programs the tests use

unit: $(UNITS) ## unit tests
	$(Q)CMOCKA_MESSAGE_OUTPUT=TAP UBSAN_OPTIONS=print_stacktrace=1 \
		prove $(PROVEFLAGS) --exec '' $(UNITS)

# The library once more, by clang: coverage for the fuzzer, both sanitizers.
FUZZ_RUNS ?= 200000
FUZZERS := $(patsubst %.c,$(O)/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_CFLAGS := $(filter-out -Werror -fsanitize=%,$(ALL_CFLAGS)) -Wno-format-nonliteral -O1 -g \
	-fno-omit-frame-pointer -fno-sanitize-recover=undefined
$(LIB_SRCS:%.c=$(O)/fuzz/%.o): | $(SKELS)
$(O)/fuzz/%.o: %.c
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CLANG) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link,address,undefined \
		-MMD -MP -c -o $@ $<

$(O)/fuzz/libpgtop.a: $(LIB_SRCS:%.c=$(O)/fuzz/%.o)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(O)/fuzz/tests/fuzz/%: $(O)/fuzz/tests/fuzz/%.o $(O)/fuzz/libpgtop.a
	$(call say,LD)
	$(Q)$(CLANG) -fsanitize=fuzzer,address,undefined -o $@ $^ $(LIB_LDLIBS)

fuzz: $(FUZZERS) ## a bounded number of inputs (FUZZ_RUNS) into each parser of outside text
	$(Q)FUZZ_RUNS=$(FUZZ_RUNS) prove -j2 $(PROVEFLAGS) --exec tests/fuzz/run $(FUZZERS)

lint: ## scripts, licence lines, white space, words that do not belong in public
	$(Q)failed=0; for t in shell spdx whitespace public-words; do \
		echo "  LINT    $$t"; tests/lint/$$t || failed=1; done; exit $$failed

format-check: ## all C files are formatted as .clang-format says
	$(Q)git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror

# What each target needs is installed first; the rest runs in a second make, which sees it.
demo: ## install what is missing, build, and run pgtop once on this machine
	@scripts/deps build
	@$(MAKE) --no-print-directory -j2 all $(O)/tests/tools/demo_load
	@scripts/demo $(O)/pgtop $(O)/tests/tools/demo_load

check: ## all tests: unit, fuzz, host (real BPF, as root), vm (arm64 in QEMU)
	@scripts/deps build check vm
	@$(MAKE) --no-print-directory -j2 all tools
	@$(MAKE) --no-print-directory lint format-check docs-check unit fuzz host-check
	@$(MAKE) --no-print-directory -j2 SAN=1 all tools
	@$(MAKE) --no-print-directory SAN=1 CHURN_SECONDS=5 STORM_EVENTS=200000 unit host-check
	@$(MAKE) --no-print-directory vm-check

HOST_TESTS := $(sort $(wildcard tests/host/*.t))
export MUST_RUN
host-check: $(O)/pgtop $(TOOLS) $(PROGS) ## tests with real BPF on this machine, as root
	$(Q)PGTOP=$(abspath $(O)/pgtop) TOOLS=$(abspath $(O)/tests/tools) \
		PROGS=$(abspath $(O)/tests/progs) SAN=$(SAN) prove $(PROVEFLAGS) $(HOST_TESTS)

# Everything the guest runs, in one directory that appears as /opt/pgtop in it.
ARM64_O := build/arm64
payload:
	@$(MAKE) --no-print-directory ARCH=arm64 O=$(ARM64_O) SAN= all tools
	$(Q)rm -rf build/payload && mkdir -p build/payload/bin
	$(Q)cp $(ARM64_O)/pgtop $(TOOL_SRCS:%.c=$(ARM64_O)/%) $(PROG_SRCS:%.c=$(ARM64_O)/%) \
		build/payload/bin

vm-check: payload ## tests in Debian's stock arm64 kernels (VM_MACHINES=, VM_TESTS= to choose)
	$(Q)O=build prove --timer $(PROVEFLAGS) tests/vm/run tests/vm/linmap-compare :: -p build/payload \
		$(if $(VM_TESTS),-t "$(VM_TESTS)") $(VM_MACHINES)

vm-shell: payload ## a root shell in the arm64 VM with pgtop in PATH
	$(Q)O=build tests/vm/boot -p build/payload --shell

bench: ## speed and memory, against other tools; figures for docs/benchmarks.md
	@scripts/deps build bench
	@$(MAKE) --no-print-directory all tools
	$(Q)for b in $(sort $(wildcard tests/bench/*.sh)); do \
		PGTOP=$(abspath $(O)/pgtop) TOOLS=$(abspath $(O)/tests/tools) \
		PROGS=$(abspath $(O)/tests/progs) bash $$b || exit 1; done

soak: ## the long tests: churn, storms of events
	@$(MAKE) --no-print-directory host-check SOAK=1
export SOAK

$(O)/docs/metrics: $(O)/docs/metrics.o $(O)/libpgtop.a
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LDLIBS)

docs: $(O)/docs/metrics ## write docs/metrics.md anew from the data model
	$(Q)$< > docs/metrics.md

docs-check: $(O)/docs/metrics
	@$< | cmp - docs/metrics.md || { echo "docs/metrics.md is stale: run 'make docs'"; false; }

install: all ## install below DESTDIR and PREFIX (/usr/local)
	install -D -m 755 $(O)/pgtop $(DESTDIR)$(PREFIX)/sbin/pgtop
	install -D -m 644 docs/pgtop.8 $(DESTDIR)$(PREFIX)/share/man/man8/pgtop.8
	install -D -m 644 cli/pgtop.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/pgtop

uninstall: ## remove what install installed
	rm -f $(DESTDIR)$(PREFIX)/sbin/pgtop $(DESTDIR)$(PREFIX)/share/man/man8/pgtop.8 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/pgtop

clean: ## remove the build directory
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | sort | expand -t 14

.PHONY: all tools docs docs-check unit fuzz lint format-check demo check host-check payload vm-check vm-shell bench soak install \
	uninstall clean help

-include $(LIB_OBJS:.o=.d) $(CLI_OBJS:.o=.d) $(BPF_SRCS:bpf/%.bpf.c=$(O)/%.bpf.d) \
	$(UNITS:=.d) $(TOOLS:=.d) $(PROGS:=.d) $(LIB_SRCS:%.c=$(O)/fuzz/%.d) $(FUZZERS:=.d)
