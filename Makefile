# SPDX-License-Identifier: Apache-2.0
# Targets: all test system check bench asan lint format install uninstall lab lab-down lab-shell demo clean

VERSION := 0.1.0
PKGS    := ncursesw libarchive libcrypto libcjson libcurl libseccomp sqlite3
ROOMS   := lib/base lib/model lib/bundle lib/engine list collect contain analyze
MODE    ?= release
B       := build/$(MODE)

prefix  ?= /usr/local
bindir  ?= $(prefix)/bin
mandir  ?= $(prefix)/share/man
compdir ?= $(prefix)/share/bash-completion/completions
INSTALL ?= install

CC      ?= cc
WARN    := -Wall -Wextra -Wshadow -Wvla -Wundef -Wformat=2 -Wconversion -Wsign-conversion \
	   -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wpointer-arith -Wcast-qual
HARDEN  := -fstack-protector-strong -fstack-clash-protection -fPIE -D_FORTIFY_SOURCE=2
CFLAGS  ?= -O2 -g
ifeq ($(MODE),asan)
HARDEN  :=
CFLAGS  := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif
ifeq ($(MODE),clang)
CC      := clang
endif
ifdef DEVELOPER
WARN    += -Werror
endif
ALL_CFLAGS  := -std=c17 -D_GNU_SOURCE -DIMPOUND_VERSION='"$(VERSION)"' -I. $(WARN) $(HARDEN) \
	       -pthread $(shell pkg-config --cflags $(PKGS)) $(CFLAGS)
ALL_LDFLAGS := -pthread -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS)
LIBS        := $(shell pkg-config --libs $(PKGS)) -lm

SRC   := $(foreach r,$(ROOMS),$(wildcard $(r)/*.c))
OBJ   := $(SRC:%.c=$(B)/%.o)
UNIT  := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/t-*.c))
AIDS  := $(patsubst %.c,$(B)/%.o,$(filter-out tests/unit/t-%,$(wildcard tests/unit/*.c)))
FUZZ  := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/f-*.c))
TOOL  := $(patsubst tests/cli/%.c,$(B)/cli/%,$(wildcard tests/cli/*.c))
MAN   := $(wildcard man/*.[157])

all: impound

impound: $(B)/impound
	@cp $< $@

$(B)/impound: $(B)/main.o $(B)/libimpound.a
	@echo "  LD   $@"
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# Made anew each time, so that a deleted source does not live on in it.
$(B)/libimpound.a: $(OBJ)
	@rm -f $@
	@$(AR) rcs $@ $^

$(B)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC   $<"
	@$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# A library, so that a test has of it what it uses.
$(B)/unit/libaids.a: $(AIDS)
	@mkdir -p $(@D)
	@rm -f $@
	@$(AR) rcs $@ $^

$(B)/unit/%: $(B)/tests/unit/%.o $(B)/unit/libaids.a $(B)/libimpound.a
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) $(shell pkg-config --libs cmocka)

# What the tests of the command line need besides the command.
$(B)/cli/%: $(B)/tests/cli/%.o $(B)/libimpound.a
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(B)/fuzz/%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/replay.o $(B)/libimpound.a
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# libFuzzer builds, by hand: make fuzz-json && build/fuzzer/f-json tests/fuzz/corpus/json
fuzz-%:
	@mkdir -p build/fuzzer
	clang $(filter-out $(HARDEN),$(ALL_CFLAGS)) -O1 -fsanitize=fuzzer,address,undefined \
		-o build/fuzzer/f-$* tests/fuzz/f-$*.c $(SRC) $(LIBS)

test: impound $(UNIT) $(FUZZ) $(TOOL)
	@B=$(B) tests/run unit fuzz cli

asan:
	@$(MAKE) --no-print-directory MODE=asan test-build
	@B=build/asan IMPOUND=build/asan/impound tests/run unit fuzz cli

test-build: $(B)/impound $(UNIT) $(FUZZ) $(TOOL)

system: impound
	@B=$(B) tests/run system

bench: impound $(TOOL)
	@tests/bench/run

lint: impound
	@tests/lint/run

check:
	@$(MAKE) --no-print-directory DEVELOPER=1 all lint
	@$(MAKE) --no-print-directory DEVELOPER=1 MODE=clang test-build
	@$(MAKE) --no-print-directory DEVELOPER=1 test
	@$(MAKE) --no-print-directory DEVELOPER=1 asan
	@$(MAKE) --no-print-directory DEVELOPER=1 system
	@echo "all gates passed"

demo: impound
	@tests/demo/run

lab: impound
	@tests/lab/lab up
lab-down:
	@tests/lab/lab down
lab-shell: impound
	@tests/lab/lab shell

format:
	clang-format -i main.c $(SRC) $(wildcard $(ROOMS:%=%/*.h) tests/*/*.[ch])

install: impound
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(compdir) $(DESTDIR)$(mandir)/man1 $(DESTDIR)$(mandir)/man5
	$(INSTALL) -m 755 impound $(DESTDIR)$(bindir)/impound
	$(INSTALL) -m 644 completion/impound.bash $(DESTDIR)$(compdir)/impound
	for m in $(MAN); do $(INSTALL) -m 644 $$m $(DESTDIR)$(mandir)/man$${m##*.}/ || exit; done

uninstall:
	rm -f $(DESTDIR)$(bindir)/impound $(DESTDIR)$(compdir)/impound
	for m in $(notdir $(MAN)); do rm -f $(DESTDIR)$(mandir)/man$${m##*.}/$$m; done

clean:
	rm -rf build impound

.PHONY: all test test-build asan system bench lint check demo lab lab-down lab-shell format install uninstall clean
.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
