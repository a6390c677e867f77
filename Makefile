# `make demo` and `make test` are all a newcomer needs; `make help` lists the rest.
GO   ?= go
BIN  := bin
LAB  := $(BIN)/lab
# Outside the checkout, so that a fresh clone compiles what changed and no more.
export GOFLAGS += -trimpath

.DEFAULT_GOAL := help
.PHONY: help build image demo demo-down test test-faults unit e2e vet lint golden fuzz bench bench-healer lab-up lab-down lab-check lab-status clean FORCE

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## kubectl-nifi and nifi-healer into bin/
	CGO_ENABLED=0 $(GO) build -ldflags '-s -w' -o $(BIN)/ ./cmd/...

$(LAB): FORCE
	@CGO_ENABLED=0 $(GO) build -o $(LAB) ./test/lab
FORCE:

image: ## nifi-healer's image for amd64 and arm64 into bin/, without a container engine
	$(GO) run ./test/image -dir $(BIN)

demo: build $(LAB) ## a real three-node NiFi on a real Kubernetes on this machine
	@test/scripts/demo.sh

demo-down: lab-down ## takes all of it away again

test: unit e2e ## every test, the end-to-end ones included

unit: vet ## tests that need no cluster
	$(GO) test ./...

e2e: build $(LAB) ## tests on the lab, which is brought up for them
	test/scripts/with-lab.sh test/scripts/e2e.sh $(GO) test -tags e2e -count=1 -timeout 45m -v ./test/e2e/...

test-faults: build $(LAB) ## long fault scenarios on the lab; their figures go to test/faults/
	test/scripts/with-lab.sh test/scripts/e2e.sh $(GO) test -tags 'e2e faults' -count=1 -timeout 120m -v -run '$(or $(RUN),TestFault)' ./test/e2e

vet:
	@files=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); test -z "$$files" || { echo "not gofmt-ed: $$files"; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags e2e ./test/e2e/...
	$(GO) vet -tags 'e2e faults' ./test/e2e/...
	@for script in $$(git ls-files -co --exclude-standard '*.sh'); do sh -n "$$script" || exit 1; done

lint: vet ## vet and golangci-lint (compiled on first use)
	$(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 run ./...

golden: ## write golden files anew
	$(GO) test ./pkg/overlay ./plugin -update

# Go would minimize a new input for a minute, and leave that much less for others.
FUZZ = $(GO) test -run '^$$' -fuzztime 60s -fuzzminimizetime 20x

fuzz: ## a minute of fuzzing for each parser
	$(FUZZ) ./pkg/topology -fuzz FuzzParse
	$(FUZZ) ./pkg/trust -fuzz FuzzKeystore
	$(FUZZ) ./pkg/trust -fuzz FuzzTruststore

bench: build $(LAB) ## init, status and diagnose: ratios to kubectl, p50 and p95 (needs the demo's cluster)
	test/scripts/with-lab.sh test/scripts/bench.sh

bench-healer: build ## nifi-healer beside a kopf operator: memory and CPU at 50 x 5 nodes, and its own at 500 x 5 (root on Linux, 13 minutes)
	test/scripts/bench-healer.sh

lab-up: $(LAB) ## the lab alone
	$(LAB) up

lab-down: $(LAB) ## ends every process of the lab and removes what it made
	$(LAB) down

lab-check: ## proves that the lab leaves nothing behind (it must be down)
	sh test/lab/check-down.sh

lab-status: $(LAB)
	$(LAB) status

clean:
	rm -rf $(BIN) demo
