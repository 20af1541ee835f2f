"""Fuzzing: what is made up at random, what must hold of it, and where it is kept (docs/fuzzing.md).

`target` says what a target is; `texts`, `files`, `asking` and `contracts` hold them; `session` runs one,
`tracing` tells which lines of the product ran, `mutate` and `shrink` change and cut inputs down, `store` keeps them,
`supervise` runs a session in a process of its own. `eval/fuzz.py` is the command.
"""
