# SPDX-License-Identifier: GPL-2.0-or-later
# Every command a person types; `make help` lists them.

VERSION := $(shell sed -n 's/^.define IKEVTI_MODULE_VERSION[^"]*"\(.*\)"/\1/p' kmod/version.h)

prefix ?= /usr/local
sbindir ?= $(prefix)/sbin
bindir ?= $(prefix)/bin
mandir ?= $(prefix)/share/man
docdir ?= $(prefix)/share/doc/ikevti
sysconfdir ?= /etc
runstatedir ?= /run
unitdir ?= /lib/systemd/system
sysusersdir ?= /usr/lib/sysusers.d
modulesloaddir ?= /usr/lib/modules-load.d
bashcompdir ?= $(prefix)/share/bash-completion/completions
zshcompdir ?= $(prefix)/share/zsh/site-functions
# where DKMS looks for sources
srcdir ?= /usr/src
# where ip looks for its plugins, whatever prefix= is
iplibdir ?= /usr/lib/$(or $(shell $(CC) -print-multiarch 2>/dev/null),.)/ip
DESTDIR ?=

KDIR ?= /lib/modules/$(shell uname -r)/build
INSTALL ?= install
V ?= 0
# say what is done in a short line; V=1 shows the commands
say = $(if $(filter 1,$(V)),,@$(if $(SILENT),,printf '  %-4s %s\n' $(1) $(2);))
# make -s, whose letter is in the first word if that is no long option
SILENT = $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS))))

# a changed rule rebuilds what it made
MAKEFILES_USED := Makefile userspace/build.mk

.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: all help toolchain module module-if-headers install install-userspace install-module \
	install-programs install-doc install-dkms clean check check-debug check-packages lint demo fuzz bench \
	bench-count deps dist deb rpm

all: userspace module-if-headers

include userspace/build.mk

help:
	@echo 'ikevti $(VERSION)'
	@echo
	@echo '  make             userspace, and the module when the running kernel has headers'
	@echo '  make module      kmod/ikevti.ko for KDIR=<kernel build directory> [ARCH=um]'
	@echo '  make userspace   build/ikevtid, build/ikevtictl, build/link_ikevti.so'
	@echo '  make tools       build/tools, the programs that the kernel tests call'
	@echo '  make install     into DESTDIR= under prefix= ($(prefix)); the plugin of ip into iplibdir=,'
	@echo '                   the module, for the kernel it was built for, into moddir='
	@echo '  make dist        build/dist/ikevti-$(VERSION).tar.xz, which builds without git; the same'
	@echo '                   octets from the same sources'
	@echo '  make deb         Debian packages, from that, in build/deb'
	@echo '  make rpm         RPM packages likewise, in build/rpm'
	@echo '  make install-dkms  the sources of the module, for DKMS, into DESTDIR= below srcdir='
	@echo '  make deps        install the packages that building needs (Debian, Ubuntu)'
	@echo '  make demo        fetch, build, boot a Debian kernel, show a tunnel to strongSwan'
	@echo '  make check       the tests; PHASES= names some, see selftests/run --help'
	@echo '  make check-debug the module tests under KASAN, lockdep, kmemleak; broken copies'
	@echo '  make check-packages  Debian packages built twice, installed, removed, by DKMS too, in bare'
	@echo '                   roots of Debian 12 and 13'
	@echo '  make unit        unit tests alone, under ASan and UBSan'
	@echo '  make sim         the two-engine simulator alone'
	@echo '  make fuzz        every fuzzer for FUZZ_SECONDS= (60) each, those of the module with'
	@echo '                   KASAN; FUZZ_SEED= repeats a run of these'
	@echo '  make bench       speed beside xfrm and WireGuard; TESTS=, CONFIGS=, LINKS=, ROUNDS=;'
	@echo '                   TESTS=peers: 10,000 peers of one device'
	@echo '  make bench-count instructions for a packet, in QEMU; fails when there are 3 % more'
	@echo '  make lint        static checks; silent when there is nothing to say'
	@echo '  make clean       remove what was built; kernels cached outside stay'
	@echo
	@echo '  V=1 shows the commands; WERROR=1 makes warnings errors; CC=, CFLAGS=, LDFLAGS=, KDIR= as usual'

# ---- kernel module ------------------------------------------------------------------------

KBUILD = $(MAKE) -C $(KDIR) M=$(CURDIR) $(if $(ARCH),ARCH=$(ARCH))

# the kernel that the module was built for last; nothing else is installed
ifneq ($(filter install install-module,$(MAKECMDGOALS)),)
ifeq ($(origin KDIR),file)
KDIR := $(firstword $(shell cat build/kdir 2>/dev/null) $(KDIR))
export KDIR
endif
endif

module: | toolchain
	@test -e $(KDIR)/Makefile || { \
		echo 'no kernel headers at $(KDIR): install them (on Debian:' >&2; \
		echo '"apt-get install linux-headers-$$(uname -r)"), or name others with KDIR=' >&2; \
		exit 1; }
	+$(KBUILD) modules
	@mkdir -p build && echo '$(abspath $(KDIR))' >build/kdir

# what was named has to be there
ifneq ($(wildcard $(KDIR)/Makefile)$(filter-out file,$(origin KDIR)),)
module-if-headers: module
else
module-if-headers:
	@echo
	@echo 'NOTE: the kernel module was not built, there are no kernel headers at'
	@echo '      $(KDIR).'
	@echo '      Install those of the running kernel, or build for another with'
	@echo '      "make module KDIR=/lib/modules/<version>/build".'
endif

# ---- install ------------------------------------------------------------------------------

MAN_PAGES = $(wildcard Documentation/man/*.[1-9])
man_to = $(DESTDIR)$(mandir)/man$(subst .,,$(suffix $(1)))/$(notdir $(1))
UNITS = $(wildcard packaging/systemd/*.in)
EXAMPLES = $(wildcard packaging/examples/*/*.conf)
DOCS = COPYING README.md $(wildcard Documentation/*.rst Documentation/*.svg Documentation/netlink/specs/*.yaml)
# at installation, so that one build fits any prefix=; sysconfdir= is compiled in and has to be
# given to both
SUBSTITUTE = sed -e 's:@sbindir@:$(sbindir):g' -e 's:@bindir@:$(bindir):g' \
	-e 's:@sysconfdir@:$(sysconfdir):g' -e 's:@version@:$(VERSION):g'

# everything is built before anything is installed
install: all
	+@$(MAKE) --no-print-directory install-userspace
ifneq ($(wildcard $(KDIR)/Makefile),)
	+@$(MAKE) --no-print-directory install-module
else
	@echo
	@echo 'NOTE: userspace is installed, the kernel module is not.'
endif

install-userspace: install-programs install-doc

install-programs: userspace
	$(INSTALL) -d $(DESTDIR)$(sbindir) $(DESTDIR)$(bindir) $(DESTDIR)$(unitdir) \
		$(DESTDIR)$(sysconfdir)/ikevti $(DESTDIR)$(iplibdir) $(DESTDIR)$(sysusersdir) \
		$(DESTDIR)$(modulesloaddir) $(DESTDIR)$(bashcompdir) $(DESTDIR)$(zshcompdir) \
		$(sort $(foreach m,$(MAN_PAGES),$(dir $(call man_to,$(m)))))
	$(INSTALL) -m 0755 build/ikevtid $(DESTDIR)$(sbindir)/
	$(INSTALL) -m 0755 build/ikevtictl $(DESTDIR)$(bindir)/
	$(INSTALL) -m 0644 build/link_ikevti.so $(DESTDIR)$(iplibdir)/
	$(foreach m,$(MAN_PAGES),$(SUBSTITUTE) $(m) >$(call man_to,$(m)) && \
		chmod 0644 $(call man_to,$(m)) &&) :
	$(foreach u,$(UNITS),$(SUBSTITUTE) $(u) >$(DESTDIR)$(unitdir)/$(notdir $(u:.in=)) && \
		chmod 0644 $(DESTDIR)$(unitdir)/$(notdir $(u:.in=)) &&) :
	$(INSTALL) -m 0644 packaging/systemd/sysusers.d/*.conf $(DESTDIR)$(sysusersdir)/
	$(INSTALL) -m 0644 packaging/systemd/modules-load.d/*.conf $(DESTDIR)$(modulesloaddir)/
	$(foreach c,$(wildcard packaging/completion/*.bash),$(INSTALL) -m 0644 $(c) \
		$(DESTDIR)$(bashcompdir)/$(basename $(notdir $(c))) &&) :
	$(INSTALL) -m 0644 packaging/completion/_* $(DESTDIR)$(zshcompdir)/

# a file with secrets is refused unless it is closed, an example of one that was copied, too
install-doc:
	$(INSTALL) -d $(DESTDIR)$(docdir)
	$(INSTALL) -m 0644 $(DOCS) $(DESTDIR)$(docdir)/
	$(foreach e,$(EXAMPLES),$(INSTALL) -D -m $(if $(filter secrets.conf,$(notdir $(e))),0600,0644) \
		$(e) $(DESTDIR)$(docdir)/$(e:packaging/%=%) &&) :

# the sources of the module for DKMS; "dkms install ikevti/VERSION" builds and installs it
MODULE_SOURCES = Kbuild $(wildcard kmod/*.[ch] kmod/*/*.[ch]) kmod/Kbuild \
	$(wildcard uapi/linux/*.h)
install-dkms:
	$(foreach f,$(filter-out %.mod.c,$(MODULE_SOURCES)),$(INSTALL) -D -m 0644 $(f) \
		$(DESTDIR)$(srcdir)/ikevti-$(VERSION)/$(f) &&) :
	$(SUBSTITUTE) packaging/dkms/dkms.conf.in >$(DESTDIR)$(srcdir)/ikevti-$(VERSION)/dkms.conf

# Signed where the kernel was configured to and its key is here, as on the machine it was built on.
# A distribution keeps its own.
install-module: module
	@set -e; release=$$(cat $(KDIR)/include/config/kernel.release); \
	dir=$(DESTDIR)$(or $(moddir),/lib/modules/$$release/updates); ko=$$dir/ikevti.ko; \
	$(INSTALL) -d $$dir; $(INSTALL) -m 0644 kmod/ikevti.ko $$ko; \
	echo "installed $$ko"; \
	key=$(or $(MODULE_KEY),$(KDIR)/certs/signing_key.pem); \
	cert=$(or $(MODULE_CERT),$(KDIR)/certs/signing_key.x509); \
	if test -e $$key -o -n '$(MODULE_KEY)'; then \
		$(KDIR)/scripts/sign-file sha256 $$key $$cert $$ko; \
	elif grep -q '^CONFIG_MODULE_SIG=y' $(KDIR)/.config; then \
		echo 'NOTE: it is not signed. A kernel that asks for signatures (Secure Boot) refuses it:'; \
		echo '      "make install-module MODULE_KEY=<file> MODULE_CERT=<file>" signs with a key of'; \
		echo '      yours, which "mokutil --import" has to make known to the machine.'; \
	fi; \
	test -n '$(DESTDIR)' || depmod $$release; \
	test -n '$(DESTDIR)' -o $$release = $$(uname -r) || \
		echo "NOTE: that is for Linux $$release; this machine runs $$(uname -r)."

# ---- packages -----------------------------------------------------------------------------

dist:
	@packaging/dist.sh $(VERSION) build/dist

deb:
	@packaging/deps.sh deb
	@packaging/deb.sh $(VERSION)

rpm:
	@packaging/deps.sh rpm
	@packaging/rpm.sh $(VERSION)

# ---- another release of Debian ------------------------------------------------------------

# what a target makes of userspace, in a root of Debian 13 and in build/trixie
trixie-%:
	+@selftests/lib/inside trixie $(MAKE) --no-print-directory $*

# ---- tests, demonstration -----------------------------------------------------------------

# foreign IKE daemons, unpacked, and the root that has those of Debian 13
.PHONY: peers trixie-peers
peers:
	@selftests/lib/peers >/dev/null

trixie-peers:
	@selftests/lib/root trixie >/dev/null

deps:
	packaging/deps.sh build

check:
	@packaging/deps.sh check
	@selftests/run $(PHASES)

# packages, in bare roots of Debian 12 and 13
check-packages:
	@packaging/deps.sh check
	@$(MAKE) --no-print-directory check PHASES=packages

check-debug:
	@$(MAKE) --no-print-directory check PHASES="net-debug broken"

FUZZ_SECONDS ?= 60
fuzz:
	@packaging/deps.sh check
	@$(MAKE) --no-print-directory fuzz-build
	@FUZZ_SECONDS=$(FUZZ_SECONDS) selftests/run fuzz net-debug:fuzz_netlink net-debug:fuzz_esp

lint:
	@packaging/deps.sh lint >&2
	@selftests/lint/run

# a row within a minute: make bench TESTS='fwd64 tcp*' CONFIGS='xfrm ikevti*' LINKS=veth BENCH=--best
bench:
	@packaging/deps.sh bench >&2
	@selftests/bench/run $(if $(TESTS),--tests '$(TESTS)') $(if $(CONFIGS),--configs '$(CONFIGS)') \
		$(if $(LINKS),--links '$(LINKS)') $(if $(ROUNDS),--rounds '$(ROUNDS)') $(BENCH)

# selftests/bench/count --record after what was meant to change them
bench-count:
	@packaging/deps.sh check >&2
	@selftests/bench/count

demo:
	@packaging/deps.sh demo
	@selftests/demo/run

clean:
	rm -rf build
	find kmod -name '*.o' -o -name '*.ko' -o -name '*.mod' -o -name '*.mod.c' \
		-o -name '.*.cmd' -o -name 'modules.order' | xargs -r rm -f
	rm -f Module.symvers modules.order .*.cmd .Module.symvers.cmd .modules.order.cmd
