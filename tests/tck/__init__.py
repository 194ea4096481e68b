"""The test kit of the DMN standard, run on this project.

- `kit.py`     the kit's files: test cases, inputs and expected results
- `runner.py`  runs them, prints what passed and what did not; `make tck`
- `cases/`     a few small cases of the project's own, in the kit's format
"""
