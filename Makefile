# sealmem: `make help` lists the targets, V=1 shows the commands.

VERSION	:= 0.1.0
MAJOR	:= $(firstword $(subst ., ,$(VERSION)))

# Yours to set: environment or command line, never edited by the rules below.
# Other flags want another build folder: make CC=clang O=build-clang
O		?= build
PREFIX		?= /usr/local
INCLUDEDIR	?= $(PREFIX)/include
LIBDIR		?= $(PREFIX)/lib
BINDIR		?= $(PREFIX)/bin
MANDIR		?= $(PREFIX)/share/man
# Empty: no units of systemd's are installed.
UNITDIR		?= $(PREFIX)/lib/systemd/system
ifeq ($(origin CC),default)
CC		:= gcc
endif
CFLAGS		?= -O2 -g
INSTALL		?= install
PKG_CONFIG	?= pkg-config
# address,undefined or thread; those builds have no shared library.
SANITIZE	?=
# What check-kernels boots, oldest first; arm64-16k too if it can be compiled.
KERNELS		?= 5.10 6.1 6.12 newest
# And check-pads, kernels that have the drivers of input devices.
PAD_KERNELS	?= 6.1-pads newest-pads
# clang can do it where Debian's cross compiler is not: that removes gcc-multilib.
CC_ARM64	?= $(if $(shell command -v aarch64-linux-gnu-gcc),\
	aarch64-linux-gnu-gcc,clang --target=aarch64-linux-gnu -fuse-ld=lld \
	-Wno-unused-command-line-argument)
QEMU_ARM64	?= qemu-aarch64-static
# What runs fuzz targets over files; empty for libFuzzer (fuzz/README.md).
FUZZ_MAIN	?= fuzz/standalone.c
# 1 makes warnings errors.
WERROR		?=
# Libraries that the command can do without: yes, no, or whether it is found.
HAVE_LIBEVDEV	?= $(call found,libevdev)
HAVE_JANSSON	?= $(call found,jansson)
HAVE_NCURSES	?= $(call found,ncursesw)
HAVE_LIBURING	?= $(call links,-luring)

found = $(shell $(PKG_CONFIG) --exists $(1) 2>/dev/null && echo yes || echo no)
links = $(shell echo 'int main(void) { return 0; }' | $(CC) $(CFLAGS) \
	$(LDFLAGS) -x c - -o /dev/null $(1) 2>/dev/null && echo yes || echo no)

# Ours: what the code needs to be correct, apart from what users may tune.
WARN := -Wall -Wextra -Wshadow -Wundef -Wvla -Wwrite-strings -Wconversion \
	-Wno-sign-conversion -Wstrict-prototypes -Wmissing-prototypes \
	-Werror=incompatible-pointer-types -Werror=unused-result \
	-Werror=implicit-function-declaration $(if $(WERROR),-Werror)
# ThreadSanitizer does not model fences; gcc says so each time it sees one.
ifneq ($(filter thread,$(SANITIZE)),)
WARN += $(if $(findstring clang,$(CC)),,-Wno-tsan)
endif
ALL_CFLAGS = -std=gnu17 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Iinclude -I. \
	$(WARN) -fvisibility=hidden -fPIC -pthread -MMD -MP \
	$(SANITIZE:%=-fsanitize=% -fno-sanitize-recover=all) \
	$(CPPFLAGS) $(CFLAGS)

ifeq ($(V),1)
Q	:=
say	 =
else
Q	:= @
say	 = @printf '  %-8s%s\n' $(1) $(2);
endif

LIB_OBJ	  := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard sealing/*.c lib/*.c)))
ROUTE_OBJ := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard selftests/routes/*.c)))
# What each optional library is for; all else is built everywhere.
TOOL_ALL  := $(wildcard tools/*.c tools/gamepad/*.c)
EVDEV_SRC := $(filter tools/gamepad/evdev%,$(TOOL_ALL))
JSON_SRC  := $(filter tools/json% tools/gamepad/json%,$(TOOL_ALL))
URING_SRC := $(filter tools/gamepad/uring%,$(TOOL_ALL))
CURSES_SRC := $(filter tools/gamepad/curses%,$(TOOL_ALL))
TOOL_SRC  := $(filter-out $(EVDEV_SRC) $(JSON_SRC) $(URING_SRC) \
	     $(CURSES_SRC),$(TOOL_ALL))
TESTS	  := $(patsubst %.c,$(O)/%,$(sort $(wildcard selftests/*_test.c)))
SH_TESTS  := $(sort $(wildcard selftests/*_test.sh))
# Not := since those that need libevdev may still go.
VM_TESTS  = $(filter-out %/harness_test,$(TESTS))
SNAPSHOT_TESTS = $(filter %_test,$(filter $(O)/selftests/snapshot%,$(TESTS)))
PAD_TESTS = $(filter $(O)/selftests/evdev%,$(TESTS))
VICTIM	  := $(O)/selftests/harness_victim
SANDBOX	  := $(O)/selftests/sandbox
FUZZERS	  := $(patsubst %.c,$(O)/%,$(sort $(wildcard fuzz/*_fuzzer.c)))
BENCHES	  := $(patsubst %.c,$(O)/%,$(sort $(wildcard bench/*_bench.c)))
LIB_A	  := $(O)/libsealmem.a
SO	  := $(O)/libsealmem.so.$(VERSION)
TOOL	  := $(O)/sealmem
MAN3	  := $(patsubst include/sealmem/%.h,$(O)/man/sealmem_%.3,\
	     $(filter-out %/sealmem.h,$(wildcard include/sealmem/*.h)))

ifeq ($(HAVE_LIBEVDEV),yes)
TOOL_SRC  += $(EVDEV_SRC)
TOOL_DEF  += -DHAVE_LIBEVDEV=1 $(shell $(PKG_CONFIG) --cflags libevdev)
TOOL_LIBS += $(shell $(PKG_CONFIG) --libs libevdev)
else
LEFT_OUT  += libevdev (real gamepads)
endif
ifeq ($(HAVE_JANSSON),yes)
TOOL_SRC  += $(JSON_SRC)
TOOL_DEF  += -DHAVE_JANSSON=1 $(shell $(PKG_CONFIG) --cflags jansson)
TOOL_LIBS += $(shell $(PKG_CONFIG) --libs jansson)
else
LEFT_OUT  += jansson (--json)
endif
ifeq ($(HAVE_NCURSES),yes)
TOOL_SRC  += $(CURSES_SRC)
TOOL_DEF  += -DHAVE_NCURSES=1 $(shell $(PKG_CONFIG) --cflags ncursesw)
TOOL_LIBS += $(shell $(PKG_CONFIG) --libs ncursesw)
else
LEFT_OUT  += ncursesw (the live view)
endif
URING	  := $(HAVE_LIBURING)
ifeq ($(URING),yes)
TOOL_SRC  += $(URING_SRC)
TOOL_DEF  += -DHAVE_LIBURING=1
TOOL_LIBS += -luring
else
LEFT_OUT  += liburing (waiting for pads by io_uring)
endif
TOOL_OBJ  := $(patsubst %.c,$(O)/%.o,$(sort $(TOOL_SRC)))
# What tests and measures parts of the command; evdev* read devices.
IN_TOOL	  := $(filter $(O)/selftests/evdev% $(O)/selftests/watch% \
	     $(O)/bench/evdev% $(O)/fuzz/evdev%,$(TESTS) $(BENCHES) $(FUZZERS))
ifneq ($(HAVE_LIBEVDEV),yes)
TESTS	  := $(filter-out $(O)/selftests/evdev%,$(TESTS))
BENCHES	  := $(filter-out $(O)/bench/evdev%,$(BENCHES))
FUZZERS	  := $(filter-out $(O)/fuzz/evdev%,$(FUZZERS))
endif

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all demo check check-built check-kernels check-pads check-models \
	check-arm64 tests vm-tests pad-tests snapshot-tests soak-pads fuzz bench \
	man install uninstall format clean help FORCE

## all:        build the libraries, the command and the man pages
all: $(LIB_A) $(if $(SANITIZE),,$(SO)) $(TOOL) man

## demo:       pads shared through a sealed region, then an attack on it
demo: $(TOOL)
	$(Q)scripts/demo $(TOOL)

## check:      install what the tests need (Debian, root), then run them all
check:
	$(Q)scripts/install-deps check
	$(Q)$(MAKE) --no-print-directory check-built

## check-built: run the tests with what there is; ONLY=PATTERN selects
check-built: tests
	$(Q)O='$(O)' CC='$(CC)' CFLAGS='$(CFLAGS)' SANITIZE='$(SANITIZE)' \
		scripts/run-selftests '$(ONLY)' $(TESTS) $(SH_TESTS)

## check-kernels: the C tests on Debian's kernels, under qemu; KERNELS selects
check-kernels:
	$(Q)scripts/install-deps kernels
	$(Q)$(MAKE) --no-print-directory vm-tests O='$(O)/static' \
		LDFLAGS='$(LDFLAGS) -static' SANITIZE=
	$(if $(filter arm64%,$(KERNELS)),$(Q)! $(arm64_builds) || \
		$(MAKE) --no-print-directory vm-tests $(arm64_flags))
	$(Q)O='$(O)' TESTS='$(notdir $(VM_TESTS))' CC_ARM64='$(CC_ARM64)' \
		scripts/check-kernels $(KERNELS)

vm-tests: $(VM_TESTS)

# An archive of one kind of program is as good as any: lld needs no index. The
# libraries that are found here are not for arm64.
arm64_flags = O='$(O)/static-arm64' CC='$(CC_ARM64)' SANITIZE= \
	HAVE_LIBEVDEV=no HAVE_JANSSON=no HAVE_NCURSES=no HAVE_LIBURING=no \
	AR='$(if $(filter %gcc,$(CC_ARM64)),$(CC_ARM64:gcc=ar),ar)' \
	LDFLAGS='$(LDFLAGS) -static'
arm64_builds = echo 'int main(void) { return 0; }' | \
	$(CC_ARM64) -static -x c -o /dev/null - 2>/dev/null

## check-pads: the gamepad tests on real input devices, under qemu
check-pads:
	$(Q)scripts/install-deps pads
	$(Q)$(MAKE) --no-print-directory pad-tests O='$(O)/static' \
		LDFLAGS='$(LDFLAGS) -static' SANITIZE=
	$(Q)O='$(O)' TESTS='$(notdir $(PAD_TESTS))' RESULTS=pads \
		WITH='$(O)/static/sealmem' scripts/check-kernels $(PAD_KERNELS)

pad-tests: $(PAD_TESTS) $(TOOL)

## soak-pads:  16 emulated pads at 1 kHz and 8 readers for SECONDS (60)
soak-pads: $(TOOL)
	$(Q)O='$(O)' CC='$(CC)' scripts/soak-pads $(SECONDS)

## check-models: the snapshot protocol under memory models of C11, ARM and others
check-models:
	$(Q)scripts/install-deps models
	$(Q)O='$(O)' scripts/check-models

## check-arm64: the snapshot tests as programs for arm64, under qemu
check-arm64:
	$(Q)scripts/install-deps arm64
	$(Q)if ! $(arm64_builds) || ! command -v $(QEMU_ARM64) >/dev/null; then \
		echo 'Skipped: no compiler for arm64, or no $(QEMU_ARM64)'; \
		echo '0 passed, 0 failed, 1 skipped'; \
	else \
		$(MAKE) --no-print-directory snapshot-tests $(arm64_flags) && \
		O='$(O)/static-arm64' RUNNER='$(QEMU_ARM64)' \
			scripts/run-selftests '$(ONLY)' $(patsubst \
			$(O)/%,$(O)/static-arm64/%,$(SNAPSHOT_TESTS)); \
	fi

snapshot-tests: $(SNAPSHOT_TESTS)

## tests:      build the tests without running them
tests: all $(TESTS) $(VICTIM) $(SANDBOX) $(FUZZERS)

## fuzz:       replay every fuzz target's corpus
fuzz: $(FUZZERS)
	$(Q)for f in $^; do $$f fuzz/corpus/$$(basename $$f _fuzzer) || exit; done

## bench:      run the benchmarks
bench: $(BENCHES)
	$(Q)for b in $^; do $$b || exit; done

## man:        make the section 3 pages out of the public headers
man: $(MAN3)

## install:    install under DESTDIR and PREFIX
install: all
	$(Q)$(INSTALL) -d $(DESTDIR)$(INCLUDEDIR)/sealmem \
		$(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(BINDIR) \
		$(UNITDIR:%=$(DESTDIR)%) \
		$(addprefix $(DESTDIR)$(MANDIR)/man,1 3 7)
	$(Q)$(INSTALL) -m 644 include/sealmem/*.h $(DESTDIR)$(INCLUDEDIR)/sealmem
	$(Q)$(INSTALL) -m 644 $(LIB_A) $(DESTDIR)$(LIBDIR)
	$(Q)$(INSTALL) -m 755 $(SO) $(DESTDIR)$(LIBDIR)
	$(Q)ln -sf $(notdir $(SO)) $(DESTDIR)$(LIBDIR)/libsealmem.so.$(MAJOR)
	$(Q)ln -sf libsealmem.so.$(MAJOR) $(DESTDIR)$(LIBDIR)/libsealmem.so
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' \
		-e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' \
		lib/sealmem.pc.in > $(O)/sealmem.pc
	$(Q)$(INSTALL) -m 644 $(O)/sealmem.pc $(DESTDIR)$(LIBDIR)/pkgconfig
	$(Q)$(INSTALL) -m 755 $(TOOL) $(DESTDIR)$(BINDIR)
	$(Q)sed 's|@BINDIR@|$(BINDIR)|' tools/gamepad/sealmem-gamepad.service \
		> $(O)/sealmem-gamepad.service
	$(if $(UNITDIR),$(Q)$(INSTALL) -m 644 $(O)/sealmem-gamepad.service \
		tools/gamepad/sealmem-gamepad.socket $(DESTDIR)$(UNITDIR))
	$(Q)$(INSTALL) -m 644 man/sealmem.1 $(DESTDIR)$(MANDIR)/man1
	$(Q)$(INSTALL) -m 644 $(MAN3) $(DESTDIR)$(MANDIR)/man3
	$(Q)$(INSTALL) -m 644 man/sealmem.7 $(DESTDIR)$(MANDIR)/man7

## uninstall:  remove what install installed
uninstall:
	$(Q)$(RM) -r $(DESTDIR)$(INCLUDEDIR)/sealmem
	$(Q)$(RM) $(DESTDIR)$(LIBDIR)/libsealmem.* $(DESTDIR)$(BINDIR)/sealmem \
		$(DESTDIR)$(LIBDIR)/pkgconfig/sealmem.pc \
		$(addprefix $(UNITDIR:%=$(DESTDIR)%/sealmem-gamepad.),service socket) \
		$(DESTDIR)$(MANDIR)/man1/sealmem.1 \
		$(DESTDIR)$(MANDIR)/man7/sealmem.7 \
		$(addprefix $(DESTDIR)$(MANDIR)/man3/,$(notdir $(MAN3)))

## format:     let clang-format lay out the library
format:
	$(Q)clang-format -i include/sealmem/*.h lib/*.[ch] sealing/*.[ch]

## clean:      remove the build folder
clean:
	$(call say,CLEAN,$(O))$(RM) -r $(O)

## help:       this list
help:
	@sed -n 's/^## /  /p' $(firstword $(MAKEFILE_LIST))
	@echo 'Set CC CFLAGS O PREFIX DESTDIR SANITIZE WERROR V as you like.'

$(O)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(ALL_CFLAGS) -c -o $@ $<

OPTIONAL = $(HAVE_LIBEVDEV) $(HAVE_JANSSON) $(HAVE_NCURSES) $(URING)
# Changes when a library comes or goes, and makes anew what uses it.
$(O)/optional: FORCE
	@mkdir -p $(@D)
	@echo '$(OPTIONAL)' | cmp -s - $@ || echo '$(OPTIONAL)' > $@
FORCE:

$(O)/tools/%.o: ALL_CFLAGS += $(TOOL_DEF)
$(TOOL_OBJ): $(O)/optional

$(LIB_A): $(LIB_OBJ)
	$(call say,AR,$@)$(RM) $@ && $(AR) rcs $@ $^

$(SO): $(LIB_OBJ) lib/libsealmem.map
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -shared \
		-Wl,-soname,libsealmem.so.$(MAJOR) -Wl,-z,defs \
		-Wl,--version-script=lib/libsealmem.map -o $@ $(LIB_OBJ)

$(TOOL): $(TOOL_OBJ) $(ROUTE_OBJ) $(LIB_A)
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ \
		$(filter %.o %.a,$^) $(TOOL_LIBS)
	$(if $(LEFT_OUT),@echo '  sealmem is built without: $(LEFT_OUT)')

$(O)/man/sealmem_%.3: include/sealmem/%.h scripts/header-to-man \
		scripts/kernel-doc.awk man/sealmem.7
	@mkdir -p $(@D)
	$(call say,MAN,$@)scripts/header-to-man $(VERSION) $< > $@

# The harness fits every kind of test; a file need not use all of it.
TEST_CFLAGS := -Wno-conversion

define program
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(ALL_CFLAGS) $(TEST_CFLAGS) $(LDFLAGS) \
		-o $@ $< $(filter %.o,$^) $(LIB_A) $(LINK)
endef

$(O)/selftests/%: selftests/%.c $(LIB_A)
	$(program)
$(O)/bench/%: bench/%.c $(LIB_A)
	$(program)
$(O)/fuzz/%: fuzz/%.c $(FUZZ_MAIN:%.c=$(O)/%.o) $(LIB_A)
	$(program)

# What a test needs beyond the library.
$(IN_TOOL): $(filter-out $(O)/tools/main.o,$(TOOL_OBJ)) $(ROUTE_OBJ)
$(IN_TOOL): TEST_CFLAGS += $(TOOL_DEF)
$(IN_TOOL): LINK := $(TOOL_LIBS)
$(O)/fuzz/mapping_fuzzer: $(O)/tools/gamepad/mapping_text.o
IN_A_RING := $(O)/selftests/snapshot_ring_test $(O)/bench/wait_bench
$(IN_A_RING): $(O)/optional
ifeq ($(URING),yes)
$(IN_A_RING): TEST_CFLAGS += -DHAVE_LIBURING=1
$(IN_A_RING): LINK := -luring
endif
$(O)/selftests/attack_test $(O)/selftests/attack_judge_test \
		$(O)/selftests/attack_design_test \
		$(O)/selftests/scenario_test: $(ROUTE_OBJ)
$(filter $(O)/selftests/evdev_source%,$(TESTS)): \
	LINK := $(TOOL_LIBS) -Wl,--wrap=open64 -Wl,--wrap=open
INJECTED := fcntl64 fchmod ftruncate64 pwrite64 mmap64 madvise open64 fstat64 \
	fstatfs64 lseek64 memfd_create getrandom getrlimit64
$(O)/selftests/failure_test: LINK := $(INJECTED:%=-Wl,--wrap=%)
UNKEPT := pthread_atfork malloc calloc realloc mmap64 mincore
$(O)/selftests/tracker_failure_test: LINK := $(UNKEPT:%=-Wl,--wrap=%)
UNHAD := calloc aligned_alloc mmap64
$(O)/selftests/gamepad_provider_call_test: LINK := $(UNHAD:%=-Wl,--wrap=%)
$(O)/selftests/structured_test: LINK := -Wl,--wrap=mmap64

-include $(LIB_OBJ:.o=.d) $(TOOL_OBJ:.o=.d) $(ROUTE_OBJ:.o=.d) $(TESTS:=.d) \
	$(VICTIM).d $(SANDBOX).d $(FUZZERS:=.d) $(BENCHES:=.d)
