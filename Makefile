# 公报问答 · make help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
HOST ?= 127.0.0.1
PORT ?= 7860

TRAIN := training/.venv
BASELINE := .baseline
AUDIT := .audit
WORK := $(or $(QA_BOT_TRAINING_WORK),training/work)
NAME ?= adapter

NEW_ENOUGH = $(PYTHON) -c 'import sys; sys.exit("需要 Python 3.11 或更新 / Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'

.DEFAULT_GOAL := help
.PHONY: help chat test check format lock build bench soak fuzz audit train clean

help: ## 本帮助 / this help
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

chat: $(STAMP) ## 打开问答网页（第一次会先装环境、建索引）/ serve the chat page
	@$(BIN)/qa-bot serve --host $(HOST) --port $(PORT)

test: $(DEV_STAMP) ## 跑全部测试 / run all tests
	@$(BIN)/python -m pytest

check: $(DEV_STAMP) ## 静态检查 / static checks: ruff, mypy strict, import direction
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/test_architecture.py

format: $(DEV_STAMP) ## 整理代码格式 / format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

build: $(STAMP) ## 只建索引 / build the index only
	@$(BIN)/qa-bot build

# LARGE=F measures the large index of that data folder, GROWN=G larger ones, which are made of it in G.
bench: $(DEV_STAMP) $(BASELINE)/.installed ## 测速，图和数字在 docs/benchmarks / measure; charts and figures
	@$(BIN)/qa-bot build
	@$(BIN)/python eval/benchmarks/every.py --baseline $(BASELINE)/bin/python $(if $(LARGE),--large $(LARGE)) $(if $(GROWN),--grown $(GROWN)) $(if $(ONLY),--only $(ONLY))

# MINUTES=60 longer, SWAP=30 with the index changed every 30 s and a build beside.
soak: $(STAMP) ## 持续加压：内存、错误、延迟 / load for a while: memory, errors, tails
	@$(BIN)/qa-bot build
	@$(BIN)/python eval/soak.py --minutes $(or $(MINUTES),10) $(if $(SWAP),--swap $(SWAP))

# MINUTES=30 in all, ONLY="gazette docx" these targets; goes on where it ended (docs/fuzzing.md).
fuzz: $(DEV_STAMP) ## 随机测试，接着上次的（MINUTES=，ONLY=）/ fuzz, going on from the last run
	@$(BIN)/qa-bot build
	@$(BIN)/python -m eval.fuzz $(if $(MINUTES),--minutes $(MINUTES)) $(if $(ONLY),--only $(ONLY))

# What the plain pipeline of eval/baselines needs; nothing of it is the product's.
$(BASELINE)/.installed: requirements-torch.txt eval/baselines/requirements.txt
	@$(NEW_ENOUGH)
	@test -x $(BASELINE)/bin/python || $(PYTHON) -m venv $(BASELINE)
	@echo "安装对照用的环境 / Installing the environment of the baseline …"
	@$(BASELINE)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-torch.txt
	@$(BASELINE)/bin/python -m pip install --quiet --disable-pip-version-check -r eval/baselines/requirements.txt
	@touch $@

# NAME=other trains beside what is there, FRESH=1 anew, DEVICE=cuda elsewhere.
train: $(TRAIN)/.installed ## 训练适配器（training/README.md）/ train the adapter
	@$(MAKE) --no-print-directory $(WORK)/mined.jsonl
	@$(TRAIN)/bin/python -m training.train --name $(NAME) $(if $(DEVICE),--device $(DEVICE)) $(if $(FRESH),--fresh)
	@$(TRAIN)/bin/python -m training.export --name $(NAME)
	@$(TRAIN)/bin/python -m training.background
	@$(TRAIN)/bin/qa-bot build
	@$(TRAIN)/bin/python eval/adapter.py

$(WORK)/pairs.jsonl: training/config.toml $(wildcard training/questions/*.jsonl training/questions/*/*.jsonl)
	@$(TRAIN)/bin/python -m training.data

$(WORK)/mined.jsonl: $(WORK)/pairs.jsonl
	@$(TRAIN)/bin/python -m training.mine

lock: $(DEV_STAMP) ## 重新锁定依赖版本 / pin the dependencies anew
	@$(BIN)/python scripts/lock.py

# OFFLINE=1 leaves the advisories out. Ends with an error where they could not be had, too.
audit: $(DEV_STAMP) $(AUDIT)/.installed ## 核对依赖：安全公告、许可、物料清单 / audit the dependencies: advisories, licences, SBOM
	@$(AUDIT)/bin/hadolint deploy/Dockerfile
	@$(AUDIT)/bin/python scripts/audit.py $(BIN)/python $(if $(OFFLINE),--offline)

$(AUDIT)/.installed: requirements-audit.lock
	@$(NEW_ENOUGH)
	@test -x $(AUDIT)/bin/python || $(PYTHON) -m venv $(AUDIT)
	@echo "安装核对用的工具 / Installing the tools of the audit …"
	@$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-audit.lock
	@touch $@

# The product's own versions, and what the training needs beside them.
$(TRAIN)/.installed: requirements-torch.txt requirements.lock training/requirements.txt
	@$(NEW_ENOUGH)
	@test -x $(TRAIN)/bin/python || $(PYTHON) -m venv $(TRAIN)
	@echo "安装训练环境 / Installing the training environment …"
	@$(TRAIN)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-torch.txt
	@$(TRAIN)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(TRAIN)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r training/requirements.txt
	@$(TRAIN)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

clean: ## 删去环境和索引 / remove environment and index
	rm -rf $(VENV) $(TRAIN) index/generations index/CURRENT

# torch first and without a hash: its CPU build and the registry's own differ by hash.
$(VENV)/.torch: requirements-torch.txt
	@$(NEW_ENOUGH)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "安装 torch / Installing torch …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-torch.txt
	@touch $@

$(STAMP): $(VENV)/.torch requirements.lock pyproject.toml
	@echo "安装依赖 / Installing the dependencies …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV_STAMP): $(STAMP) requirements-dev.lock
	@echo "安装测试工具 / Installing the test tools …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $@
