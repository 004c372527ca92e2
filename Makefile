# SPDX-License-Identifier: Apache-2.0
#
# make train and make test are all that a newcomer needs; the work is in Scripts/.

.PHONY: help train test setup build notes bench check check-full lint format clean

help:
	@echo 'make train    set up, build, and train a network on handwritten digits'
	@echo 'make test     set up, build, and run the tests'
	@echo 'make setup    install what the build needs (oneDNN, OpenBLAS), where it is missing'
	@echo 'make build    build in release'
	@echo 'make bench    measure a run of the smallest graph'
	@echo 'make notes    replay the four notes, with the numbers of TensorFlow'
	@echo 'make check    what CI runs, and the lints; make check-full adds the sanitizers'
	@echo 'make lint     the lints alone'
	@echo 'make format   format the Swift sources'
	@echo 'make clean    remove what was built'

train:
	@Scripts/train.sh

test:
	@Scripts/test.sh

setup:
	@Scripts/setup.sh

build: setup
	@Scripts/swift.sh build -c release

notes: build
	@.build/release/weft notes

bench: build
	@.build/release/weft bench --workload W1 --json

check:
	@Scripts/check.sh

check-full:
	@Scripts/check.sh --full

lint:
	@Scripts/lint.sh

format:
	@Scripts/swift.sh format --in-place --parallel --recursive Package.swift Sources Tests Examples Benchmarks

clean:
	rm -rf .build .build-asan .build-tsan
