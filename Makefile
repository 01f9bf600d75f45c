# SPDX-License-Identifier: Apache-2.0
# The commands of this repository. `make demo` and `make test` do all their own set-up.

PREFIX ?= /usr/local
RELEASE = build/release

.PHONY: help demo test build install soak bench lint format format-check layers words fuzz \
	coverage clean setup

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /  make \1\t/p' Makefile | expand -t 22

demo: build ## migrate a small, ugly shop and look at what happened to every item
	@WHERRY="$(CURDIR)/$(RELEASE)/wherry" examples/shop/demo.sh

test: setup ## all tests: optimised, under ASan and UBSan, workers under TSan; fuzz corpora replayed
	@scripts/test

build: setup ## the program: build/release/wherry
	@scripts/build release wherry

install: setup ## program, library, headers, man page (PREFIX=/usr/local; DESTDIR is obeyed); built twice, see scripts/train
	@scripts/train
	@cmake --install build/trained --prefix "$(PREFIX)"
	@[ -n "$(DESTDIR)" ] || [ "$$(id -u)" -ne 0 ] || ldconfig

soak: setup ## by hand, long: random kills at full size, fuzzing, big random sets
	@tests/soak/run.sh

bench: setup ## every speed goal, as a ratio to a control in the same run
	@bench/run.sh

lint: setup ## clang-tidy over all sources, and what it cannot see of cleanup attributes
	@scripts/lint

format: setup ## rewrite the C sources in the house's format
	@scripts/format

format-check: setup ## fail where `make format` would change something
	@scripts/format --check

layers: ## fail where a folder includes what the table in CONTRIBUTING.md does not allow
	@scripts/check-layers

words: ## fail where a file lacks its licence line or reads as unfinished
	@scripts/check-words

fuzz: setup ## each fuzz target for a minute (SECONDS=60)
	@scripts/fuzz "$(or $(SECONDS),60)"

coverage: setup ## which lines the tests reach: build/coverage/report
	@scripts/coverage

clean: ## remove build/
	@rm -rf build

setup:
	@scripts/setup
