# SPDX-License-Identifier: GPL-2.0-or-later
# Userspace part of the build; included by the top Makefile, paths are relative to it.
#
# Sources are found by wildcard. Every directory but daemon/main.c and cli/main.c goes into a
# static archive, so that unit tests, the simulator and the fuzzers link what they test:
#   libikev2.a   everything ikevtid is made of      libcli.a   what only ikevtictl needs
# The plugin of iproute2, build/link_ikevti.so, stands alone: what it calls is in ip.
# One set of objects per flavour: release (build/obj), asan (build/asan, ASan and UBSan),
# fuzz (build/fuzz, clang's libFuzzer) and clang (build/clang, compiled for its warnings only).

LIB_DIRS := util wire crypto ike pki eap config control kernel store net daemon
LIB_SRCS := $(filter-out userspace/daemon/main.c,\
	$(foreach d,$(LIB_DIRS),$(wildcard userspace/$(d)/*.c)))
CLI_SRCS := $(filter-out userspace/cli/main.c,$(wildcard userspace/cli/*.c))
DAEMON_MAIN := $(wildcard userspace/daemon/main.c)
CLI_MAIN := $(wildcard userspace/cli/main.c)
UNIT_SRCS := $(wildcard userspace/tests/unit/test_*.c)
UNIT_LIB_SRCS := $(filter-out $(UNIT_SRCS),$(wildcard userspace/tests/unit/*.c))
SIM_SRCS := $(wildcard userspace/tests/sim/*.c)
FUZZ_SRCS := $(wildcard userspace/tests/fuzz/fuzz_*.c)
FUZZ_LIB_SRCS := $(filter-out $(FUZZ_SRCS),$(wildcard userspace/tests/fuzz/*.c))
# a file with a main() is a program, the others are shared by all of them
TOOL_ALL_SRCS := $(wildcard selftests/tools/*.c)
TOOL_SRCS := $(if $(TOOL_ALL_SRCS),$(shell grep -lw '^int main' $(TOOL_ALL_SRCS)))
TOOL_LIB_SRCS := $(filter-out $(TOOL_SRCS),$(TOOL_ALL_SRCS)) $(wildcard selftests/tools/lib/*.c)

PKGS := jansson libmnl libevent_core libevent_extra libcrypto libcap-ng libseccomp
PKG_CONFIG ?= pkg-config
# asked for only when something is built, so that `make help` needs none of them
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(shell $(PKG_CONFIG) --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS = $(eval PKG_LIBS := $$(shell $(PKG_CONFIG) --libs $(PKGS)))$(PKG_LIBS)

WARNINGS := -Wall -Wextra $(if $(WERROR),-Werror) -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wvla -Wpointer-arith -Wwrite-strings -Wformat=2 -Wundef \
	-Wimplicit-fallthrough -Wno-unused-parameter
# the empty value of _GNU_SOURCE agrees with a plain #define in a file
US_CPPFLAGS = -Iuserspace -Iuapi -Ibuild/gen -D_GNU_SOURCE= -DIKEVTI_VERSION='"$(VERSION)"' \
	-DIKEVTI_CONFDIR='"$(sysconfdir)/ikevti"' -DIKEVTI_RUNDIR='"$(runstatedir)/ikevti"' \
	$(PKG_CFLAGS)
US_CFLAGS := -std=gnu11 $(WARNINGS) -fno-strict-aliasing -fPIE
US_LDFLAGS := -pie -Wl,--as-needed -Wl,-z,relro -Wl,-z,now
# a level of one's own counts
HARDEN := $(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),,-U_FORTIFY_SOURCE \
	-D_FORTIFY_SOURCE=2) -fstack-protector-strong -fstack-clash-protection \
	$(if $(filter x86_64-% i%86-%,$(shell $(CC) -dumpmachine 2>/dev/null)),-fcf-protection)

SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# $(call flavour,name,directory of objects,compiler variable,cflags,ldflags)
define flavour
$(1)_DIR := $(2)
$(1)_LIBS := $(2)/libcli.a $(2)/libikev2.a

$(2)/%.o: %.c $$(MAKEFILES_USED) | toolchain
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)$$($(3)) $$(US_CPPFLAGS) $$(CPPFLAGS) $$(US_CFLAGS) $(4) $$(CFLAGS) \
		-MMD -MP -c -o $$@ $$<

$(2)/libikev2.a: $$(LIB_SRCS:%.c=$(2)/%.o)
$(2)/libcli.a: $$(CLI_SRCS:%.c=$(2)/%.o)
$(2)/libunit.a: $$(UNIT_LIB_SRCS:%.c=$(2)/%.o)
$(2)/libtool.a: $$(TOOL_LIB_SRCS:%.c=$(2)/%.o)
$(2)/libikev2.a $(2)/libcli.a $(2)/libunit.a $(2)/libtool.a: $$(MAKEFILES_USED)
	@mkdir -p $$(@D); rm -f $$@
	$$(call say,AR,$$@)$$(AR) rcsD $$@ $$(filter %.o,$$^)

$(1)_LINK = $$(call say,LD,$$@)$$($(3)) $(4) $$(CFLAGS) $$(US_LDFLAGS) $(5) $$(LDFLAGS) -o $$@
DEPS += $$(ALL_SRCS:%.c=$(2)/%.d)
endef

PLUGIN_SRCS := $(wildcard userspace/iproute2/*.c)
ALL_SRCS := $(LIB_SRCS) $(CLI_SRCS) $(DAEMON_MAIN) $(CLI_MAIN) $(UNIT_SRCS) $(UNIT_LIB_SRCS) \
	$(PLUGIN_SRCS) $(SIM_SRCS) $(FUZZ_SRCS) $(FUZZ_LIB_SRCS) $(TOOL_SRCS) $(TOOL_LIB_SRCS)
DEPS :=
CLANG ?= clang
$(eval $(call flavour,release,build/obj,CC,-O2 -g $(HARDEN)))
$(eval $(call flavour,asan,build/asan,CC,-O1 -g $(SAN)))
$(eval $(call flavour,fuzz,build/fuzz,CLANG,-O1 -g $(SAN) -fsanitize=fuzzer-no-link,-fsanitize=fuzzer))
$(eval $(call flavour,clang,build/clang,CLANG,-O2 -g $(HARDEN)))

# ---- programs -----------------------------------------------------------------------------

PROGRAMS := $(if $(DAEMON_MAIN),build/ikevtid) $(if $(CLI_MAIN),build/ikevtictl)
PLUGINS := $(PLUGIN_SRCS:userspace/iproute2/%.c=build/%.so)
TOOLS := $(TOOL_SRCS:selftests/tools/%.c=build/tools/%)
SIM := $(if $(SIM_SRCS),build/sim)
UNIT_TESTS := $(UNIT_SRCS:userspace/tests/unit/%.c=build/asan/unit/%)
ASAN_PROGRAMS := $(if $(DAEMON_MAIN),build/asan/ikevtid) $(if $(CLI_MAIN),build/asan/ikevtictl)
ASAN_SIM := $(if $(SIM_SRCS),build/asan/sim)
FUZZERS := $(FUZZ_SRCS:userspace/tests/fuzz/%.c=build/fuzz/%)

build/ikevtid: build/obj/userspace/daemon/main.o build/obj/libikev2.a
	$(release_LINK) $^ $(PKG_LIBS)
build/ikevtictl: build/obj/userspace/cli/main.o $(release_LIBS)
	$(release_LINK) $^ $(PKG_LIBS)
build/sim: $(SIM_SRCS:%.c=build/obj/%.o) build/obj/libikev2.a
	$(release_LINK) $^ $(PKG_LIBS)
$(TOOLS): build/tools/%: build/obj/selftests/tools/%.o build/obj/libtool.a
	@mkdir -p $(@D)
	$(release_LINK) $^ $(PKG_LIBS)

# the last of -fPIE and -fPIC counts
build/obj/userspace/iproute2/%.o build/clang/userspace/iproute2/%.o: US_CFLAGS += -fPIC
$(PLUGINS): build/%.so: build/obj/userspace/iproute2/%.o
	$(call say,LD,$@)$(CC) $(CFLAGS) -shared -Wl,-z,relro -Wl,-z,now $(LDFLAGS) -o $@ $^

# the specification as tables, for the fuzzer of requests
$(foreach d,obj asan fuzz clang,build/$(d)/selftests/tools/nl-fuzz.o): build/gen/nl-spec.h
build/gen/nl-spec.h: Documentation/netlink/specs/ikevti.yaml selftests/spec/lib/table.py
	@mkdir -p $(@D)
	$(call say,GEN,$@)python3 selftests/spec/lib/table.py $< >$@

build/asan/ikevtid: build/asan/userspace/daemon/main.o build/asan/libikev2.a
	$(asan_LINK) $^ $(PKG_LIBS)
build/asan/ikevtictl: build/asan/userspace/cli/main.o $(asan_LIBS)
	$(asan_LINK) $^ $(PKG_LIBS)
build/asan/sim: $(SIM_SRCS:%.c=build/asan/%.o) build/asan/libikev2.a
	$(asan_LINK) $^ $(PKG_LIBS)
$(UNIT_TESTS): build/asan/unit/%: build/asan/userspace/tests/unit/%.o build/asan/libunit.a \
		$(asan_LIBS)
	@mkdir -p $(@D)
	$(asan_LINK) $^ -lcmocka $(PKG_LIBS)

$(FUZZERS): build/fuzz/%: build/fuzz/userspace/tests/fuzz/%.o \
		$(FUZZ_LIB_SRCS:%.c=build/fuzz/%.o) $(fuzz_LIBS)
	@mkdir -p $(@D)
	$(fuzz_LINK) $^ $(PKG_LIBS)

# ---- targets ------------------------------------------------------------------------------

# said before the compiler's own words for it
toolchain:
	@for p in $(firstword $(CC)) $(PKG_CONFIG); do command -v $$p >/dev/null || { \
		echo "$$p is missing; \"make deps\" installs what building needs" >&2; exit 1; }; done
	@$(PKG_CONFIG) --exists $(PKGS) || { $(PKG_CONFIG) --print-errors --exists $(PKGS); \
		echo '"make deps" installs what building needs' >&2; exit 1; }

.PHONY: userspace tools unit-build unit sim sim-build asan fuzz-build clang-build
userspace: $(PROGRAMS) $(PLUGINS)
tools: $(TOOLS) $(PLUGINS)
asan: $(ASAN_PROGRAMS)
sim-build: $(SIM) $(ASAN_SIM)
unit-build: $(UNIT_TESTS)
fuzz-build: $(FUZZERS)
clang-build: $(patsubst %.c,build/clang/%.o,$(filter-out $(FUZZ_SRCS),$(ALL_SRCS)))

# clang-tidy, again only when a file or a header of it changed, which clang's object tells
TIDY_SRCS := $(filter-out $(FUZZ_SRCS),$(ALL_SRCS))
.PHONY: tidy
tidy: $(TIDY_SRCS:%.c=build/clang/%.tidy)
build/clang/%.tidy: build/clang/%.o .clang-tidy
	$(call say,TIDY,$*.c)clang-tidy --quiet $*.c -- $(US_CPPFLAGS) -std=gnu11 2>&1
	@touch $@

# UNIT=test_wire runs one of them
unit: unit-build
	@failed=; for t in $(or $(UNIT:%=build/asan/unit/%),$(UNIT_TESTS)); do \
		$$t || failed="$$failed $${t##*/}"; done; \
	test -z "$$failed" || { echo "FAILED:$$failed"; exit 1; }

sim: sim-build
	@build/sim $(SIM_ARGS)

-include $(sort $(wildcard $(DEPS)))
