# SPDX-License-Identifier: GPL-2.0
# make              build/dockdrop
# make SANITIZE=1   build/san/dockdrop, with AddressSanitizer and UBSan
# make install      to PREFIX, under DESTDIR
# make demo         a failing ping between two containers, explained; FAULT=list names others
# make test         everything that checks it; ONLY=WORD runs what has WORD in its name
# make test-vm      the faults in virtual machines, other kernels and engines; KERNEL=6.1 takes one
# make soak         a thousand traces, half of them of a fault: memory, leftovers; ROUNDS=N takes 2 N
# make accuracy     makes every fault, writes docs/accuracy.md
# make fuzz         looks for inputs that break it, FUZZ_SECONDS for each fuzzer (900)
# make watch-soak   ten minutes of watch, with containers and the engine that come and go
# make check bench bpf clean distclean
#
# demo, test, test-vm, soak, accuracy, check and bench install what they need from Debian's packages, before anything is
# compiled; a plain make installs nothing.

PREFIX ?= /usr/local
CLANG ?= clang
BPFTOOL ?= bpftool
CFLAGS ?= -O2 -g
FAULT ?= nf-rule-drop

ARCHES = x86 arm64
ARCH ?= $(patsubst x86_64,x86,$(patsubst aarch64,arm64,$(shell uname -m)))

BPF_FLAGS = -O2 -g -target bpf -Wall -Wextra -Ivmlinux -Iinclude -Ibpf -MMD -MP
FLAGS = -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Iuser -Iinclude -Ibuild -MMD -MP
SANITIZER = -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LIBS = -lbpf -lelf -lz -lcurl -lcjson -lmnl -lnftables -lcap -lseccomp -lpcap -lncursesw

BPF = $(patsubst %.bpf.c,%.o,$(wildcard bpf/*.bpf.c))
LIB = $(patsubst %.c,%.o,$(wildcard user/*/*.c))
TESTS = $(patsubst %.c,%,$(wildcard tests/unit/test_*.c tests/replay/test_*.c))
LAB = $(addprefix build/lab/,image.tar fakeengine flood bpfdrop ctfill gate peak hold keep txoff blast \
	tc_drop.bpf.o xdp_drop.bpf.o)
FUZZERS = $(patsubst %.c,%,$(wildcard tests/fuzz/fuzz_*.c))

PACKAGES = gcc libc6-dev clang bpftool libbpf-dev libelf-dev zlib1g-dev libcurl4-openssl-dev \
	libcjson-dev libmnl-dev libnftables-dev libcap-dev libseccomp-dev libpcap-dev libncurses-dev \
	iproute2 iptables nftables jq kmod procps util-linux
TEST_PACKAGES = libcmocka-dev conntrack shellcheck tshark
BENCH_PACKAGES = bpftrace linux-perf # to be compared with; it does without, too

INSTALLING = $(filter demo test test-vm soak watch-soak fuzz accuracy check bench,$(MAKECMDGOALS))
DEPS = $(if $(INSTALLING),deps)

# "CC build/user/main.o" instead of the command; V=1 shows the command too.
Q = $(if $(V),,@)
run = @mkdir -p $(@D); printf '%-5s %s\n' $(1) $@

.PHONY: all deps bpf lab tests install demo test test-vm soak watch-soak fuzz accuracy check bench clean distclean
.DELETE_ON_ERROR:
.SECONDARY:

all: build/$(if $(SANITIZE),san/)dockdrop

deps:
	@tests/lab/deps.sh $(PACKAGES) $(if $(filter test check,$(INSTALLING)),$(TEST_PACKAGES))

# The kernel side: one object for each place, linked to one.

bpf: $(foreach arch,$(ARCHES),build/$(arch).bpf.o build/$(arch)/bpf/watch/watch.o)

define bpf_rules
build/$(1)/bpf/%.o: bpf/%.bpf.c | $(DEPS)
	$$(call run,BPF)
	$$(Q)$$(CLANG) $$(BPF_FLAGS) -D__TARGET_ARCH_$(1) -c -o $$@ $$<

build/$(1).bpf.o: $(addprefix build/$(1)/,$(BPF))
	$$(call run,LINK)
	$$(Q)$$(BPFTOOL) gen object $$@ $$^
endef
$(foreach arch,$(ARCHES),$(eval $(call bpf_rules,$(arch))))

build/dockdrop.skel.h: build/$(ARCH).bpf.o
	$(call run,GEN)
	$(Q)$(BPFTOOL) gen skeleton $< name dockdrop_bpf >$@

# That of watch and record is an object of its own: it has to be as little as it can.

build/watch.skel.h: build/$(ARCH)/bpf/watch/watch.o
	$(call run,GEN)
	$(Q)$(BPFTOOL) gen skeleton $< name watch_bpf >$@

# The user side, plain in build/ and with the sanitizers in build/san/.

define user_rules
$(1)/%.o: %.c | $(DEPS)
	$$(call run,CC)
	$$(Q)$$(CC) $$(FLAGS) $$(CFLAGS) $(2) -c -o $$@ $$<

$(1)/user/source/probe.o: build/dockdrop.skel.h
$(1)/user/source/drops.o: build/watch.skel.h

$(1)/libdockdrop.a: $(addprefix $(1)/,$(LIB))
	$$(call run,AR)
	$$(Q)rm -f $$@
	$$(Q)$$(AR) rcs $$@ $$^

$(1)/dockdrop: $(1)/user/main.o $(1)/libdockdrop.a
	$$(call run,LINK)
	$$(Q)$$(CC) $$(LDFLAGS) $(2) -o $$@ $$^ $$(LIBS)

$(addprefix $(1)/,$(TESTS)): %: %.o $(1)/libdockdrop.a
	$$(call run,LINK)
	$$(Q)$$(CC) $$(LDFLAGS) $(2) -o $$@ $$^ -lcmocka $$(LIBS)

tests: $(addprefix $(1)/,$(TESTS))
endef
$(eval $(call user_rules,build))
$(eval $(call user_rules,build/san,$(SANITIZER)))

# Fuzzers: their corpus is replayed with the sanitizers, and `make fuzz` looks for more with libFuzzer.

$(addprefix build/san/,$(FUZZERS)): build/san/%: build/san/%.o build/san/tests/fuzz/replay.o build/san/libdockdrop.a
	$(call run,LINK)
	$(Q)$(CC) $(LDFLAGS) $(SANITIZER) -o $@ $^ $(LIBS)

tests: $(addprefix build/san/,$(FUZZERS))

build/fuzz/%: tests/fuzz/%.c $(wildcard user/*/*.[ch] include/* tests/fuzz/*.h) build/dockdrop.skel.h build/watch.skel.h
	$(call run,FUZZ)
	$(Q)$(CLANG) $(filter-out -MMD -MP,$(FLAGS)) -w -g -O1 -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=undefined -o $@ $< user/*/*.c $(LIBS)

fuzz: $(patsubst tests/%,build/%,$(FUZZERS))
	@tests/fuzz/run.sh $^

# For the virtual machines: the same program, with the loader and the libraries of this machine,
# which a guest has in /dockdrop/lib.

build/vm/dockdrop: build/user/main.o build/libdockdrop.a
	$(call run,LINK)
	$(Q)$(CC) $(LDFLAGS) -Wl,--disable-new-dtags,-rpath,/dockdrop/lib \
		-Wl,--dynamic-linker,/dockdrop/lib/ld-linux-x86-64.so.2 -o $@ $^ $(LIBS)

install: build/dockdrop
	install -D -m 755 $< $(DESTDIR)$(PREFIX)/bin/dockdrop

# The lab: an engine that is unpacked and not installed, and what its containers run.

lab: $(LAB)

build/lab/engine.stamp: tests/lab/fetch.sh | $(DEPS)
	@tests/lab/fetch.sh $(@D) docker
	@touch $@

# For the tests alone.
build/lab/podman.stamp: tests/lab/fetch.sh | $(DEPS)
	@tests/lab/fetch.sh $(@D)/podman podman
	@touch $@

build/lab/%: tests/lab/%.c | $(DEPS)
	$(call run,CC)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -O2 -static -o $@ $<

build/lab/image.tar: tests/lab/image.sh build/lab/engine.stamp build/lab/udpecho
	$(call run,TAR)
	$(Q)tests/lab/image.sh build/lab/root/bin/busybox build/lab/udpecho $@

build/lab/%.bpf.o: tests/data/%.bpf.c tests/data/lab_packet.h | $(DEPS)
	$(call run,BPF)
	$(Q)$(CLANG) -O2 -g -target bpf -I/usr/include/$$($(CC) -print-multiarch) -c -o $@ $<

demo: build/dockdrop $(LAB)
	@tests/lab/demo.sh $(FAULT)

# Tests.

test: build/dockdrop build/san/dockdrop bpf tests $(LAB) build/lab/podman.stamp
	@tests/run.sh check unit unit-san replay functional

check: bpf
	@tests/run.sh check

test-vm: build/dockdrop build/vm/dockdrop $(LAB)
	@tests/vm/all.sh $(KERNEL)

soak: build/dockdrop $(LAB)
	@ROUNDS=$(or $(ROUNDS),500) tests/functional/soak.sh

accuracy: build/dockdrop $(LAB)
	@tests/accuracy.sh

bench: build/dockdrop $(LAB)
	@for package in $(BENCH_PACKAGES); do \
		tests/lab/deps.sh $$package || echo "bench: goes on without $$package"; done
	@tests/bench/trace.sh
	@tests/bench/storm.sh

watch-soak: build/dockdrop $(LAB)
	@SOAK=600 tests/functional/watch_soak.sh

# The machines' roots are kept.
clean:
	find build -mindepth 1 -maxdepth 1 ! -name vm -exec rm -rf {} +
	rm -f build/vm/dockdrop

distclean:
	rm -rf build

-include $(shell find build -path build/vm -prune -o -path build/lab -prune -o -name '*.d' -print 2>/dev/null)
