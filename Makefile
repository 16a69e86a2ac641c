# SPDX-License-Identifier: GPL-2.0-only
#
# What people type.  "make help" lists the targets; Kbuild builds the modules.

ifneq ($(KERNELRELEASE),)
include $(src)/Kbuild
else

KVER ?= $(if $(wildcard /lib/modules/$(shell uname -r)/build/Makefile),host,6.12)
KDIR ?=
TARGET := $(or $(KDIR),$(KVER))
BUILD := $(shell scripts/kmake --dir $(TARGET))
MODULES := hvroot hvroot_vmbus hvroot_storvsp hvroot_vhd
PREFIX ?= /usr/local
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
RELEASE = $(shell modinfo -F vermagic $(BUILD)/hvroot.ko | cut -d' ' -f1)
export HVROOT_WERROR
# The test host: qemu-svm, bochs-vmx, bochs-svm.  Some shells export a HOST of their own.
HOSTS := qemu-svm bochs-vmx bochs-svm
ifeq ($(origin HOST),command line)
export HVROOT_HOST := $(HOST)
else ifneq ($(filter $(HOST),$(HOSTS)),)
export HVROOT_HOST := $(HOST)
endif

.DEFAULT_GOAL := all
.PHONY: all
all: modules tools

.PHONY: modules
modules:	## build the kernel modules (KVER=host|6.1|6.12|7.3|debug, KDIR=path, W=1, C=2)
	scripts/kmake $(TARGET) modules $(if $(W),W=$(W)) $(if $(C),C=$(C)) $(if $(V),V=$(V))

.PHONY: tools
tools:		## build hvctl and libhvroot
	$(MAKE) -C userspace

.PHONY: setup
setup:		## install the Debian packages that building and testing need
	scripts/setup

.PHONY: install
install: modules tools	## install modules for the kernel they were built for, and the tools
	install -d $(DESTDIR)/lib/modules/$(RELEASE)/updates
	install -m 644 $(MODULES:%=$(BUILD)/%.ko) $(DESTDIR)/lib/modules/$(RELEASE)/updates
	$(if $(DESTDIR),,depmod $(RELEASE))
	$(MAKE) -C userspace install DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)

.PHONY: uninstall
uninstall:	## remove what install put there
	for k in $(DESTDIR)/lib/modules/*; do \
		rm -f $(MODULES:%="$$k"/updates/%.ko); \
		$(if $(DESTDIR),:,[ ! -e "$$k/modules.order" ] || depmod "$${k##*/}"); \
	done
	$(MAKE) -C userspace uninstall DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)

.PHONY: dkms-install
dkms-install:	## register, build and install the modules with DKMS
	scripts/dkms-install $(VERSION)

.PHONY: load
load:		## load the modules of this build into the running kernel
	scripts/load $(BUILD)

.PHONY: unload
unload:		## unload them
	scripts/load --unload

.PHONY: demo
demo:		## boot a stock Debian guest from a VHD on our own hypervisor (HOST=qemu-svm|bochs-vmx)
	tests/demo

.PHONY: check
check:		## everything CI runs: static checks, KUnit, ioctl and guest tests
	tests/check

.PHONY: static
static:		## only the static checks
	tests/check static

.PHONY: kunit
kunit:		## unit tests on the debug kernel
	tests/kunit

.PHONY: e2e
e2e:		## guest tests in the test host, a representative part (HOST=)
	tests/e2e

.PHONY: e2e-full
e2e-full:	## the whole guest matrix and the long loops, half an hour of the ioctl fuzzer
	tests/e2e --full
	tests/fuzz --seconds 1800 --still

.PHONY: fuzz
fuzz:		## the ioctl fuzzer for a minute, on the debug kernel
	tests/fuzz

.PHONY: bench
bench:		## instructions per operation, beside KVM (HOST=)
	tests/bench/run

.PHONY: docs
docs:		## look for broken links in Documentation/
	scripts/check-docs

.PHONY: clean
clean:		## remove what was built (the cache stays; see scripts/cache)
	rm -rf build
	$(MAKE) -C userspace clean

.PHONY: help
help:		## this list
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | \
		awk -F '\t' '{ printf "  %-14s %s\n", $$1, $$2 }'
	@echo "The cache is in $${HVROOT_CACHE:-~/.cache/hvroot}."
endif
