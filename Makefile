# The two commands: `make demo` shows it, `make test` checks it. Both set themselves up.
.PHONY: demo test test-fast lint molecule mutation faults audit-against-packets test-kernel demo-kernel strangers lab-up lab-down release set-up clean fuzz

BIN := .venv/bin
INVENTORY := inventory
CASES := 1000000
EXAMPLES := 100000
SEED := 1
export PATH := $(CURDIR)/$(BIN):$(PATH):/usr/sbin:/sbin
SCENARIOS := $(notdir $(patsubst %/molecule.yml,%,$(wildcard extensions/molecule/*/molecule.yml)))

demo: set-up
	scripts/demo.py $(INVENTORY)

# Everything: the emulated kernel's tests beside the others. With KSZ_WHOLE=1 nothing is a sample.
test: set-up
	scripts/test

# What a change needs while it is being made: no namespaces, no emulated kernel.
test-fast: set-up
	$(BIN)/pytest -m 'not kernel and not lab'

lint: set-up
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/ansible-lint

# Bare boxes of both releases of Debian become hubs and file servers.
RELEASES := bookworm trixie
molecule: set-up
	scripts/packages debian-packages-roots.txt
	set -e; for release in $(RELEASES); do for scenario in $(SCENARIOS); do \
	  KSZ_RELEASE=$$release molecule test --scenario-name $$scenario; done; done

# Whether the audit notices what is wrong: boots the sample lab, and changes one thing at a time.
mutation: set-up
	$(BIN)/python -m benchmarks.mutation

# Whether a hub in trouble holds what is confirmed, or is closed: faults under packets, in every part
# of a change, a deadline and a boot. `FAULTS=60` makes fewer.
faults: set-up
	$(BIN)/python -m benchmarks.faults --faults $(or $(FAULTS),500)

# Whether the audit says what packets say: random edits by hand on a live hub, after each of which
# the hub is audited and packets are sent. Goes on where it ended; `EDITS=60` makes fewer.
audit-against-packets: set-up
	$(BIN)/python -m benchmarks.hand_edits --edits $(or $(EDITS),1000)

# The essential tests on a stock Debian kernel under emulation, which has ESP and VLANs, and whose
# AppArmor confines the daemons.
test-kernel: set-up
	scripts/test-kernel

# The demonstration with three partners on that kernel.
demo-kernel: set-up
	folder=$$(mktemp -d) && cp -R tests/kernel/inventory $$folder/ && \
	scripts/test-kernel scripts/demo.py $$folder/inventory; code=$$?; rm -r $$folder; exit $$code

# The first command as somebody runs it who has a fresh Debian, git and make: twice, on both releases.
strangers: set-up
	scripts/packages debian-packages-roots.txt
	set -e; for release in $(RELEASES); do scripts/as-a-stranger $$release; done

# Builds the wheel, the source archive and the collection, and tries them where nothing else is.
release: set-up
	scripts/release

# Broken input for every reader, and any text in any field; both print their seeds.
fuzz: set-up
	$(BIN)/python -m benchmarks.fuzz --cases $(CASES) --seed $(SEED)
	$(BIN)/python -m benchmarks.any_text --examples $(EXAMPLES) --seed $(SEED)

lab-up: set-up
	$(BIN)/ksz-netops lab up --inventory $(INVENTORY)

lab-down: set-up
	$(BIN)/ksz-netops lab down --inventory $(INVENTORY)

set-up:
	@scripts/set-up

clean:
	rm -rf .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis .ansible dist .venv
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
