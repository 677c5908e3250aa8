# SPDX-License-Identifier: GPL-2.0-only
#
# pgtop: how far the TLB of a Linux machine reaches.  `make help` lists targets.
#
# O=DIR        build directory (build; build/ARCH for another architecture, build/san)
# ARCH=arm64   target architecture (the build machine's); CROSS_COMPILE= as the kernel's
# V=1          show commands         WERROR=1  warnings are errors
# SAN=1        address and undefined-behaviour sanitizers
# PREFIX=, DESTDIR=  for install
# CC, CLANG, CFLAGS, CPPFLAGS, LDFLAGS  as usual; what a change of them touches is built again
#
# Tests and benchmarks are in tests/tests.mk, the kernel series in kernel/kernel.mk.

VERSION := 0.2.0-dev

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
LLVM_STRIP ?= llvm-strip
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
ifeq ($(origin CC),default)
CC := $(CROSS_COMPILE)gcc
endif
AR := $(CROSS_COMPILE)ar

comma := ,
quote := '
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s%s\n' $(1) $(patsubst $(O)/%,%,$@))

CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wno-unused-parameter -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wformat=2
# Debug data names files as seen from here, so that a program is the same wherever it is built.
PREFIX_MAP = -ffile-prefix-map=$(abspath $(O))=build -ffile-prefix-map=$(CURDIR)=.
LIBS := libbpf libelf zlib json-c
CLI_LIBS := ncursesw
DAEMON_LIBS := libsystemd inih
LIB_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(LIBS) 2>/dev/null)
LIB_LDLIBS := $(shell $(PKG_CONFIG) --libs $(LIBS) 2>/dev/null)
CLI_CFLAGS := $(shell $(PKG_CONFIG) --cflags-only-I $(CLI_LIBS) 2>/dev/null)
CLI_LDLIBS := $(shell $(PKG_CONFIG) --libs $(CLI_LIBS) 2>/dev/null)
STATIC_LDLIBS := $(shell $(PKG_CONFIG) --static --libs $(CLI_LIBS) $(LIBS) 2>/dev/null)
DAEMON_LDLIBS := $(shell $(PKG_CONFIG) --libs $(DAEMON_LIBS) 2>/dev/null) -lm
ALL_CFLAGS := -std=gnu17 $(WARNINGS) -Iinclude -Ilib -I$(O) -D_GNU_SOURCE \
	$(if $(WERROR),-Werror) \
	$(if $(SAN),-fsanitize=address$(comma)undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer) $(PREFIX_MAP) $(LIB_CFLAGS) $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS := $(if $(SAN),-fsanitize=address$(comma)undefined) $(LDFLAGS)

BPF_ARCH := $(if $(filter arm64,$(ARCH)),arm64,x86)
BPF_CFLAGS := -O2 -g --target=bpf -mcpu=v3 -D__TARGET_ARCH_$(BPF_ARCH) -Iinclude -Ibpf \
	-Wall -Wextra -Wno-unused-parameter -Wno-missing-declarations $(if $(WERROR),-Werror) \
	$(PREFIX_MAP) $(LIB_CFLAGS) $(CPPFLAGS) \
	-idirafter /usr/include/$(shell $(CC) -print-multiarch 2>/dev/null)

LIB_SRCS := $(sort $(wildcard lib/*.c lib/*/*.c))
CLI_SRCS := $(sort $(wildcard cli/*.c cli/*/*.c))
DAEMON_SRCS := $(sort $(wildcard daemon/*.c daemon/*/*.c))
OPENER_SRCS := $(sort $(wildcard opener/*.c))
BPF_SRCS := $(sort $(wildcard bpf/*.bpf.c))
LIB_OBJS := $(LIB_SRCS:%.c=$(O)/%.o)
CLI_OBJS := $(CLI_SRCS:%.c=$(O)/%.o)
DAEMON_OBJS := $(DAEMON_SRCS:%.c=$(O)/%.o)
OPENER_OBJS := $(OPENER_SRCS:%.c=$(O)/%.o)
SKELS := $(BPF_SRCS:bpf/%.bpf.c=$(O)/%.skel.h)

.DELETE_ON_ERROR:
.SECONDARY:

all: $(O)/pgtop $(O)/pgtopd $(O)/pgtop-opener ## build pgtop, pgtopd and its opener

# What is missing is named, with its package, before anything is compiled.
lacks = CC='$(CC)' CLANG='$(CLANG)' BPFTOOL='$(BPFTOOL)' PKG_CONFIG='$(PKG_CONFIG)' \
	FOREIGN=$(if $(MULTIARCH),$(ARCH)) scripts/lacks
lacking := $(if $(shell $(lacks) build 2>&1),lacking-build)
lacking-%:
	@! $(lacks) $* >&2 || echo '$(lacks) $*: cannot say what is missing' >&2; false

# $(eval $(call flags,FILE,TEXT)): FILE holds TEXT, what commands of a kind are made of, and is
# written anew only when that changes. What these commands make depends on it.
differ = $(subst x$(1)x,,x$(2)x)$(subst x$(2)x,,x$(1)x)
define flags
$(1): $(if $(call differ,$(strip $(file <$(1))),$(strip $(2))),FORCE) | $(lacking)
	@mkdir -p $$(@D) && printf '%s\n' '$(subst $$,$$$$,$(subst ','\'',$(strip $(2))))' >$$@
endef
FORCE:

$(eval $(call flags,$(O)/version.h,#define PGTOP_VERSION "$(VERSION)"))
$(eval $(call flags,$(O)/flags/cc,$(CC) $(ALL_CFLAGS) $(CLI_CFLAGS)))
$(eval $(call flags,$(O)/flags/ld,$(CC) $(ALL_LDFLAGS) $(LIB_LDLIBS) $(CLI_LDLIBS) $(DAEMON_LDLIBS)))
$(eval $(call flags,$(O)/flags/static,$(CC) $(ALL_LDFLAGS) $(STATIC_LDLIBS)))
$(eval $(call flags,$(O)/flags/ar,$(AR) $(LIB_OBJS) $(CLI_OBJS) $(DAEMON_OBJS)))
$(eval $(call flags,$(O)/flags/bpf,$(CLANG) $(BPF_CFLAGS) $(BPFTOOL)))

link_alone = $(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^)
link = $(link_alone) $(LIB_LDLIBS)
archive = $(Q)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

$(O)/pgtop: $(CLI_OBJS) $(O)/libpgtop.a $(O)/flags/ld
	$(call say,LD)
	$(link) $(CLI_LDLIBS)

static: $(O)/static/pgtop ## build/static/pgtop: one file that needs no library, to copy to a machine

# Without debug data: it is copied over networks.
$(O)/static/pgtop: $(CLI_OBJS) $(O)/libpgtop.a $(O)/flags/static
	$(call say,LD)
	$(Q)mkdir -p $(@D)
	$(link_alone) -static -s $(STATIC_LDLIBS)

$(O)/pgtopd: $(O)/daemon/main.o $(O)/libdaemon.a $(O)/libpgtop.a $(O)/flags/ld
	$(call say,LD)
	$(link) $(DAEMON_LDLIBS)

# It has CAP_SYS_ADMIN: of libraries only that of C is in it.
$(O)/pgtop-opener: $(OPENER_OBJS) $(O)/flags/ld
	$(call say,LD)
	$(link_alone)

$(O)/libpgtop.a: $(LIB_OBJS) $(O)/flags/ar
	$(call say,AR)
	$(archive)

$(O)/libdaemon.a: $(filter-out %/main.o,$(DAEMON_OBJS)) $(O)/flags/ar
	$(call say,AR)
	$(archive)

$(O)/libcli.a: $(filter-out %/main.o,$(CLI_OBJS)) $(O)/flags/ar
	$(call say,AR)
	$(archive)

# Never the other way round: pgtop includes nothing of pgtopd's.
$(CLI_OBJS): private ALL_CFLAGS += -Icli $(CLI_CFLAGS)
$(DAEMON_OBJS): private ALL_CFLAGS += -Idaemon

# A header that is made must exist before the first compilation; afterwards the .d files know who
# needs it.
$(LIB_OBJS): | $(SKELS)

$(O)/%.o: %.c $(O)/flags/cc | $(O)/version.h
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# bpftool leaves out DWARF; what CO-RE needs is BTF.
$(O)/%.bpf.o: bpf/%.bpf.c $(O)/flags/bpf
	$(call say,BPF)
	$(Q)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $(@:.o=.d) -MT $@ -c -o $@.dwarf $< && \
		$(BPFTOOL) gen object $@ $@.dwarf && rm $@.dwarf

$(O)/%.skel.h: $(O)/%.bpf.o
	$(call say,SKEL)
	$(Q)$(BPFTOOL) gen skeleton $< name $(notdir $*)_bpf > $@

include tests/tests.mk kernel/kernel.mk

# What each target needs is installed first; the rest runs in a second make, which sees it.
demo: ## install what is missing, build, and run pgtop once on this machine
	@scripts/deps build
	@$(MAKE) --no-print-directory -j2 all $(O)/tests/tools/demo_load
	@scripts/demo $(O)/pgtop $(O)/tests/tools/demo_load

$(O)/docs/metrics: $(O)/docs/metrics.o $(O)/libpgtop.a $(O)/flags/ld
	$(call say,LD)
	$(link)

docs: $(O)/docs/metrics ## write docs/metrics.md and pgtop-metrics(7) from the tables
	$(Q)$< > $<.md && $< man > $<.7 && cp $<.md docs/metrics.md && cp $<.7 docs/pgtop-metrics.7

docs-check: $(O)/docs/metrics
	@$< | cmp - docs/metrics.md && $< man | cmp - docs/pgtop-metrics.7 || \
		{ echo "stale: run 'make docs'"; false; }

MANS := $(sort $(wildcard docs/*.[578]))
UNIT_DIR = $(PREFIX)/lib/systemd/system
COMPLETIONS = $(PREFIX)/share/bash-completion/completions
DASHBOARDS = dashboards/rules.yml dashboards/pgtop.json
INSTALLED = $(PREFIX)/sbin/pgtop $(PREFIX)/sbin/pgtopd $(COMPLETIONS)/pgtop \
	$(foreach m,$(MANS),$(PREFIX)/share/man/man$(subst .,,$(suffix $(m)))/$(notdir $(m))) \
	$(addprefix $(UNIT_DIR)/,pgtopd.service pgtop-opener.socket pgtop-opener@.service) \
	$(PREFIX)/libexec/pgtop-opener $(PREFIX)/lib/sysusers.d/pgtop.conf \
	$(PREFIX)/lib/tmpfiles.d/pgtop.conf $(DASHBOARDS:dashboards/%=$(PREFIX)/share/pgtop/%)

install: all ## install below DESTDIR and PREFIX (/usr/local); configuration in /etc
	install -d $(DESTDIR)$(UNIT_DIR) $(DESTDIR)/etc/pgtop/pgtopd.conf.d
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/sbin $(O)/pgtop $(O)/pgtopd
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/libexec $(O)/pgtop-opener
	for m in $(MANS); do install -D -m 644 -t \
		$(DESTDIR)$(PREFIX)/share/man/man$${m##*.} $$m || exit 1; done
	install -D -m 644 cli/pgtop.bash $(DESTDIR)$(COMPLETIONS)/pgtop
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/pgtop $(DASHBOARDS)
	for unit in pgtopd.service pgtop-opener@.service; do \
		sed 's,@sbindir@,$(PREFIX)/sbin,; s,@libexecdir@,$(PREFIX)/libexec,' \
			systemd/$$unit.in >$(DESTDIR)$(UNIT_DIR)/$$unit && \
		chmod 644 $(DESTDIR)$(UNIT_DIR)/$$unit || exit 1; done
	install -m 644 systemd/pgtop-opener.socket $(DESTDIR)$(UNIT_DIR)/pgtop-opener.socket
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

# What lint looks at is what git knows of: it fails where git does not know this tree.
in_git = git ls-files --error-unmatch Makefile >/dev/null 2>&1 || \
	{ echo "$@: this is not a git checkout, there is nothing to look at" >&2; exit 1; }

# The time stamps and the owner in it are the commit's, so that it is always the same.
DIST = pgtop-$(VERSION)
dist: ## pgtop-VERSION.tar.xz of the commit that is checked out, the same to the byte each time
	$(Q)$(in_git)
	$(Q)git diff --quiet HEAD && git show HEAD:Makefile | grep -qx 'VERSION := $(VERSION)' || \
		{ echo "dist: the tree differs from the commit that is checked out" >&2; false; }
	$(Q)mkdir -p $(O) && git -c tar.umask=0022 archive --prefix=$(DIST)/ -o $(O)/$(DIST).tar HEAD && \
		xz -9 -T1 <$(O)/$(DIST).tar >$(DIST).tar.xz && rm $(O)/$(DIST).tar
	@echo "$(DIST).tar.xz: commit $$(git rev-parse --short HEAD)"

SUITE ?= bookworm
deb: dist ## Debian packages in build/deb/SUITE, as root: SUITE=bookworm (Debian 12) or trixie (13); ARCH=
	$(Q)scripts/deb -s $(SUITE) -a $(subst x86_64,amd64,$(ARCH)) -o $(O)/deb/$(SUITE) $(DIST).tar.xz

release-check: ## the gates of a release, one after the other (hours); scripts/release-check -l lists them
	$(Q)O=$(O) scripts/release-check

clean: ## remove the build directory (O=)
	@test ! -e $(O)/Makefile || { echo "clean: $(O) holds sources" >&2; false; }
	rm -rf $(O)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile tests/tests.mk kernel/kernel.mk | sort | awk -F '\t' '{ \
		n = split($$2, word, " "); line = sprintf("%-14s", $$1); \
		for (i = 1; i <= n; i++) { \
			if (length(line) + length(word[i]) > 78) { print line; line = sprintf("%14s", "") } \
			line = line " " word[i] } \
		print line }'

.PHONY: all static demo docs docs-check dist deb release-check install uninstall clean help FORCE

-include $(LIB_OBJS:.o=.d) $(CLI_OBJS:.o=.d) $(DAEMON_OBJS:.o=.d) $(OPENER_OBJS:.o=.d) \
	$(BPF_SRCS:bpf/%.bpf.c=$(O)/%.bpf.d) \
	$(O)/docs/metrics.d
