# Two targets matter to a newcomer: `make demo` and `make test`. Both work on a fresh machine with Python 3.11 or newer.
PYTHON ?= python3
VENV ?= .venv
RUN = $(VENV)/bin/python
READY = $(VENV)/.ready
SUITE = $(VENV)/suite/jsonschema-4.26.0.tar.gz

.PHONY: demo test nightly conformance integrations examples lint bench bench-import bench-loading bench-plugin schemas clean

# The suite drives older SDKs, too; each lies in a folder of its own, where the tests look for it.
$(READY): pyproject.toml tests/typescript/package-lock.json
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --upgrade 'pip>=25.1'
	$(RUN) -m pip install --quiet --editable . --group dev
	$(RUN) -m pip install --quiet --target $(VENV)/sdk/openai-2 'openai==2.54.0'
	$(RUN) -m pip install --quiet --target $(VENV)/sdk/openai-1 'openai==1.109.1'
	if command -v npm > /dev/null; then npm ci --silent --no-audit --no-fund --prefix tests/typescript; fi
	touch $@

# The source of jsonschema carries the official test suite of JSON Schema.
$(SUITE): | $(READY)
	$(RUN) -m pip download --quiet --no-deps --no-binary jsonschema --dest $(@D) 'jsonschema==4.26.0'

demo: $(READY)
	$(RUN) examples/demo.py

# A process for each core; a file's tests stay together, as they share what takes long to make.
test: $(READY) $(SUITE)
	$(RUN) -m pytest -n auto --dist loadfile

# 10,000 requests that hypothesis draws from the schemas and 100,000 hostile ones, others each time, and 5,000 changes
# of recordings; `make test` has some hundred of each.
nightly: $(READY)
	HYPOTHESIS_PROFILE=nightly $(RUN) -m pytest -s tests/test_generative.py tests/test_hostile.py tests/test_faults.py \
		tests/test_plugin_spread.py tests/test_mutations.py tests/test_import_fuzz.py tests/test_exporting.py \
		tests/test_scanning.py

# The official SDK's own tests, against a server of this checkout; the SDK's source is kept in .conformance/.
conformance: $(READY)
	$(RUN) conformance/run.py

# The OpenAI Agents SDK and LangChain, each in an environment of its own in .conformance/.
integrations: $(READY)
	$(RUN) conformance/integrations.py

# The tests of examples/, in environments of their own in .conformance/, without a network.
examples: $(READY)
	$(RUN) conformance/examples.py

lint: $(READY)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy

bench: $(READY)
	$(RUN) bench/run.py

# How long 1,000 recordings of other tools take to come, and to go; those of a folder with RECORDINGS=FOLDER.
bench-import: $(READY)
	$(RUN) bench/importing.py $(RECORDINGS)

# What a test with the fixture costs, beside other tools, each installed into a folder of its own in .conformance/.
bench-plugin: $(READY)
	$(RUN) bench/plugin.py

# How long folders of 10,000 and 100,000 exchanges take to load: some minutes, most of them for writing the folders.
bench-loading: $(READY)
	$(RUN) bench/loading.py

# With SDK=3.50.0 those of another version of the SDK, in .schemas/3.50.0, for `mockai schema diff`.
schemas: $(READY)
ifdef SDK
	$(RUN) -m pip install --quiet --no-deps --upgrade --target $(VENV)/sdk/openai-$(SDK) 'openai==$(SDK)'
	PYTHONPATH=$(VENV)/sdk/openai-$(SDK) $(RUN) schemas/generate.py .schemas/$(SDK)
else
	$(RUN) schemas/generate.py
endif

clean:
	rm -rf $(VENV) tests/typescript/node_modules .conformance .schemas dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
